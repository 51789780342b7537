/*
 * Tests of the store through its C interface.
 *
 *     store <folder of the vectors> <signin.py> [moving]
 *
 * The servers' addresses come from tests/servers/running.py. With `moving` only what is too slow for valgrind runs.
 */
#include "store.h"

#include <curl/curl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"

const char *vectors, *oidc, *second, *hostile, *person, *room, *program;

const char *in_room(const char *name)
{
    return at(room, at("/", name));
}

static tokcore_store *opened(tokcore_settings *given)
{
    tokcore_store *store = NULL;
    tokcore_error *error = NULL;
    succeeded(tokcore_store_open(given, &store, &error), &error);
    tokcore_settings_free(given);
    return store;
}

tokcore_store *store_in(const char *name)
{
    return opened(settings("path", in_room(name), "key", KEY, NULL));
}

tokcore_store *store_in_memory(void)
{
    return opened(settings("path", "memory", NULL));
}

tokcore_settings *grant_of(const char *account)
{
    char token[128];
    snprintf(token, sizeof token, "token-of-%s-canary", account);
    return settings("client_id", "c", "client_name", "The Program", "token_endpoint", "https://as.example/token",
                    "issuer", "https://as.example", "+scopes", "read", "account", account, "access_token", token,
                    "refresh_token", "refresh-canary", "#expires_at", "4102444800", NULL);
}

char *keep(const tokcore_store *store, const char *account)
{
    tokcore_settings *grant = grant_of(account);
    tokcore_text *key = NULL;
    tokcore_error *error = NULL;
    succeeded(tokcore_store_adopt(store, grant, &key, &error), &error);
    tokcore_settings_free(grant);
    char *copy = strdup(tokcore_text_value(key) ? tokcore_text_value(key) : "");
    tokcore_text_free(key);
    return copy;
}

tokcore_oauth_client *client_in(const tokcore_store *store)
{
    tokcore_oauth_client *client = client_of(settings("client_id", "c", "token_endpoint", "https://as.example/token",
                                                      "issuer", "https://as.example", NULL));
    tokcore_oauth_client *same = NULL;
    tokcore_error *error = NULL;
    succeeded(tokcore_oauth_client_with_store(client, store, &same, &error), &error);
    tokcore_oauth_client_free(client);
    return same;
}

tokcore_token_source *source_in(const tokcore_store *store, const char *account)
{
    tokcore_oauth_client *client = client_in(store);
    tokcore_token_source *source = source_of(client, settings("+scopes", "read", account ? "account" : NULL, account, NULL));
    tokcore_oauth_client_free(client);
    return source;
}

tokcore_entries *all(const tokcore_store *store)
{
    tokcore_entries *entries = NULL;
    tokcore_error *error = NULL;
    succeeded(tokcore_store_list(store, NULL, &entries, &error), &error);
    return entries;
}

size_t count_of(const tokcore_store *store)
{
    tokcore_entries *entries = all(store);
    size_t count = tokcore_entries_count(entries);
    tokcore_entries_free(entries);
    return count;
}

/* For the tests of the examples: keeps a grant in the folder `path`. */
static int keep_in(const char *path, const char *account)
{
    tokcore_store *store = opened(settings("path", path, "key", KEY, NULL));
    free(keep(store, account));
    tokcore_store_free(store);
    return failed();
}

static int remove_one(const char *path, const struct stat *what, int kind, struct FTW *place)
{
    (void)what, (void)kind, (void)place;
    return remove(path);
}

int main(int count, char **arguments)
{
    char template[] = "/tmp/tokcore-c-store-XXXXXX";
    oidc = getenv("TOKCORE_TEST_OIDC");
    second = getenv("TOKCORE_TEST_SECOND");
    hostile = getenv("TOKCORE_TEST_HOSTILE");
    program = arguments[0];
    if (count == 4 && strcmp(arguments[1], "--other") == 0) {
        return other_process(arguments[2], arguments[3]);
    }
    if (count == 4 && strcmp(arguments[1], "--keep") == 0) {
        return keep_in(arguments[2], arguments[3]);
    }
    if (count < 3 || !oidc || !second || !hostile || !mkdtemp(template)) {
        fprintf(stderr, "usage: running.py oidc second hostile -- %s <vectors> <signin.py> [moving]\n", arguments[0]);
        return 2;
    }
    vectors = arguments[1];
    person = arguments[2];
    room = template;
    /* No key file of whoever runs the tests is read or made. */
    setenv("XDG_CONFIG_HOME", in_room("config"), 1);
    curl_global_init(CURL_GLOBAL_DEFAULT);
    if (count > 3) {
        test_moving();
    } else {
        test_kept();
        test_store_misuse();
        test_custom();
        test_bad_stores();
        test_accounts();
        test_signing_out();
        test_store_processes();
    }
    curl_global_cleanup();
    nftw(room, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    return report();
}
