/*
 * Looks into every block of memory that is freed while credentials are freed: none may still hold the token.
 *
 *     zeroing <folder of the vectors> <address of the replay server>
 *
 * Replaces `free`, so it is a program of its own and does not run under valgrind.
 */
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <tokcore.h>

#include "replay.h"
#include "report.h"
#include "vectors.h"
#include "world.h"

void __libc_free(void *block);

static bool watching;
static unsigned blocks, leaks;

/* In two pieces: the program itself must not hold the whole. */
static const char *token[] = {"access-", "canary"};

static bool holds_token(const char *block, size_t size)
{
    size_t first = strlen(token[0]), second = strlen(token[1]);
    for (size_t at = 0; at + first + second <= size; at++) {
        if (memcmp(block + at, token[0], first) == 0 && memcmp(block + at + first, token[1], second) == 0) {
            return true;
        }
    }
    return false;
}

void free(void *block)
{
    if (watching && block != NULL) {
        blocks++;
        leaks += holds_token(block, malloc_usable_size(block));
    }
    __libc_free(block);
}

/* From the setting to the free of the last reference: also what is copied on the way is zeroed. */
static void oauth_token(void)
{
    test("a token of the OAuth engine is zeroed with all its copies");
    /* Another one: blocks that others freed, unwatched, hold the first. */
    token[0] = "from-elsewhere-";
    char text[64];
    tokcore_settings *client_settings = NULL, *given = NULL;
    tokcore_oauth_client *client = NULL;
    tokcore_token_source *source = NULL;
    tokcore_token *made = NULL, *held = NULL;
    tokcore_fields *headers = NULL;
    strcpy(text, token[0]);
    strcat(text, token[1]);
    blocks = leaks = 0;
    watching = true;
    tokcore_settings_new(&client_settings, NULL);
    tokcore_settings_set(client_settings, "client_id", "c", NULL);
    tokcore_settings_set(client_settings, "client_secret", text, NULL);
    tokcore_settings_set(client_settings, "token_endpoint", "https://as.example/token", NULL);
    tokcore_settings_new(&given, NULL);
    tokcore_settings_set(given, "access_token", text, NULL);
    tokcore_settings_set(given, "refresh_token", text, NULL);
    tokcore_settings_set_int(given, "expires_in", 3600, NULL);
    check(tokcore_oauth_client_new(client_settings, &client, NULL) == TOKCORE_STATUS_OK, "no client");
    check(tokcore_token_source_new(client, NULL, &source, NULL) == TOKCORE_STATUS_OK, "no source");
    check(tokcore_token_new(given, &made, NULL) == TOKCORE_STATUS_OK, "no token");
    check(tokcore_token_source_adopt(source, made, NULL) == TOKCORE_STATUS_OK, "not adopted");
    check(tokcore_token_source_token(source, NULL, NULL, &held, NULL) == TOKCORE_STATUS_OK, "not handed out");
    tokcore_token_source_request_headers(source, held, "GET", "https://api.example/", &headers, NULL);
    check(tokcore_fields_count(headers) == 1, "no header");
    tokcore_token_source_forget(source, NULL);
    tokcore_fields_free(headers);
    tokcore_token_free(made);
    tokcore_token_free(held);
    tokcore_token_source_free(source);
    tokcore_oauth_client_free(client);
    tokcore_settings_free(given);
    tokcore_settings_free(client_settings);
    watching = false;
    check(blocks > 0 && leaks == 0, "%u blocks, %u with the token", blocks, leaks);
}

int main(int count, char **arguments)
{
    struct world world;
    tokcore_credentials *credentials = NULL;
    if (count != 3) {
        return 2;
    }
    replay_connect(arguments[2]);
    world_prepare(arguments[1]);
    json_t *vector = vectors_case(arguments[1], "W01");
    world_enter(&world, vector);
    tokcore_client *client = world_client(&world);

    test("the watch sees a token that is freed");
    char *planted = malloc(64);
    strcpy(planted, token[0]);
    strcat(planted, token[1]);
    watching = true;
    free(planted);
    watching = false;
    check(blocks == 1 && leaks == 1, "%u blocks, %u with the token", blocks, leaks);

    test("freeing credentials and their client zeroes the token");
    tokcore_status status = tokcore_client_credentials(client, "a", NULL, NULL, &credentials, NULL);
    check(status == TOKCORE_STATUS_OK, "%s", tokcore_kind_name(status));
    const char *shown = tokcore_credentials_access_token(credentials);
    check(shown != NULL && holds_token(shown, strlen(shown)), "another token than the one that is looked for");
    blocks = leaks = 0;
    watching = true;
    tokcore_credentials_free(credentials);
    tokcore_client_free(client);
    watching = false;
    check(blocks > 0 && leaks == 0, "%u blocks, %u with the token", blocks, leaks);

    world_leave(&world);
    json_decref(vector);
    oauth_token();
    return report();
}
