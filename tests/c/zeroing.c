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
static const char *const token[] = {"access-", "canary"};

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
    return report();
}
