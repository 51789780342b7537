/* tests/vectors/store/accounts.json: which stored account is meant, with nobody to ask and with somebody. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"
#include "store.h"

/* The grant of another client's user. */
static void keep_elsewhere(const tokcore_store *store, const char *account)
{
    tokcore_settings *grant = grant_of(account);
    tokcore_text *key = NULL;
    tokcore_error *error = NULL;
    tokcore_settings_set(grant, "client_id", "another", NULL);
    succeeded(tokcore_store_adopt(store, grant, &key, &error), &error);
    tokcore_text_free(key);
    tokcore_settings_free(grant);
}

static void make_default(const tokcore_store *store, const char *account)
{
    tokcore_settings *selection = settings("account", account, NULL);
    tokcore_entries *entries = NULL;
    tokcore_error *error = NULL;
    succeeded(tokcore_store_list(store, selection, &entries, &error), &error);
    const char *key = tokcore_entry_key(tokcore_entries_at(entries, 0));
    succeeded(tokcore_store_set_default_account(store, key, NULL, &error), &error);
    tokcore_entries_free(entries);
    tokcore_settings_free(selection);
}

static tokcore_store *store_of(json_t *row)
{
    tokcore_store *store = store_in_memory();
    const char *wanted = json_string_value(json_object_get(row, "default"));
    size_t index;
    json_t *account;
    json_array_foreach(json_object_get(row, "stored"), index, account) {
        free(keep(store, json_string_value(account)));
    }
    json_array_foreach(json_object_get(row, "elsewhere"), index, account) {
        keep_elsewhere(store, json_string_value(account));
    }
    if (wanted) {
        make_default(store, wanted);
    }
    return store;
}

/* What comes of asking: the account, the kind of failure, or the text of the error. */
struct outcome {
    tokcore_status status;
    char account[64], text[1024];
};

static struct outcome ask(const tokcore_store *store, json_t *row, const tokcore_person *who)
{
    struct outcome outcome = {.account = "", .text = ""};
    tokcore_oauth_client *client = client_in(store);
    const char *account = json_string_value(json_object_get(row, "account"));
    tokcore_settings *wanted = settings("+scopes", "read", account ? "account" : NULL, account, NULL);
    tokcore_token_source *source = NULL;
    tokcore_token *token = NULL;
    tokcore_error *error = NULL;
    outcome.status = tokcore_token_source_new(client, wanted, &source, &error);
    if (outcome.status == TOKCORE_STATUS_OK) {
        outcome.status = tokcore_token_source_token(source, who, NULL, &token, &error);
    }
    if (error) {
        snprintf(outcome.text, sizeof outcome.text, "%s; %s", tokcore_error_message(error), tokcore_error_hint(error));
    } else {
        snprintf(outcome.account, sizeof outcome.account, "%s", tokcore_token_account(token));
    }
    tokcore_error_free(error);
    tokcore_token_free(token);
    tokcore_token_source_free(source);
    tokcore_settings_free(wanted);
    tokcore_oauth_client_free(client);
    return outcome;
}

static void check_outcome(json_t *wanted, struct outcome found)
{
    const char *one = json_string_value(json_object_get(wanted, "one"));
    const char *part = json_string_value(json_object_get(wanted, "error"));
    tokcore_status status = json_is_string(wanted) ? TOKCORE_STATUS_INTERACTION_REQUIRED
                            : one                  ? TOKCORE_STATUS_OK
                            : part                 ? TOKCORE_STATUS_CONFIG_INVALID
                                                   : TOKCORE_STATUS_AMBIGUOUS_ACCOUNT;
    check(found.status == status, "%s: %s", tokcore_kind_name(found.status), found.text);
    check(!one || strcmp(found.account, one) == 0, "%s instead of %s", found.account, one);
    check(!part || strstr(found.text, part), "\"%s\" lacks \"%s\"", found.text, part);
    size_t index;
    json_t *account;
    json_array_foreach(json_object_get(wanted, "ambiguous"), index, account) {
        check(strstr(found.text, json_string_value(account)), "%s is not named: %s", json_string_value(account), found.text);
    }
}

/* Somebody who picks a line of the menu, and what they were shown. */
struct somebody {
    long pick;
    unsigned asked;
    char menu[1024];
};

static int64_t choose(const char *question, const char *const *options, size_t count, void *data)
{
    struct somebody *somebody = data;
    somebody->asked++;
    snprintf(somebody->menu, sizeof somebody->menu, "%s", question);
    for (size_t index = 0; index < count; index++) {
        strncat(somebody->menu, "\n", sizeof somebody->menu - strlen(somebody->menu) - 1);
        strncat(somebody->menu, options[index], sizeof somebody->menu - strlen(somebody->menu) - 1);
    }
    return somebody->pick;
}

static tokcore_person *person_of(struct somebody *somebody)
{
    tokcore_person *made = NULL;
    tokcore_error *error = NULL;
    succeeded(tokcore_person_new_with_choice(TOKCORE_UNKNOWN, NULL, NULL, choose, NULL, somebody, &made, &error), &error);
    return made;
}

static void pick(json_t *row, long number, const char *wanted)
{
    tokcore_store *store = store_of(row);
    struct somebody somebody = {.pick = number - 1};
    tokcore_person *who = person_of(&somebody);
    struct outcome found = ask(store, row, who);
    check(somebody.asked == 1, "asked %u times", somebody.asked);
    check(strstr(somebody.menu, "a@example.com") && strstr(somebody.menu, "b@example.com"), "menu %s", somebody.menu);
    if (strcmp(wanted, "again") == 0) {
        check(found.status == TOKCORE_STATUS_INVALID_ARGUMENT, "%ld: %s", number, tokcore_kind_name(found.status));
    } else if (strcmp(wanted, "new") == 0) {
        check(found.status != TOKCORE_STATUS_OK && found.status != TOKCORE_STATUS_AMBIGUOUS_ACCOUNT, "%ld: %s", number,
              tokcore_kind_name(found.status));
    } else {
        check(strcmp(found.account, wanted) == 0, "%ld: %s instead of %s; %s", number, found.account, wanted, found.text);
    }
    tokcore_person_free(who);
    tokcore_store_free(store);
}

static void declined(json_t *row)
{
    tokcore_store *store = store_of(row);
    struct somebody somebody = {.pick = -1};
    tokcore_person *who = person_of(&somebody);
    check(ask(store, row, who).status == TOKCORE_STATUS_AMBIGUOUS_ACCOUNT, "no choice is no error");
    tokcore_person_free(who);
    tokcore_store_free(store);
}

static void run(json_t *row)
{
    test("%s: %s", json_string_value(json_object_get(row, "id")), json_string_value(json_object_get(row, "why")));
    tokcore_store *store = store_of(row);
    check_outcome(json_object_get(row, "own"), ask(store, row, nobody()));
    tokcore_store_free(store);
    const char *number;
    json_t *wanted, *picks = json_object_get(json_object_get(row, "own_person"), "picks");
    json_object_foreach(picks, number, wanted) {
        pick(row, strtol(number, NULL, 10), json_string_value(wanted));
    }
    if (picks) {
        declined(row);
    }
}

/* Only what is stored can be made the default. */
static bool lacks_its_default(json_t *row)
{
    const char *wanted = json_string_value(json_object_get(row, "default"));
    size_t index;
    json_t *account;
    json_array_foreach(json_object_get(row, "stored"), index, account) {
        if (wanted && strcmp(json_string_value(account), wanted) == 0) {
            return false;
        }
    }
    return wanted != NULL;
}

void test_accounts(void)
{
    char path[512];
    snprintf(path, sizeof path, "%s/store/accounts.json", vectors);
    json_error_t problem;
    json_t *table = json_load_file(path, 0, &problem), *row;
    size_t index;
    if (!table) {
        test("accounts.json");
        check(false, "%s: %s", path, problem.text);
        return;
    }
    json_array_foreach(json_object_get(table, "cases"), index, row) {
        const char *where = json_string_value(json_object_get(row, "where"));
        if ((!where || strcmp(where, "r") != 0) && !lacks_its_default(row)) {
            run(row);
        }
    }
    json_decref(table);
}
