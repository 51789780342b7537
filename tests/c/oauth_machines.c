/* Grants that need nobody. */
#include <stdio.h>
#include <strings.h>
#include <time.h>

#include "oauth.h"
#include "report.h"

/* One grant, carried out; the token works at the API of the certified server if it `comes` from there. */
static tokcore_token *granted(const tokcore_oauth_client *client, tokcore_settings *request)
{
    tokcore_token *token = NULL;
    tokcore_error *error = NULL;
    succeeded(tokcore_oauth_client_fetch(client, request, nobody(), NULL, &token, &error), &error);
    tokcore_settings_free(request);
    return token;
}

static void check_api(const tokcore_token *token)
{
    char header[4096];
    snprintf(header, sizeof header, "Authorization: %s", tokcore_token_authorization(token));
    long status = http("GET", at(oidc, "/api"), header, NULL);
    check(status == 200, "the API answers %ld", status);
}

static tokcore_settings *machine(void)
{
    return settings("grant", "client_credentials", "+scopes", "read", NULL);
}

static void by_method(const char *id, const char *method, const char *name, const char *secret)
{
    test("client credentials of %s", id);
    tokcore_oauth_client *client =
        client_of(settings("client_id", id, "auth_method", method, name, secret, "issuer", oidc, NULL));
    tokcore_token *token = granted(client, machine());
    if (token != NULL) {
        check_api(token);
        int64_t left = tokcore_token_expires_at_unix_s(token) - (int64_t)time(NULL);
        check(left > 0 && left <= 3600, "%lld s left", (long long)left);
        check_text("grant", "client_credentials", tokcore_token_grant(token));
        check_text("client", id, tokcore_token_client_id(token));
        check_text("issuer", oidc, tokcore_token_issuer(token));
        check_text("refresh token", NULL, tokcore_token_refresh_token(token));
    }
    tokcore_token_free(token);
    tokcore_oauth_client_free(client);
}

static void methods(void)
{
    const char *special = "colon: plus+ percent%41 and& equals= slash/ quote\" back\\ tilde~ end";
    by_method("tokcore-e2e", "client_secret_post", "client_secret", "client-secret-canary");
    by_method("basic", "client_secret_basic", "client_secret", "basic-secret-canary");
    by_method("basic-special", "client_secret_basic", "client_secret", special);
    by_method("post-special", "client_secret_post", "client_secret", special);
    by_method("secret-jwt", "client_secret_jwt", "client_secret", "secret-jwt-canary-of-at-least-32-bytes");
    json_t *keys = NULL;
    http("GET", at(oidc, "/__keys"), NULL, &keys);
    const char *signers[] = {"key-rs256", "key-es256"};
    for (size_t index = 0; index < 2; index++) {
        json_t *pem = json_object_get(json_object_get(keys, signers[index]), "pem");
        by_method(signers[index], "private_key_jwt", "key", json_string_value(pem));
    }
    json_decref(keys);
}

static void bound(void)
{
    test("a token bound to a key is used with a proof");
    tokcore_oauth_client *client =
        client_of(settings("client_id", "machine-dpop", "client_secret", "machine-dpop-secret-canary", "auth_method",
                           "client_secret_basic", "?dpop", "true", "issuer", oidc, NULL));
    tokcore_token_source *source = source_of(client, machine());
    tokcore_token *token = NULL;
    tokcore_error *error = NULL;
    tokcore_fields *headers = NULL;
    succeeded(tokcore_token_source_token(source, nobody(), NULL, &token, &error), &error);
    check_text("type", "DPoP", tokcore_token_token_type(token));
    check_text("authorization without a proof", NULL, tokcore_token_authorization(token));
    succeeded(tokcore_token_source_request_headers(source, token, "GET", at(oidc, "/api"), &headers, &error), &error);
    check(tokcore_fields_count(headers) == 2, "%zu headers", tokcore_fields_count(headers));
    check(strcasecmp(tokcore_fields_name(headers, 1), "DPoP") == 0, "no proof");
    tokcore_fields_free(headers);
    tokcore_token_free(token);
    tokcore_token_source_free(source);
    tokcore_oauth_client_free(client);
}

static void assertion(void)
{
    test("a signed statement becomes a token");
    json_t *keys = NULL, *key;
    http("GET", at(oidc, "/__keys"), NULL, &keys);
    key = json_object_get(keys, "service-account");
    const char *pem = json_string_value(json_object_get(key, "pem")), *kid = json_string_value(json_object_get(key, "kid"));
    tokcore_oauth_client *client = client_of(
        settings("client_id", "service-account", "auth_method", "none", "key", pem, "key_id", kid, "issuer", oidc, NULL));
    tokcore_token *token = granted(client, settings("grant", "jwt_bearer", "+scopes", "write", "claims.sub", "carol",
                                                    "claims.iss", "service-account", "claims.aud", at(oidc, "/token"), NULL));
    if (token != NULL) {
        check_api(token);
    }
    tokcore_token_free(token);
    tokcore_oauth_client_free(client);
    json_decref(keys);
}

static void password(void)
{
    test("a password, a refresh, and the end of a grant");
    tokcore_oauth_client *client = second_client("post", "post-secret-canary", "client_secret_post");
    tokcore_token *token = granted(client, settings("grant", "password", "username", "alice", "password",
                                                    "password-canary", "+scopes", "read", NULL)),
                  *refreshed = NULL, *again = NULL;
    tokcore_error *error = NULL;
    check(tokcore_token_refresh_token(token) != NULL, "no refresh token");
    succeeded(tokcore_oauth_client_refresh(client, token, NULL, &refreshed, &error), &error);
    check(tokcore_token_generation(refreshed) == 1, "generation %llu",
          (unsigned long long)tokcore_token_generation(refreshed));
    again = granted(client, settings("grant", "refresh_token", "refresh_token", tokcore_token_refresh_token(refreshed), NULL));
    check(tokcore_token_access_token(again) != NULL, "no token");
    http("POST", at(second, "/__end-grants"), NULL, NULL);
    tokcore_token *late = NULL;
    failed_as(TOKCORE_STATUS_GRANT_REVOKED, NULL, tokcore_oauth_client_refresh(client, again, NULL, &late, &error), &error);
    check(late == NULL, "an output was written");
    tokcore_token_free(token);
    tokcore_token_free(refreshed);
    tokcore_token_free(again);

    test("a wrong password is denied, and not shown");
    tokcore_settings *wrong = settings("grant", "password", "username", "alice", "password", "wrong-canary", NULL);
    tokcore_status status = tokcore_oauth_client_fetch(client, wrong, nobody(), NULL, &late, &error);
    check(status == TOKCORE_STATUS_GRANT_REVOKED || status == TOKCORE_STATUS_DENIED, "%s", tokcore_kind_name(status));
    check_text("code", "invalid_grant", tokcore_error_oauth_error(error));
    failed_as(status, NULL, status, &error);
    tokcore_settings_free(wrong);
    tokcore_oauth_client_free(client);
}

static void at_the_second(void)
{
    const char *special = "colon: plus+ percent%41 and& slash/ end";
    const char *clients[][3] = {{"post", "post-secret-canary", "client_secret_post"},
                                {"basic", "basic-secret-canary", "client_secret_basic"},
                                {"basic-special", special, "client_secret_basic"}};
    for (size_t index = 0; index < 3; index++) {
        test("client credentials of %s at the second server", clients[index][0]);
        tokcore_oauth_client *client =
            client_of(settings("client_id", clients[index][0], "client_secret", clients[index][1], "auth_method",
                               clients[index][2], "issuer", second, "discovery", "oauth", "basic_encoding",
                               index == 2 ? "percent" : NULL, NULL));
        tokcore_token *token = granted(client, machine());
        check(tokcore_token_access_token(token) != NULL, "no token");
        tokcore_token_free(token);
        tokcore_oauth_client_free(client);
    }
}

void test_machines(void)
{
    methods();
    bound();
    assertion();
    password();
    at_the_second();
}
