/* Signing in, out, and what the server sees of it. */
#include <stdlib.h>
#include <string.h>

#include "report.h"
#include "store.h"

static tokcore_oauth_client *public_client(const tokcore_store *store)
{
    tokcore_oauth_client *client = client_of(settings("client_id", "public", "auth_method", "none", "issuer", oidc, NULL));
    tokcore_oauth_client *same = NULL;
    tokcore_error *error = NULL;
    succeeded(tokcore_oauth_client_with_store(client, store, &same, &error), &error);
    tokcore_oauth_client_free(client);
    return same;
}

static tokcore_settings *request(void)
{
    return settings("grant", "device_code", "+scopes", "openid", "+scopes", "offline_access", NULL);
}

/* Somebody signs in to `source` on another device. */
static void signs_in(const tokcore_token_source *source)
{
    tokcore_flow *flow = NULL;
    tokcore_error *error = NULL;
    succeeded(tokcore_token_source_begin(source, TOKCORE_YES, NULL, &flow, &error), &error);
    sign_in(tokcore_flow_verification_uri(flow), tokcore_flow_user_code(flow));
    tokcore_token *token = step_to_the_end(flow);
    signed_in();
    check(tokcore_token_refresh_token(token) != NULL, "no refresh token");
    tokcore_token_free(token);
    tokcore_flow_free(flow);
}

static void out_by_client(const tokcore_store *store)
{
    test("a sign-in is stored; signing out tells the server and removes it");
    tokcore_oauth_client *client = public_client(store);
    tokcore_token_source *source = source_of(client, request());
    tokcore_error *error = NULL, *why = NULL;
    signs_in(source);
    tokcore_entries *entries = all(store);
    check(tokcore_entries_count(entries) == 1, "%zu entries", tokcore_entries_count(entries));
    check_text("account", "alice", tokcore_entry_subject(tokcore_entries_at(entries, 0)));
    check_text("state", "ok", tokcore_entry_state(tokcore_entries_at(entries, 0)));
    tokcore_entries_free(entries);
    tokcore_settings *wanted = request();
    bool found = false;
    int32_t revocation = 7;
    long before = stat_of("requests./token/revocation");
    tokcore_status status = tokcore_oauth_client_logout(client, wanted, true, NULL, &found, &revocation, &why, &error);
    succeeded(status, &error);
    check(found && revocation == TOKCORE_REVOCATION_DONE && why == NULL, "found %d, revocation %d: %s", found, revocation,
          tokcore_error_message(why));
    check(stat_of("requests./token/revocation") > before, "the server was not told");
    check(count_of(store) == 0, "still there");
    succeeded(tokcore_oauth_client_logout(client, wanted, true, NULL, &found, &revocation, &why, &error), &error);
    check(!found && revocation == TOKCORE_REVOCATION_NONE, "found twice");
    tokcore_token *token = NULL;
    failed_as(TOKCORE_STATUS_INTERACTION_REQUIRED, NULL,
              tokcore_token_source_token(source, nobody(), NULL, &token, &error), &error);
    tokcore_error_free(why);
    tokcore_settings_free(wanted);
    tokcore_token_source_free(source);
    tokcore_oauth_client_free(client);
}

static void out_by_source(const tokcore_store *store)
{
    test("a source signs out by itself, and goes on with the next sign-in");
    tokcore_token_source *source = source_in(store, "jane@example.com");
    tokcore_error *error = NULL;
    tokcore_token *token = NULL;
    bool found = false;
    int32_t revocation = 7;
    free(keep(store, "jane@example.com"));
    succeeded(tokcore_token_source_token(source, nobody(), NULL, &token, &error), &error);
    succeeded(tokcore_token_source_logout(source, false, NULL, &found, &revocation, NULL, &error), &error);
    check(found && revocation == TOKCORE_REVOCATION_NONE && count_of(store) == 0, "found %d, %d", found, revocation);
    check(!tokcore_token_source_is_current(source, token), "current although signed out");
    free(keep(store, "jane@example.com"));
    succeeded(tokcore_token_source_token(source, nobody(), NULL, &token, &error), &error);
    tokcore_token_free(token);
    tokcore_token_source_free(source);
}

static void out_by_key(const tokcore_store *store)
{
    test("a stored credential is signed out by its key; a server that takes nothing back is no failure");
    char *key = keep(store, "ann@example.com");
    tokcore_error *error = NULL, *why = NULL;
    int32_t revocation = 7;
    failed_as(TOKCORE_STATUS_NOT_FOUND, NULL,
              tokcore_store_logout(store, "0000000000", true, NULL, &revocation, &why, &error), &error);
    check(revocation == 7 && why == NULL, "an output was written");
    succeeded(tokcore_store_logout(store, key, false, NULL, &revocation, &why, &error), &error);
    check(revocation == TOKCORE_REVOCATION_NONE && why == NULL, "the server was asked");
    check(count_of(store) == 1, "%zu are left", count_of(store));
    tokcore_settings *grant =
        settings("client_id", "public", "issuer", "http://127.0.0.1:1", "token_endpoint", "http://127.0.0.1:1/token",
                 "account", "ann@example.com", "refresh_token", "refresh-canary", NULL);
    tokcore_text *adopted = NULL;
    succeeded(tokcore_store_adopt(store, grant, &adopted, &error), &error);
    succeeded(tokcore_store_logout(store, tokcore_text_value(adopted), true, NULL, &revocation, &why, &error), &error);
    check(revocation == TOKCORE_REVOCATION_LOCAL_ONLY || revocation == TOKCORE_REVOCATION_UNSUPPORTED, "%d", revocation);
    check(why != NULL && count_of(store) == 1, "no reason, or not removed");
    tokcore_error_free(why);
    tokcore_text_free(adopted);
    tokcore_settings_free(grant);
    free(key);
}

void test_signing_out(void)
{
    tokcore_store *store = store_in("signing-out");
    out_by_client(store);
    out_by_source(store);
    out_by_key(store);
    tokcore_store_free(store);
}
