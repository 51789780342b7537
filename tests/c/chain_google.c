/* What a program has of Google's, as far as nobody is asked: clients, their type, API keys, a machine that is elsewhere. */
#include <string.h>

#include "chain.h"
#include "report.h"

static const char *const CLIENT = "{\"installed\": {\"client_id\": \"abc.apps.googleusercontent.com\", \"project_id\": \"p\","
                                  "\"client_secret\": \"canary-secret\", \"redirect_uris\": [\"http://localhost\"],"
                                  "\"auth_uri\": \"https://accounts.google.com/o/oauth2/auth\","
                                  "\"token_uri\": \"https://oauth2.googleapis.com/token\"}}";

static void clients(void)
{
    test("a client's file tells all but its secret");
    tokcore_fields *client = NULL;
    tokcore_error *error = NULL;
    succeeded(tokcore_google_read_client(CLIENT, &client, &error), &error);
    check_text("client_id", "abc.apps.googleusercontent.com", tokcore_fields_get(client, "client_id"));
    check_text("type", "installed", tokcore_fields_get(client, "type"));
    check_text("redirect_uris", "http://localhost", tokcore_fields_get(client, "redirect_uris"));
    check_text("project_id", "p", tokcore_fields_get(client, "project_id"));
    check(tokcore_fields_get(client, "name") != NULL, "it has no name");
    for (size_t at = 0; at < tokcore_fields_count(client); at++) {
        check(!strstr(tokcore_fields_value(client, at), "canary"), "%s tells the secret", tokcore_fields_name(client, at));
    }
    tokcore_fields_free(client), client = NULL;

    test("a key is no client");
    const char *key = "{\"type\": \"service_account\", \"client_email\": \"a@b\", \"private_key\": \"canary-key\"}";
    tokcore_status status = tokcore_google_read_client(key, &client, &error);
    check(status == TOKCORE_STATUS_CONFIG_INVALID && client == NULL, "%s", tokcore_kind_name(status));
    check_text("reason", "key_given_as_client_json", tokcore_error_reason(error));
    check(!strstr(tokcore_error_message(error), "canary"), "%s", tokcore_error_message(error));
    tokcore_error_free(error);
}

static void client_types(void)
{
    test("the type of a client is the user's choice, else what suits the machine");
    static const char *const options[] = {"web", "installed", NULL};
    tokcore_text *type = NULL;
    tokcore_error *error = NULL;
    for (size_t at = 0; at < 3; at++) {
        succeeded(tokcore_google_default_client_type(options[at], &type, &error), &error);
        check_text("type", options[at] != NULL ? options[at] : "installed", tokcore_text_value(type));
        tokcore_text_free(type), type = NULL;
    }
    tokcore_status status = tokcore_google_default_client_type("desktop", &type, &error);
    check(status == TOKCORE_STATUS_INVALID_ARGUMENT && type == NULL, "%s", tokcore_kind_name(status));
    check(tokcore_error_hint(error) || strstr(tokcore_error_message(error), "web"), "%s", tokcore_error_message(error));
    tokcore_error_free(error);
}

static void api_keys(void)
{
    test("an API key goes into a header field, and what is none is not repeated");
    tokcore_fields *header = NULL;
    tokcore_error *error = NULL;
    succeeded(tokcore_google_api_key_header("AIzaKey", &header, &error), &error);
    check(tokcore_fields_count(header) == 1, "%zu fields", tokcore_fields_count(header));
    check_text("name", "x-goog-api-key", tokcore_fields_name(header, 0));
    check_text("value", "AIzaKey", tokcore_fields_value(header, 0));
    tokcore_fields_free(header), header = NULL;
    tokcore_status status = tokcore_google_api_key_header("canary\n", &header, &error);
    check(status == TOKCORE_STATUS_CONFIG_INVALID && header == NULL, "%s", tokcore_kind_name(status));
    check(!strstr(tokcore_error_message(error), "canary"), "%s", tokcore_error_message(error));
    tokcore_error_free(error);
}

static void machines(void)
{
    test("a machine that is not Google's is none, and that is no failure");
    tokcore_fields *machine = NULL;
    tokcore_error *error = NULL;
    succeeded(tokcore_google_machine(NULL, &machine, &error), &error);
    check(machine == NULL, "a machine");
}

static void signatures(void)
{
    test("a token that the program gave cannot sign");
    tokcore_settings *wanted = wanted_of("token", "a", NULL);
    tokcore_token_source *source = NULL;
    tokcore_bytes *signature = NULL;
    tokcore_error *error = NULL;
    succeeded(tokcore_chain_fetch(NULL, wanted, nobody(), NULL, &source, &error), &error);
    tokcore_status status = tokcore_token_source_sign(source, (const uint8_t *)"a", 1, NULL, &signature, &error);
    check(status == TOKCORE_STATUS_INVALID_STATE && signature == NULL, "%s", tokcore_kind_name(status));
    tokcore_error_free(error);
    tokcore_token_source_free(source);
    tokcore_settings_free(wanted);
}

void test_chain_google(void)
{
    clients();
    client_types();
    api_keys();
    machines();
    signatures();
}
