/* NULL, bad text and objects of another type, in every call of the store. */
#include <string.h>

#include "report.h"
#include "store.h"

/* A call that must be refused as INVALID_ARGUMENT with `part` in its message. */
#define REFUSES(part, call)                                                                                            \
    do {                                                                                                               \
        tokcore_error *error = NULL, **err = &error;                                                                   \
        tokcore_status status = call;                                                                                  \
        const char *message = tokcore_error_message(error);                                                            \
        check(status == TOKCORE_STATUS_INVALID_ARGUMENT, "%s: %s", #call, tokcore_kind_name(status));                  \
        check(message && strstr(message, part), "%s: the message lacks \"%s\": %s", #call, part, message);             \
        tokcore_error_free(error);                                                                                     \
    } while (0)

static tokcore_store *made;
static tokcore_entries *entries;
static tokcore_text *text;
static tokcore_bytes *bytes;
static tokcore_fields *fields;
static tokcore_oauth_client *made_client;
static tokcore_person *somebody;
static size_t number = 7;
static bool found = true;
static int32_t revocation = 7;

static void nothing_written(void)
{
    check(!made && !entries && !text && !bytes && !fields && !made_client && !somebody && number == 7 && found &&
              revocation == 7,
          "an output was written");
}

static void null_objects(void)
{
    test("NULL for an object is refused by every call of the store");
    REFUSES("store is NULL", tokcore_store_list(NULL, NULL, &entries, err));
    REFUSES("store is NULL", tokcore_store_remove(NULL, "abcd", NULL, err));
    REFUSES("store is NULL", tokcore_store_clear(NULL, NULL, NULL, &number, err));
    REFUSES("store is NULL", tokcore_store_prune(NULL, 1, NULL, &number, err));
    REFUSES("store is NULL", tokcore_store_adopt(NULL, NULL, &text, err));
    REFUSES("store is NULL", tokcore_store_set_default_account(NULL, "abcd", NULL, err));
    REFUSES("store is NULL", tokcore_store_report(NULL, false, &fields, err));
    REFUSES("store is NULL", tokcore_store_export(NULL, NULL, "correct horse", &bytes, err));
    REFUSES("store is NULL", tokcore_store_import(NULL, (const uint8_t *)"", 0, "a", NULL, &entries, err));
    REFUSES("store is NULL", tokcore_store_logout(NULL, "abcd", true, NULL, &revocation, NULL, err));
    REFUSES("oauth_client is NULL", tokcore_oauth_client_with_store(NULL, NULL, &made_client, err));
    REFUSES("oauth_client is NULL", tokcore_oauth_client_store(NULL, &made, err));
    REFUSES("oauth_client is NULL", tokcore_oauth_client_logout(NULL, NULL, true, NULL, &found, &revocation, NULL, err));
    REFUSES("token_source is NULL", tokcore_token_source_logout(NULL, true, NULL, &found, &revocation, NULL, err));
    REFUSES("answer is NULL", tokcore_answer_add(NULL, "a", err));
    REFUSES("answer is NULL", tokcore_answer_set_failure(NULL, "a", err));
    nothing_written();
}

static void null_outputs(const tokcore_store *store, const tokcore_oauth_client *client)
{
    test("NULL for an output or a text of the store is refused and named");
    REFUSES("`store`", tokcore_store_open(NULL, NULL, err));
    REFUSES("`store`", tokcore_store_user(NULL, err));
    REFUSES("`store`", tokcore_store_memory(NULL, err));
    REFUSES("`entries`", tokcore_store_list(store, NULL, NULL, err));
    REFUSES("`key`", tokcore_store_remove(store, NULL, NULL, err));
    REFUSES("`key`", tokcore_store_adopt(store, NULL, NULL, err));
    REFUSES("`key`", tokcore_store_set_default_account(store, NULL, NULL, err));
    REFUSES("`report`", tokcore_store_report(store, false, NULL, err));
    REFUSES("`file`", tokcore_store_export(store, NULL, "correct horse", NULL, err));
    REFUSES("`passphrase`", tokcore_store_export(store, NULL, NULL, &bytes, err));
    REFUSES("`passphrase`", tokcore_store_import(store, (const uint8_t *)"", 0, NULL, NULL, &entries, err));
    REFUSES("`file` is NULL", tokcore_store_import(store, NULL, 3, "correct horse", NULL, &entries, err));
    REFUSES("`file` is longer", tokcore_store_import(store, (const uint8_t *)"", SIZE_MAX, "a", NULL, &entries, err));
    REFUSES("`key`", tokcore_store_logout(store, NULL, true, NULL, &revocation, NULL, err));
    REFUSES("`same`", tokcore_oauth_client_with_store(client, store, NULL, err));
    REFUSES("store is NULL", tokcore_oauth_client_with_store(client, NULL, &made_client, err));
    REFUSES("`store`", tokcore_oauth_client_store(client, NULL, err));
    REFUSES("`person`", tokcore_person_new_with_choice(TOKCORE_YES, NULL, NULL, NULL, NULL, NULL, NULL, err));
    REFUSES("`interactivity`", tokcore_person_new_with_choice(5, NULL, NULL, NULL, NULL, NULL, &somebody, err));
    nothing_written();
}

static void odd_values(const tokcore_store *store, const tokcore_oauth_client *client)
{
    test("text that is not UTF-8 and objects of another type are refused by the store");
    const tokcore_store *not_a_store = (const tokcore_store *)client;
    const tokcore_settings *not_settings = (const tokcore_settings *)client;
    const tokcore_cancel *not_a_cancel = (const tokcore_cancel *)client;
    REFUSES("UTF-8", tokcore_store_remove(store, "\xff", NULL, err));
    REFUSES("UTF-8", tokcore_store_set_default_account(store, "ab\xff", NULL, err));
    REFUSES("UTF-8", tokcore_store_export(store, NULL, "\xff", &bytes, err));
    REFUSES("something else", tokcore_store_open(not_settings, &made, err));
    REFUSES("something else", tokcore_store_list(not_a_store, NULL, &entries, err));
    REFUSES("something else", tokcore_store_list(store, not_settings, &entries, err));
    REFUSES("something else", tokcore_store_clear(store, not_settings, NULL, &number, err));
    REFUSES("something else", tokcore_store_clear(store, NULL, not_a_cancel, &number, err));
    REFUSES("something else", tokcore_store_remove(store, "abcd", not_a_cancel, err));
    REFUSES("something else", tokcore_oauth_client_with_store(client, not_a_store, &made_client, err));
    nothing_written();
    tokcore_store_free((tokcore_store *)client);
    check(tokcore_oauth_client_store(client, &made, NULL) == TOKCORE_STATUS_OK, "it was freed");
    tokcore_store_free(made);
    made = NULL;
    tokcore_settings *unknown = settings("folder", "/tmp", NULL), *no_key = settings("path", "memory", "keys", "a", NULL);
    tokcore_error *error = NULL;
    failed_as(TOKCORE_STATUS_CONFIG_INVALID, "unknown_option", tokcore_store_open(unknown, &made, &error), &error);
    failed_as(TOKCORE_STATUS_CONFIG_INVALID, "unknown_option", tokcore_store_open(no_key, &made, &error), &error);
    failed_as(TOKCORE_STATUS_CONFIG_INVALID, NULL, tokcore_store_adopt(store, NULL, &text, &error), &error);
    tokcore_settings_free(unknown);
    tokcore_settings_free(no_key);
    nothing_written();
}

static void null_accessors(void)
{
    test("accessors of the store answer NULL with nothing");
    check(tokcore_entries_count(NULL) == 0 && !tokcore_entries_at(NULL, 0) && !tokcore_entries_json(NULL), "entries");
    check(!tokcore_entry_key(NULL) && !tokcore_entry_account(NULL) && !tokcore_entry_email(NULL) &&
              !tokcore_entry_subject(NULL) && !tokcore_entry_client_id(NULL) && !tokcore_entry_client_name(NULL) &&
              !tokcore_entry_issuer(NULL) && !tokcore_entry_token_endpoint(NULL) && !tokcore_entry_scope(NULL, 0) &&
              !tokcore_entry_grant(NULL) && !tokcore_entry_state(NULL) && !tokcore_entry_why(NULL) &&
              !tokcore_entry_source(NULL) && !tokcore_entry_path(NULL) && !tokcore_entry_arrival(NULL) &&
              !tokcore_entry_json(NULL),
          "texts of an entry");
    check(tokcore_entry_scope_count(NULL) == 0 && tokcore_entry_generation(NULL) == 0 &&
              !tokcore_entry_has_refresh_token(NULL) && !tokcore_entry_is_default(NULL) &&
              tokcore_entry_created_at_unix_s(NULL) == TOKCORE_EXPIRY_UNKNOWN &&
              tokcore_entry_refreshed_at_unix_s(NULL) == TOKCORE_EXPIRY_UNKNOWN &&
              tokcore_entry_last_used_at_unix_s(NULL) == TOKCORE_EXPIRY_UNKNOWN &&
              tokcore_entry_expires_at_unix_s(NULL) == TOKCORE_EXPIRY_UNKNOWN &&
              tokcore_entry_refresh_expires_at_unix_s(NULL) == TOKCORE_EXPIRY_UNKNOWN,
          "numbers of an entry");
    check(!tokcore_bytes_data(NULL) && tokcore_bytes_length(NULL) == 0, "bytes");
    check(!tokcore_store_clone(NULL) && !tokcore_entry_clone(NULL), "clone");
    tokcore_store_free(NULL), tokcore_entries_free(NULL), tokcore_entry_free(NULL), tokcore_bytes_free(NULL);
}

void test_store_misuse(void)
{
    tokcore_store *store = store_in_memory();
    tokcore_oauth_client *client = client_in(store);
    null_objects();
    null_outputs(store, client);
    odd_values(store, client);
    null_accessors();
    tokcore_oauth_client_free(client);
    tokcore_store_free(store);
}
