#include <string.h>

#include "oauth.h"
#include "report.h"

/* Making a client of `given` must fail as CONFIG_INVALID with `part` in its message. */
static void refused(const char *what, tokcore_settings *given, const char *part)
{
    tokcore_oauth_client *client = NULL;
    tokcore_error *error = NULL;
    tokcore_status status = tokcore_oauth_client_new(given, &client, &error);
    check(status == TOKCORE_STATUS_CONFIG_INVALID && client == NULL, "%s: %s", what, tokcore_kind_name(status));
    const char *message = error ? tokcore_error_message(error) : "";
    check(strstr(message, part) != NULL, "%s: the message lacks \"%s\": %s", what, part, message);
    check(strstr(message, "canary") == NULL, "%s: a secret is shown: %s", what, message);
    tokcore_error_free(error);
    tokcore_settings_free(given);
}

static void names(void)
{
    test("settings are checked by name and type, and never quoted");
    refused("nothing", settings(NULL), "client_id");
    refused("a misspelt name", settings("client_id", "a", "token_endpont", "https://as.example/token", NULL),
            "token_endpoint");
    refused("a wrong type", settings("client_id", "a", "#client_secret", "7", NULL), "client_secret");
    refused("a wrong flag", settings("client_id", "a", "dpop", "secret-canary", NULL), "dpop");
    refused("an unknown method", settings("client_id", "a", "auth_method", "handshake", NULL), "auth_method");
    refused("plain http", settings("client_id", "a", "token_endpoint", "http://as.example/token", NULL), "token endpoint");
    refused("a part that does not exist", settings("client_id", "a", "dialect.responze", "x", NULL), "responze");
}

static void values(void)
{
    test("a value can be replaced, added to, and taken away");
    tokcore_settings *given = settings("client_id", "first", "+scopes", "read", NULL);
    tokcore_error *error = NULL;
    tokcore_oauth_client *client = NULL;
    tokcore_status status = tokcore_settings_add(given, "client_id", "second", &error);
    check(status == TOKCORE_STATUS_INVALID_ARGUMENT, "a second client_id: %s", tokcore_kind_name(status));
    tokcore_error_free(error);
    error = NULL;
    status = tokcore_settings_set(given, "client_id.part", "x", &error);
    check(status == TOKCORE_STATUS_INVALID_ARGUMENT, "a part of a text: %s", tokcore_kind_name(status));
    tokcore_error_free(error);
    error = NULL;
    status = tokcore_settings_set_json(given, "claims", "{\"password\": \"secret-canary\"", &error);
    failed_as(TOKCORE_STATUS_INVALID_ARGUMENT, NULL, status, &error);
    succeeded(tokcore_settings_set(given, "client_id", "second", &error), &error);
    succeeded(tokcore_settings_set(given, "client_secret", "x", &error), &error);
    succeeded(tokcore_settings_unset(given, "client_secret", &error), &error);
    succeeded(tokcore_oauth_client_new(given, &client, &error), &error);
    /* Copied: what happens to the settings later does not matter. */
    succeeded(tokcore_settings_set(given, "client_id", "third", &error), &error);
    tokcore_settings_free(given);
    tokcore_fields *report = NULL;
    succeeded(tokcore_oauth_client_report(client, &report, &error), &error);
    bool told = false;
    for (size_t index = 0; index < tokcore_fields_count(report); index++) {
        check(tokcore_fields_name(report, index) != NULL, "a line without name");
        told = told || strcmp(tokcore_fields_value(report, index), "second") == 0;
    }
    check(told, "the report does not name the client");
    tokcore_fields_free(report);
    tokcore_oauth_client_free(client);
}

static void tokens(void)
{
    test("a token from elsewhere keeps what it was given");
    tokcore_settings *given =
        settings("access_token", "access-canary", "refresh_token", "refresh-canary", "scope", "read write",
                 "#expires_at", "4000000000", "instance_url", "https://api.example", NULL);
    tokcore_token *token = NULL;
    tokcore_error *error = NULL;
    succeeded(tokcore_token_new(given, &token, &error), &error);
    check_text("access token", "access-canary", tokcore_token_access_token(token));
    check_text("authorization", "Bearer access-canary", tokcore_token_authorization(token));
    check_text("refresh token", "refresh-canary", tokcore_token_refresh_token(token));
    check_text("type", "Bearer", tokcore_token_token_type(token));
    check(tokcore_token_expires_at_unix_s(token) == 4000000000, "another expiry");
    check(tokcore_token_scope_count(token) == 2, "%zu scopes", tokcore_token_scope_count(token));
    check_text("scope", "write", tokcore_token_scope(token, 1));
    check_text("past the last scope", NULL, tokcore_token_scope(token, 2));
    check_text("the rest", "{\"instance_url\":\"https://api.example\"}", tokcore_token_extra_json(token));
    tokcore_token_free(token);
    tokcore_settings_free(given);

    given = settings("token_type", "Bearer", NULL);
    token = NULL;
    failed_as(TOKCORE_STATUS_CONFIG_INVALID, NULL, tokcore_token_new(given, &token, &error), &error);
    succeeded(tokcore_settings_set(given, "access_token", "a", &error), &error);
    succeeded(tokcore_token_new(given, &token, &error), &error);
    check(tokcore_token_expires_at_unix_s(token) == TOKCORE_EXPIRY_UNKNOWN, "an expiry out of nowhere");
    tokcore_token_free(token);
    tokcore_settings_free(given);
}

void test_settings(void)
{
    names();
    values();
    tokens();
}
