/* Stores that the program keeps itself. */
#include <stdlib.h>
#include <string.h>

#include "report.h"
#include "store.h"

#define PLACES 8

/* A cupboard with few places; it can be told to fail. */
struct cupboard {
    char *keys[PLACES], *contents[PLACES];
    const char *failing;
    unsigned destroyed;
    bool twice;
};

static size_t place_of(const struct cupboard *cupboard, const char *key)
{
    size_t at = 0;
    while (at < PLACES && (!cupboard->keys[at] || strcmp(cupboard->keys[at], key) != 0)) {
        at++;
    }
    return at;
}

static bool fails(const struct cupboard *cupboard, const char *action, tokcore_answer *answer)
{
    if (!cupboard->failing || strcmp(cupboard->failing, action) != 0) {
        return false;
    }
    tokcore_answer_set_failure(answer, "the cupboard is locked", NULL);
    return true;
}

static bool load(const char *key, tokcore_answer *answer, void *data)
{
    struct cupboard *cupboard = data;
    size_t at = place_of(cupboard, key);
    if (fails(cupboard, "load", answer)) {
        return false;
    }
    if (at < PLACES) {
        tokcore_answer_add(answer, cupboard->contents[at], NULL);
        if (cupboard->twice) {
            tokcore_answer_add(answer, "another", NULL);
        }
    }
    return true;
}

static void empty(struct cupboard *cupboard, size_t at)
{
    free(cupboard->keys[at]);
    free(cupboard->contents[at]);
    cupboard->keys[at] = cupboard->contents[at] = NULL;
}

static bool save(const char *key, const char *content, tokcore_answer *answer, void *data)
{
    struct cupboard *cupboard = data;
    size_t at = place_of(cupboard, key);
    if (fails(cupboard, "save", answer)) {
        return false;
    }
    for (size_t other = 0; at == PLACES && other < PLACES; other++) {
        at = cupboard->keys[other] ? at : other;
    }
    empty(cupboard, at);
    cupboard->keys[at] = strdup(key);
    cupboard->contents[at] = strdup(content);
    return true;
}

static bool forget(const char *key, tokcore_answer *answer, void *data)
{
    struct cupboard *cupboard = data;
    size_t at = place_of(cupboard, key);
    if (fails(cupboard, "forget", answer)) {
        return false;
    }
    if (at < PLACES) {
        empty(cupboard, at);
    }
    return true;
}

static bool keys(tokcore_answer *answer, void *data)
{
    struct cupboard *cupboard = data;
    if (fails(cupboard, "keys", answer)) {
        return false;
    }
    for (size_t at = 0; at < PLACES; at++) {
        if (cupboard->keys[at]) {
            tokcore_answer_add(answer, cupboard->keys[at], NULL);
        }
    }
    return true;
}

static void destroy(void *data)
{
    struct cupboard *cupboard = data;
    cupboard->destroyed++;
    for (size_t at = 0; at < PLACES; at++) {
        empty(cupboard, at);
    }
}

static tokcore_store *store_of(struct cupboard *cupboard, bool lists)
{
    tokcore_store *store = NULL;
    tokcore_error *error = NULL;
    succeeded(tokcore_store_custom(load, save, forget, lists ? keys : NULL, destroy, cupboard, &store, &error), &error);
    return store;
}

static void works(void)
{
    test("a store of the program keeps, lists, hands out and removes; its data is destroyed once, at the very end");
    struct cupboard cupboard = {.failing = NULL};
    tokcore_store *store = store_of(&cupboard, true);
    free(keep(store, "jane@example.com"));
    char *key = keep(store, "joe@example.com");
    check(count_of(store) == 2, "%zu entries", count_of(store));
    tokcore_token_source *source = source_in(store, "joe@example.com");
    tokcore_token *token = NULL;
    tokcore_error *error = NULL;
    succeeded(tokcore_token_source_token(source, nobody(), NULL, &token, &error), &error);
    check_text("token", "token-of-joe@example.com-canary", tokcore_token_access_token(token));
    succeeded(tokcore_store_remove(store, key, NULL, &error), &error);
    check(count_of(store) == 1, "not removed");
    tokcore_token_free(token);
    tokcore_store *clone = tokcore_store_clone(store);
    tokcore_store_free(store);
    tokcore_store_free(clone);
    check(cupboard.destroyed == 0, "destroyed although a source uses it");
    tokcore_token_source_free(source);
    check(cupboard.destroyed == 1, "destroyed %u times", cupboard.destroyed);
    free(key);
}

static void unlisted(void)
{
    test("a store that cannot list finds what is asked for by its own key");
    struct cupboard cupboard = {.failing = NULL};
    tokcore_store *store = store_of(&cupboard, false);
    free(keep(store, "jane@example.com"));
    check(count_of(store) == 0, "listed");
    tokcore_token_source *source = source_in(store, NULL);
    tokcore_token *token = NULL;
    tokcore_error *error = NULL;
    succeeded(tokcore_token_source_token(source, nobody(), NULL, &token, &error), &error);
    tokcore_token_free(token);
    tokcore_token_source_free(source);
    tokcore_store_free(store);
}

static tokcore_status ask(struct cupboard *cupboard, const tokcore_store *store, const char *key, tokcore_error **error)
{
    const char *failing = cupboard->failing ? cupboard->failing : "load";
    tokcore_entries *entries = NULL;
    tokcore_text *text = NULL;
    tokcore_settings *grant = grant_of("ann@example.com");
    tokcore_status status;
    if (strcmp(failing, "save") == 0) {
        status = tokcore_store_adopt(store, grant, &text, error);
    } else if (strcmp(failing, "forget") == 0) {
        status = tokcore_store_remove(store, key, NULL, error);
    } else {
        status = tokcore_store_list(store, NULL, &entries, error);
    }
    tokcore_settings_free(grant);
    tokcore_entries_free(entries);
    tokcore_text_free(text);
    return status;
}

static void failing(const char *action)
{
    test("a callback that fails to %s is a named error, and nothing is lost", action);
    struct cupboard cupboard = {.failing = NULL};
    tokcore_store *store = store_of(&cupboard, true);
    char *key = keep(store, "jane@example.com");
    tokcore_error *error = NULL;
    cupboard.failing = action;
    tokcore_status status = ask(&cupboard, store, key, &error);
    const char *message = tokcore_error_message(error);
    check(message && strstr(message, "the host's store"), "message %s", message ? message : "");
    check(message && strstr(message, "the cupboard is locked"), "the callback's words are lost: %s", message ? message : "");
    failed_as(TOKCORE_STATUS_STORE, strcmp(action, "save") == 0 ? "store_unwritable" : NULL, status, &error);
    cupboard.failing = NULL;
    check(count_of(store) == 1, "%zu entries", count_of(store));
    tokcore_store_free(store);
    check(cupboard.destroyed == 1, "destroyed %u times", cupboard.destroyed);
    free(key);
}

/* What a list shows of a content that is none. */
static void check_unreadable(const tokcore_store *store, const char *part)
{
    tokcore_entries *entries = all(store);
    const tokcore_entry *entry = tokcore_entries_at(entries, 0);
    const char *why = tokcore_entry_why(entry);
    check_text("state", "unreadable", tokcore_entry_state(entry));
    check(why && strstr(why, part) && !strstr(why, "canary"), "why: %s", why);
    check_text("client", NULL, tokcore_entry_client_id(entry));
    tokcore_entries_free(entries);
}

static void damaged(void)
{
    test("a content that is none is shown as such, and can be removed");
    struct cupboard cupboard = {.failing = NULL};
    tokcore_store *store = store_of(&cupboard, true);
    char *key = keep(store, "jane@example.com");
    cupboard.twice = true;
    check_unreadable(store, "several contents");
    cupboard.twice = false;
    cupboard.failing = "load";
    check_unreadable(store, "the cupboard is locked");
    cupboard.failing = NULL;
    strcpy(cupboard.contents[0], "{\"canary\":1}");
    check_unreadable(store, "damaged");
    tokcore_error *error = NULL;
    succeeded(tokcore_store_remove(store, key, NULL, &error), &error);
    check(count_of(store) == 0, "still there");
    tokcore_store_free(store);
    free(key);
}

static void unmade(void)
{
    test("a store that cannot be made destroys its data too");
    struct cupboard cupboard = {.failing = NULL};
    tokcore_store *store = NULL;
    tokcore_error *error = NULL;
    failed_as(TOKCORE_STATUS_INVALID_ARGUMENT, NULL,
              tokcore_store_custom(NULL, save, forget, keys, destroy, &cupboard, &store, &error), &error);
    failed_as(TOKCORE_STATUS_INVALID_ARGUMENT, NULL,
              tokcore_store_custom(load, NULL, forget, keys, destroy, &cupboard, &store, &error), &error);
    failed_as(TOKCORE_STATUS_INVALID_ARGUMENT, NULL,
              tokcore_store_custom(load, save, NULL, keys, destroy, &cupboard, &store, &error), &error);
    failed_as(TOKCORE_STATUS_INVALID_ARGUMENT, NULL,
              tokcore_store_custom(load, save, forget, keys, destroy, &cupboard, NULL, &error), &error);
    check(cupboard.destroyed == 4 && store == NULL, "destroyed %u times", cupboard.destroyed);
}

void test_custom(void)
{
    works();
    unlisted();
    failing("save");
    failing("forget");
    failing("keys");
    damaged();
    unmade();
}
