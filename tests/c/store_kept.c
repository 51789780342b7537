/* What is in a store, and what leaves it. */
#include <stdlib.h>
#include <string.h>

#include "report.h"
#include "store.h"

static void listed(tokcore_store *store)
{
    test("a kept grant is listed with all that is known of it, and without its tokens");
    tokcore_store *other = store_in("kept");
    char *key = keep(store, "jane@example.com");
    tokcore_entries *entries = all(other);
    check(tokcore_entries_count(entries) == 1, "%zu entries", tokcore_entries_count(entries));
    tokcore_entry *entry = tokcore_entry_clone(tokcore_entries_at(entries, 0));
    const char *list = tokcore_entries_json(entries);
    check(list && strstr(list, "\"entries\"") && !strstr(list, "canary"), "the list as JSON: %s", list);
    tokcore_entries_free(entries);
    check_text("key", key, tokcore_entry_key(entry));
    check_text("account", "jane@example.com", tokcore_entry_account(entry));
    check_text("subject", NULL, tokcore_entry_subject(entry));
    check_text("client", "c", tokcore_entry_client_id(entry));
    check_text("client's name", "The Program", tokcore_entry_client_name(entry));
    check_text("issuer", "https://as.example", tokcore_entry_issuer(entry));
    check_text("endpoint", "https://as.example/token", tokcore_entry_token_endpoint(entry));
    check_text("scope", "read", tokcore_entry_scope(entry, 0));
    check(tokcore_entry_scope_count(entry) == 1 && !tokcore_entry_scope(entry, 1), "other scopes");
    check_text("grant", "authorization_code", tokcore_entry_grant(entry));
    check_text("state", "ok", tokcore_entry_state(entry));
    check_text("why", NULL, tokcore_entry_why(entry));
    check_text("source", "adopted", tokcore_entry_source(entry));
    check_text("arrival", NULL, tokcore_entry_arrival(entry));
    check(tokcore_entry_has_refresh_token(entry) && !tokcore_entry_is_default(entry), "flags");
    check(tokcore_entry_expires_at_unix_s(entry) == 4102444800, "end");
    check(tokcore_entry_created_at_unix_s(entry) != TOKCORE_EXPIRY_UNKNOWN &&
              tokcore_entry_refreshed_at_unix_s(entry) != TOKCORE_EXPIRY_UNKNOWN &&
              tokcore_entry_last_used_at_unix_s(entry) != TOKCORE_EXPIRY_UNKNOWN &&
              tokcore_entry_refresh_expires_at_unix_s(entry) == TOKCORE_EXPIRY_UNKNOWN,
          "times");
    const char *path = tokcore_entry_path(entry), *json = tokcore_entry_json(entry);
    check(path && strncmp(path, room, strlen(room)) == 0, "path %s", path);
    check(json && strstr(json, key) && !strstr(json, "canary"), "JSON %s", json);
    tokcore_entry_free(entry);
    tokcore_store_free(other);
    free(key);
}

static void used(tokcore_store *store)
{
    test("a client uses what is in its store");
    tokcore_token_source *source = source_in(store, NULL);
    tokcore_token *token = NULL;
    tokcore_error *error = NULL;
    succeeded(tokcore_token_source_token(source, nobody(), NULL, &token, &error), &error);
    check_text("token", "token-of-jane@example.com-canary", tokcore_token_access_token(token));
    check_text("account", "jane@example.com", tokcore_token_account(token));
    tokcore_oauth_client *client = client_in(store);
    tokcore_store *its = NULL;
    succeeded(tokcore_oauth_client_store(client, &its, &error), &error);
    check(count_of(its) == 1, "the client's store is another one");
    tokcore_store_free(its);
    tokcore_oauth_client_free(client);
    tokcore_token_free(token);
    tokcore_token_source_free(source);
}

static void defaults(void)
{
    test("one of several accounts is meant when none is named");
    tokcore_store *store = store_in("defaults");
    free(keep(store, "jane@example.com"));
    char *key = keep(store, "joe@example.com");
    tokcore_token_source *source = source_in(store, NULL);
    tokcore_token *token = NULL;
    tokcore_error *error = NULL;
    tokcore_status status = tokcore_token_source_token(source, nobody(), NULL, &token, &error);
    const char *message = tokcore_error_message(error);
    check(message && strstr(message, "jane@example.com") && strstr(message, "joe@example.com"), "message %s", message);
    failed_as(TOKCORE_STATUS_AMBIGUOUS_ACCOUNT, NULL, status, &error);
    succeeded(tokcore_store_set_default_account(store, key, NULL, &error), &error);
    succeeded(tokcore_token_source_token(source, nobody(), NULL, &token, &error), &error);
    check_text("the default account", "joe@example.com", tokcore_token_account(token));
    tokcore_entries *entries = all(store);
    for (size_t index = 0; index < tokcore_entries_count(entries); index++) {
        const tokcore_entry *entry = tokcore_entries_at(entries, index);
        bool is = strcmp(tokcore_entry_account(entry), "joe@example.com") == 0;
        check(tokcore_entry_is_default(entry) == is, "the default is %s", tokcore_entry_account(entry));
    }
    failed_as(TOKCORE_STATUS_NOT_FOUND, NULL, tokcore_store_set_default_account(store, "0000000000", NULL, &error), &error);
    tokcore_entries_free(entries);
    tokcore_token_free(token);
    tokcore_token_source_free(source);
    tokcore_store_free(store);
    free(key);
}

static size_t meant(const tokcore_store *store, const char *name, const char *value)
{
    tokcore_settings *selection = settings(name, value, NULL);
    tokcore_entries *entries = NULL;
    tokcore_error *error = NULL;
    succeeded(tokcore_store_list(store, selection, &entries, &error), &error);
    size_t count = tokcore_entries_count(entries);
    tokcore_entries_free(entries);
    tokcore_settings_free(selection);
    return count;
}

static void selected(tokcore_store *store)
{
    test("some of the entries are meant");
    free(keep(store, "joe@example.com"));
    check(meant(store, "account", "joe@example.com") == 1, "an account");
    check(meant(store, "account", "*@example.com") == 2, "a pattern");
    check(meant(store, "client_id", "c") == 2 && meant(store, "client_id", "d") == 0, "a client");
    check(meant(store, "issuer", "https://as.example") == 2, "an issuer");
    check(meant(store, "scope", "read") == 2 && meant(store, "scope", "write") == 0, "a scope");
    tokcore_settings *misspelt = settings("acount", "joe@example.com", NULL);
    tokcore_error *error = NULL;
    size_t removed = 7;
    failed_as(TOKCORE_STATUS_CONFIG_INVALID, "unknown_option",
              tokcore_store_clear(store, misspelt, NULL, &removed, &error), &error);
    check(removed == 7 && count_of(store) == 2, "a misspelt selection selected something");
    tokcore_settings_free(misspelt);
}

static void removed(tokcore_store *store)
{
    test("one entry leaves by the beginning of its key, many by a selection");
    char *key = keep(store, "jane@example.com"), beginning[9] = "";
    strncat(beginning, key, 8);
    tokcore_error *error = NULL;
    size_t count = 7;
    failed_as(TOKCORE_STATUS_INVALID_ARGUMENT, NULL, tokcore_store_remove(store, "abc", NULL, &error), &error);
    failed_as(TOKCORE_STATUS_INVALID_ARGUMENT, NULL, tokcore_store_remove(store, "no key", NULL, &error), &error);
    succeeded(tokcore_store_remove(store, beginning, NULL, &error), &error);
    failed_as(TOKCORE_STATUS_NOT_FOUND, NULL, tokcore_store_remove(store, beginning, NULL, &error), &error);
    check(count_of(store) == 1, "%zu are left", count_of(store));
    free(keep(store, "ann@example.com"));
    tokcore_settings *joe = settings("account", "joe@example.com", NULL);
    succeeded(tokcore_store_clear(store, joe, NULL, &count, &error), &error);
    check(count == 1 && count_of(store) == 1, "%zu removed, %zu left", count, count_of(store));
    succeeded(tokcore_store_clear(store, NULL, NULL, NULL, &error), &error);
    check(count_of(store) == 0, "not everything went");
    tokcore_settings_free(joe);
    free(key);
}

static void pruned(tokcore_store *store)
{
    test("what is over is pruned, what is in use stays");
    tokcore_settings *over = grant_of("over@example.com");
    tokcore_text *key = NULL;
    tokcore_error *error = NULL;
    size_t count = 7;
    tokcore_settings_unset(over, "refresh_token", NULL);
    tokcore_settings_set_int(over, "expires_at", 1700000000, NULL);
    succeeded(tokcore_store_adopt(store, over, &key, &error), &error);
    free(keep(store, "used@example.com"));
    succeeded(tokcore_store_prune(store, TOKCORE_PRUNE_DEFAULT, NULL, &count, &error), &error);
    check(count == 1 && count_of(store) == 1, "%zu pruned, %zu left", count, count_of(store));
    succeeded(tokcore_store_prune(store, 1, NULL, NULL, &error), &error);
    check(count_of(store) == 1, "what was used today is gone");
    failed_as(TOKCORE_STATUS_INVALID_ARGUMENT, NULL, tokcore_store_prune(store, -2, NULL, &count, &error), &error);
    tokcore_text_free(key);
    tokcore_settings_free(over);
}

static void reported(tokcore_store *store)
{
    test("a report says where and how, and no secret");
    tokcore_fields *report = NULL;
    tokcore_error *error = NULL;
    bool has_folder = false;
    succeeded(tokcore_store_report(store, true, &report, &error), &error);
    check(tokcore_fields_count(report) > 2, "%zu fields", tokcore_fields_count(report));
    for (size_t index = 0; index < tokcore_fields_count(report); index++) {
        const char *value = tokcore_fields_value(report, index);
        has_folder = has_folder || strstr(value, in_room("kept"));
        check(!strstr(value, KEY) && !strstr(value, "canary"), "%s: %s", tokcore_fields_name(report, index), value);
    }
    check(has_folder, "the folder is not told");
    tokcore_fields_free(report);
}

static void others(void)
{
    test("a store in memory is its own, and a reference keeps it");
    tokcore_store *one = NULL, *another = NULL, *users = NULL;
    tokcore_error *error = NULL;
    succeeded(tokcore_store_memory(&one, &error), &error);
    succeeded(tokcore_store_memory(&another, &error), &error);
    free(keep(one, "jane@example.com"));
    tokcore_store *clone = tokcore_store_clone(one);
    tokcore_store_free(one);
    check(count_of(clone) == 1 && count_of(another) == 0, "shared");
    tokcore_store_free(clone);
    /* The tests' environment says that the user's store is memory. */
    succeeded(tokcore_store_user(&users, &error), &error);
    tokcore_entries *entries = NULL;
    failed_as(TOKCORE_STATUS_STORE, "store_unwritable", tokcore_store_list(users, NULL, &entries, &error), &error);
    setenv("TOKCORE_STORE", in_room("users"), 1);
    tokcore_store_free(users);
    succeeded(tokcore_store_user(&users, &error), &error);
    free(keep(users, "jane@example.com"));
    check(count_of(users) == 1, "nothing is kept");
    setenv("TOKCORE_STORE", "memory", 1);
    tokcore_store_free(users);
    tokcore_store_free(another);
}

void test_kept(void)
{
    tokcore_store *store = store_in("kept");
    listed(store);
    used(store);
    defaults();
    selected(store);
    removed(store);
    pruned(store);
    reported(store);
    others();
    tokcore_store_free(store);
}
