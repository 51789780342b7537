/* What servers say of themselves and of tokens, and what APIs say. */
#include <stdio.h>
#include <string.h>

#include "oauth.h"
#include "report.h"

static tokcore_token_source *machine_source(const tokcore_oauth_client *client, const char *scope)
{
    return source_of(client, settings("grant", "client_credentials", "+scopes", scope, NULL));
}

static void metadata(void)
{
    test("metadata are found from the issuer");
    tokcore_metadata *found = NULL;
    tokcore_error *error = NULL;
    if (succeeded(tokcore_discover(oidc, NULL, NULL, NULL, &found, &error), &error)) {
        check_text("issuer", oidc, tokcore_metadata_issuer(found));
        check_text("token endpoint", at(oidc, "/token"), tokcore_metadata_endpoint(found, "token_endpoint"));
        check_text("no endpoint", NULL, tokcore_metadata_endpoint(found, "issuer"));
        json_t *all = json_loads(tokcore_metadata_json(found), 0, NULL);
        check_text("keys", at(oidc, "/jwks"), json_string_value(json_object_get(all, "jwks_uri")));
        check(json_is_array(json_object_get(all, "scopes_supported")), "no scopes");
        json_decref(all);
    }
    tokcore_metadata_free(found);
    found = NULL;
    tokcore_oauth_client *client = second_client("public", NULL, "none");
    succeeded(tokcore_oauth_client_metadata(client, NULL, &found, &error), &error);
    check_text("device", at(second, "/device/code"), tokcore_metadata_endpoint(found, "device_authorization_endpoint"));
    tokcore_metadata_free(found);
    found = NULL;
    tokcore_fields *about = NULL;
    succeeded(tokcore_oauth_client_resource_metadata(client, at(oidc, "/api"), NULL, NULL, &about, &error), &error);
    check_text("first", "resource", tokcore_fields_name(about, 0));
    check_text("resource", at(oidc, "/api"), tokcore_fields_value(about, 0));
    check_text("second", "authorization_server", tokcore_fields_name(about, 1));
    check_text("server", oidc, tokcore_fields_value(about, 1));
    tokcore_fields_free(about);
    tokcore_oauth_client_free(client);
    failed_as(TOKCORE_STATUS_PROTOCOL, "issuer_mismatch",
              tokcore_discover(at(hostile, "/discovery/other-issuer"), NULL, NULL, NULL, &found, &error), &error);
    check(found == NULL, "an output was written");
}

static void known_and_revoked(void)
{
    test("a token is known until it is revoked");
    tokcore_oauth_client *client = second_client("post", "post-secret-canary", "client_secret_post");
    tokcore_token *token = NULL;
    tokcore_error *error = NULL, *why = NULL;
    tokcore_introspection *found = NULL;
    int32_t outcome = -1;
    tokcore_settings *request =
        settings("grant", "password", "username", "alice", "password", "password-canary", "+scopes", "read", NULL);
    succeeded(tokcore_oauth_client_fetch(client, request, nobody(), NULL, &token, &error), &error);
    tokcore_settings_free(request);
    const char *text = tokcore_token_access_token(token);
    succeeded(tokcore_oauth_client_introspect(client, text, "access_token", NULL, &found, &error), &error);
    check(tokcore_introspection_active(found), "not active");
    check(tokcore_introspection_scope_count(found) == 1, "%zu scopes", tokcore_introspection_scope_count(found));
    check_text("scope", "read", tokcore_introspection_scope(found, 0));
    check_text("client", "post", tokcore_introspection_client_id(found));
    check(strstr(tokcore_introspection_json(found), "\"active\":true") != NULL, "%s", tokcore_introspection_json(found));
    tokcore_introspection_free(found);
    found = NULL;
    succeeded(tokcore_oauth_client_revoke(client, tokcore_token_refresh_token(token), text, NULL, &outcome, &why, &error),
              &error);
    check(outcome == TOKCORE_REVOCATION_DONE && why == NULL, "%d: %s", outcome, tokcore_error_message(why));
    succeeded(tokcore_oauth_client_introspect(client, text, NULL, NULL, &found, &error), &error);
    check(!tokcore_introspection_active(found), "active although revoked");
    check_text("nothing else is told", "{\"active\":false}", tokcore_introspection_json(found));
    tokcore_introspection_free(found);
    tokcore_token_free(token);
    tokcore_oauth_client_free(client);

    test("a server that takes nothing back says so");
    client = client_of(settings("client_id", "a", "token_endpoint", at(hostile, "/html"), "revocation_endpoint",
                                at(hostile, "/html-502"), NULL));
    outcome = -1;
    succeeded(tokcore_oauth_client_revoke(client, NULL, "access-canary", NULL, &outcome, &why, &error), &error);
    check(outcome == TOKCORE_REVOCATION_LOCAL_ONLY && why != NULL, "%d", outcome);
    check(why == NULL || strstr(tokcore_error_message(why), "canary") == NULL, "a secret is shown");
    tokcore_error_free(why);
    tokcore_oauth_client_free(client);
}

static tokcore_refusal *refusal(uint32_t status, const char *field)
{
    tokcore_refusal *made = NULL;
    tokcore_error *error = NULL;
    succeeded(tokcore_refusal_new(status, &made, &error), &error);
    if (field != NULL) {
        succeeded(tokcore_refusal_add_www_authenticate(made, field, &error), &error);
    }
    return made;
}

static void recovery(void)
{
    test("an API's refusal is answered with a new token, or given back");
    tokcore_oauth_client *client = usual_client();
    tokcore_token_source *source = machine_source(client, "read");
    tokcore_token *token = NULL, *retry = NULL;
    tokcore_error *error = NULL;
    succeeded(tokcore_token_source_token(source, nobody(), NULL, &token, &error), &error);
    tokcore_refusal *expired = refusal(401, "Bearer error=\"invalid_token\""), *missing = refusal(404, NULL),
                    *scope = refusal(403, "Bearer error=\"insufficient_scope\", scope=\"write\"");
    succeeded(tokcore_token_source_recover(source, token, missing, nobody(), NULL, &retry, &error), &error);
    check(retry == NULL, "a token for a page that does not exist");
    tokcore_status status = tokcore_token_source_recover(source, token, scope, nobody(), NULL, &retry, &error);
    check(error && strstr(tokcore_error_message(error), "write") != NULL, "the missing scope is not named");
    failed_as(TOKCORE_STATUS_DENIED, NULL, status, &error);
    succeeded(tokcore_token_source_recover(source, token, expired, nobody(), NULL, &retry, &error), &error);
    check(retry != NULL && strcmp(tokcore_token_access_token(retry), tokcore_token_access_token(token)) != 0,
          "the same token once more");
    check(tokcore_token_source_is_current(source, retry) && !tokcore_token_source_is_current(source, token), "current");
    tokcore_refusal_free(expired);
    tokcore_refusal_free(missing);
    tokcore_refusal_free(scope);
    tokcore_token_free(token);
    tokcore_token_free(retry);
    tokcore_token_source_free(source);
    tokcore_oauth_client_free(client);
}

static void headers(void)
{
    test("a token is not sent where others can listen");
    tokcore_oauth_client *client = usual_client();
    tokcore_token_source *source = machine_source(client, "read");
    tokcore_token *token = NULL;
    tokcore_error *error = NULL;
    tokcore_fields *fields = NULL;
    succeeded(tokcore_token_source_token(source, nobody(), NULL, &token, &error), &error);
    succeeded(tokcore_token_source_request_headers(source, token, "GET", "https://api.example/x", &fields, &error), &error);
    check(tokcore_fields_count(fields) == 1, "%zu headers", tokcore_fields_count(fields));
    check_text("header", tokcore_token_authorization(token), tokcore_fields_value(fields, 0));
    check_text("past the last", NULL, tokcore_fields_value(fields, 1));
    tokcore_fields_free(fields);
    fields = NULL;
    failed_as(TOKCORE_STATUS_CONFIG_INVALID, "insecure_endpoint",
              tokcore_token_source_request_headers(source, token, "GET", "http://api.example/x", &fields, &error), &error);
    failed_as(TOKCORE_STATUS_INVALID_ARGUMENT, NULL,
              tokcore_token_source_request_headers(source, token, "GET", "/x", &fields, &error), &error);
    check(fields == NULL, "an output was written");
    tokcore_token_free(token);
    tokcore_token_source_free(source);

    test("a client proves itself in a request of the program's own");
    tokcore_fields *parameters = NULL;
    succeeded(tokcore_oauth_client_authentication(client, at(oidc, "/token"), NULL, &fields, &parameters, &error), &error);
    check(tokcore_fields_count(fields) == 0 && tokcore_fields_count(parameters) == 2, "other fields");
    tokcore_fields_free(fields);
    tokcore_fields_free(parameters);
    tokcore_oauth_client_free(client);
}

void test_servers(void)
{
    metadata();
    known_and_revoked();
    recovery();
    headers();
}
