/* The table of keys and signatures, as far as a program signs with them; PKCE and one-time texts. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "oauth.h"
#include "report.h"

static json_t *member(json_t *object, const char *name)
{
    return json_object_get(object, name);
}

static const char *text(json_t *object, const char *name)
{
    return json_string_value(member(object, name));
}

/* A key as the table writes it: text, or the JSON of a JWK. To be freed. */
static char *key_text(json_t *keys, json_t *row)
{
    json_t *key = text(row, "key") ? member(keys, text(row, "key")) : member(row, "key_text");
    return json_is_string(key) ? strdup(json_string_value(key)) : json_dumps(key, 0);
}

static tokcore_status key_of(json_t *keys, json_t *row, tokcore_signing_key **key, tokcore_error **error)
{
    if (text(row, "secret") != NULL) {
        return tokcore_signing_key_new_from_secret(text(row, "secret"), json_is_true(member(row, "weak")), key, error);
    }
    char *given = key_text(keys, row);
    tokcore_status status = tokcore_signing_key_new(given, text(row, "passphrase"), text(row, "kid"), key, error);
    free(given);
    return status;
}

static void check_parts(const char *what, json_t *parts, const char *told)
{
    size_t index;
    json_t *part;
    json_array_foreach(parts, index, part)
    {
        check(told && strstr(told, json_string_value(part)), "the %s lacks \"%s\": %s", what, json_string_value(part), told);
    }
}

static void run(json_t *keys, json_t *row)
{
    test("%s: %s", text(row, "id"), text(row, "why"));
    json_t *expect = member(row, "expect");
    char *header = member(row, "header") ? json_dumps(member(row, "header"), 0) : NULL;
    tokcore_signing_key *key = NULL;
    tokcore_text *jwt = NULL;
    tokcore_error *error = NULL;
    tokcore_status status = key_of(keys, row, &key, &error);
    if (status == TOKCORE_STATUS_OK) {
        status = tokcore_jwt_encode(key, text(row, "payload"), header, text(row, "algorithm"), &jwt, &error);
    }
    if (member(expect, "kind") != NULL) {
        failed_as(TOKCORE_STATUS_INVALID_ARGUMENT, NULL, status, &error);
    } else if (member(expect, "reason") != NULL) {
        check_parts("message", member(expect, "message"), tokcore_error_message(error));
        check_parts("hint", member(expect, "hint"), tokcore_error_hint(error));
        failed_as(TOKCORE_STATUS_CONFIG_INVALID, text(expect, "reason"), status, &error);
        check(jwt == NULL, "an output was written");
    } else if (succeeded(status, &error)) {
        const char *wanted = text(expect, "token");
        if (wanted != NULL) {
            check_text("token", wanted, tokcore_text_value(jwt));
        }
        const char *dot = strchr(tokcore_text_value(jwt), '.');
        check(dot && strchr(dot + 1, '.'), "not three parts");
    }
    free(header);
    tokcore_text_free(jwt);
    tokcore_signing_key_free(key);
}

/* Only what signs claims: the others check signatures, or sign what is no JSON. */
static bool signs_claims(json_t *row)
{
    const char *payload = text(row, "payload");
    return payload && *payload == '{' && !member(row, "jwk") && !member(row, "certificate") && !member(row, "only");
}

void test_signatures(void)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/oauth/jose.json", vectors);
    json_t *table = json_load_file(path, JSON_ALLOW_NUL, NULL), *row;
    size_t index, count = 0;
    json_array_foreach(member(table, "cases"), index, row)
    {
        if (signs_claims(row)) {
            run(member(table, "keys"), row);
            count++;
        }
    }
    check(count > 20, "%zu rows that sign", count);
    json_decref(table);

    test("fresh halves of PKCE and one-time texts");
    tokcore_text *verifier = NULL, *challenge = NULL, *state = NULL, *code = NULL;
    tokcore_error *error = NULL;
    succeeded(tokcore_pkce(&verifier, &challenge, &error), &error);
    succeeded(tokcore_one_time_text(&state, &error), &error);
    check(strlen(tokcore_text_value(verifier)) >= 43 && strlen(tokcore_text_value(challenge)) == 43, "lengths");
    check(strcmp(tokcore_text_value(verifier), tokcore_text_value(state)) != 0, "twice the same");
    char query[256];
    snprintf(query, sizeof query, "?code=code-canary&state=%s", tokcore_text_value(state));
    succeeded(tokcore_parse_redirect(query, tokcore_text_value(state), &code, &error), &error);
    check_text("code", "code-canary", tokcore_text_value(code));
    tokcore_text_free(code);
    code = NULL;
    failed_as(TOKCORE_STATUS_PROTOCOL, "state_mismatch", tokcore_parse_redirect(query, "another", &code, &error), &error);

    test("an authorization URL is made of its parts");
    tokcore_oauth_client *client = client_of(settings("client_id", "c", "authorization_endpoint", "https://as.example/auth",
                                                      "token_endpoint", "https://as.example/token", NULL));
    tokcore_settings *request = settings("+scopes", "read", NULL);
    tokcore_text *url = NULL;
    succeeded(tokcore_oauth_client_authorization_url(client, request, "https://app.example/cb", tokcore_text_value(state),
                                                     tokcore_text_value(verifier), NULL, &url, &error),
              &error);
    const char *made = url ? tokcore_text_value(url) : "";
    check(strstr(made, "https://as.example/auth?") == made, "%s", made);
    check(strstr(made, tokcore_text_value(challenge)) && strstr(made, tokcore_text_value(state)), "%s", made);
    check(!strstr(made, tokcore_text_value(verifier)), "the verifier is in the address");
    tokcore_text_free(url);
    tokcore_text_free(verifier);
    tokcore_text_free(challenge);
    tokcore_text_free(state);
    tokcore_settings_free(request);
    tokcore_oauth_client_free(client);
}
