#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "outcome.h"
#include "report.h"

/* `expires_in_s` is compared give or take this. */
#define SLACK_S 60

static const char *text_of(json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

static void check_number(const char *what, json_t *wanted, int64_t absent, int64_t found)
{
    int64_t number = json_is_null(wanted) ? absent : json_integer_value(wanted);
    check(number == found, "%s: expected %" PRId64 ", got %" PRId64, what, number, found);
}

static void check_expiry(json_t *ok, int64_t found)
{
    json_t *at = json_object_get(ok, "expires_at_unix_s"), *in = json_object_get(ok, "expires_in_s");
    if (at != NULL) {
        check_number("expires_at_unix_s", at, TOKCORE_EXPIRY_UNKNOWN, found);
    }
    if (json_is_null(in)) {
        check_number("expires_in_s", in, TOKCORE_EXPIRY_UNKNOWN, found);
    } else if (in != NULL) {
        int64_t left = found == TOKCORE_EXPIRY_UNKNOWN ? INT32_MIN : found - (int64_t)time(NULL);
        check(llabs(left - json_integer_value(in)) <= SLACK_S, "expires in %" PRId64 " s", left);
    }
}

static void check_member(json_t *wanted, const char *name, const char *found)
{
    if (json_object_get(wanted, name) != NULL) {
        check_text(name, text_of(wanted, name), found);
    }
}

static void check_credentials(const struct outcome *outcome, json_t *ok)
{
    const tokcore_credentials *credentials = outcome->credentials;
    if (credentials != NULL) {
        char authorization[4096];
        const char *type = tokcore_credentials_token_type(credentials);
        check_member(ok, "access_token", tokcore_credentials_access_token(credentials));
        check_member(ok, "token_type", type);
        check_member(ok, "integration_id", tokcore_credentials_integration_id(credentials));
        check_member(ok, "backend", tokcore_credentials_backend(credentials));
        check_expiry(ok, tokcore_credentials_expires_at_unix_s(credentials));
        snprintf(authorization, sizeof authorization, "%s %s", strcasecmp(type, "bearer") == 0 ? "Bearer" : type,
                 tokcore_credentials_access_token(credentials));
        check_text("authorization", authorization, tokcore_credentials_authorization(credentials));
    } else if (outcome->azure != NULL) {
        check_member(ok, "access_token", tokcore_azure_token_access_token(outcome->azure));
        check_member(ok, "token_type", tokcore_azure_token_token_type(outcome->azure));
        check_expiry(ok, tokcore_azure_token_expires_at_unix_s(outcome->azure));
    } else if (outcome->identity != NULL) {
        check_member(ok, "access_token", tokcore_identity_token_value(outcome->identity));
        check_expiry(ok, tokcore_identity_token_expires_at_unix_s(outcome->identity));
    } else {
        check(false, "no credentials");
    }
}

static void check_extra(const tokcore_integration *item, json_t *extra)
{
    json_t *raw = json_loads(tokcore_integration_json(item), 0, NULL), *wanted;
    const char *name;
    json_object_foreach (extra, name, wanted) {
        check(json_equal(wanted, json_object_get(raw, name)), "member %s differs", name);
    }
    json_decref(raw);
}

static void check_integration(const tokcore_integration *item, json_t *wanted)
{
    check_member(wanted, "guid", tokcore_integration_guid(item));
    check_member(wanted, "type", tokcore_integration_provider_type(item));
    check_member(wanted, "name", tokcore_integration_name(item));
    check_member(wanted, "display_name", tokcore_integration_display_name(item));
    check_member(wanted, "client_id", tokcore_integration_client_id(item));
    check_member(wanted, "auth_url", tokcore_integration_auth_url(item));
    check_member(wanted, "token_url", tokcore_integration_token_url(item));
    check_member(wanted, "issuer", tokcore_integration_issuer(item));
    json_t *scopes = json_object_get(wanted, "scopes"), *scope,
           *authenticated = json_object_get(wanted, "authenticated");
    if (scopes != NULL) {
        size_t index, count = tokcore_integration_scope_count(item);
        check(count == json_array_size(scopes), "%zu scopes", count);
        json_array_foreach (scopes, index, scope) {
            check_text("scope", json_string_value(scope), tokcore_integration_scope(item, index));
        }
        check_text("scope past the end", NULL, tokcore_integration_scope(item, count));
    }
    if (authenticated != NULL) {
        int32_t answer = json_is_null(authenticated)   ? TOKCORE_UNKNOWN
                         : json_is_true(authenticated) ? TOKCORE_YES
                                                       : TOKCORE_NO;
        check(tokcore_integration_authenticated(item) == answer, "authenticated: %d",
              tokcore_integration_authenticated(item));
    }
    check_extra(item, json_object_get(wanted, "extra"));
}

static void check_list(const tokcore_integrations *list, json_t *wanted)
{
    size_t index, count = tokcore_integrations_count(list);
    json_t *item;
    check(count == json_array_size(wanted), "%zu integrations, expected %zu", count, json_array_size(wanted));
    json_array_foreach (wanted, index, item) {
        check_integration(tokcore_integrations_at(list, index), item);
    }
    check(tokcore_integrations_at(list, count) == NULL, "an integration past the end");
}

static bool contains(const char *text, const char *part)
{
    return text != NULL && strcasestr(text, part) != NULL;
}

static void check_parts(const char *what, json_t *parts, bool present, const char *first, const char *second)
{
    size_t index;
    json_t *part;
    json_array_foreach (parts, index, part) {
        const char *text = json_string_value(part);
        check((contains(first, text) || contains(second, text)) == present, "%s %s \"%s\": %s", what,
              present ? "lacks" : "has", text, first);
    }
}

static void check_attempts(const tokcore_error *error, json_t *wanted)
{
    size_t index;
    json_t *part;
    json_array_foreach (wanted, index, part) {
        bool found = false;
        for (size_t attempt = 0; attempt < tokcore_error_attempt_count(error); attempt++) {
            found |= contains(tokcore_error_attempt_source(error, attempt), json_string_value(part));
        }
        check(found, "no attempt with %s", json_string_value(part));
    }
}

static void check_error(const struct outcome *outcome, json_t *wanted)
{
    const tokcore_error *error = outcome->error;
    const char *message = tokcore_error_message(error), *detail = tokcore_error_detail(error);
    check(outcome->status != TOKCORE_STATUS_OK, "expected %s, got success", text_of(wanted, "kind"));
    check(tokcore_error_kind(error) == outcome->status, "the error has another kind than the call returned");
    check_text("kind", text_of(wanted, "kind"), tokcore_kind_name(outcome->status));
    check_parts("message", json_object_get(wanted, "message_contains"), true, message, detail);
    check_parts("message", json_object_get(wanted, "message_lacks"), false, message, detail);
    check_parts("hint", json_object_get(wanted, "hint_contains"), true, tokcore_error_hint(error), NULL);
    check_attempts(error, json_object_get(wanted, "attempts_contain"));
    if (json_object_get(wanted, "http_status") != NULL) {
        check_number("http_status", json_object_get(wanted, "http_status"), 0, tokcore_error_http_status(error));
    }
    if (json_object_get(wanted, "retry_after_ms") != NULL) {
        check_number("retry_after_ms", json_object_get(wanted, "retry_after_ms"), -1,
                     tokcore_error_retry_after_ms(error));
    }
    check_member(wanted, "oauth_error", tokcore_error_oauth_error(error));
}

void outcome_check(const struct outcome *outcome, json_t *expect)
{
    json_t *wanted;
    if ((wanted = json_object_get(expect, "error")) != NULL) {
        check_error(outcome, wanted);
        return;
    }
    if (!check(outcome->status == TOKCORE_STATUS_OK, "%s: %s", tokcore_kind_name(outcome->status),
               tokcore_error_message(outcome->error))) {
        return;
    }
    check(outcome->error == NULL, "an error beside success");
    if ((wanted = json_object_get(expect, "ok")) != NULL) {
        check_credentials(outcome, wanted);
    } else if ((wanted = json_object_get(expect, "integrations")) != NULL) {
        check_list(outcome->integrations, wanted);
    } else if ((wanted = json_object_get(expect, "integration")) != NULL) {
        check(json_is_null(wanted) == (outcome->integration == NULL), "found, or not, against expectation");
        check_integration(outcome->integration, wanted);
    } else if ((wanted = json_object_get(expect, "found")) != NULL) {
        check_text("found", text_of(wanted, "exact"), tokcore_integration_name(outcome->integration));
    } else if ((wanted = json_object_get(expect, "detection")) != NULL) {
        check_text("backend", text_of(wanted, "backend"), tokcore_detection_backend(outcome->detection));
        check_text("subject", text_of(wanted, "subject"), tokcore_detection_subject(outcome->detection));
        check(tokcore_detection_error(outcome->detection) == NULL, "an error beside a backend");
        check(tokcore_detection_test_count(outcome->detection) > 0, "no test was made");
    } else {
        check(false, "the vector expects nothing");
    }
}

static void scan(json_t *secrets, const char *what, const char *text)
{
    size_t index;
    json_t *secret;
    json_array_foreach (secrets, index, secret) {
        /* The text itself is not printed: it would show the secret. */
        check(text == NULL || strstr(text, json_string_value(secret)) == NULL, "a secret in %s", what);
    }
}

void outcome_check_secrets(const struct outcome *outcome, json_t *secrets)
{
    const tokcore_error *error = outcome->error;
    scan(secrets, "a message", tokcore_error_message(error));
    scan(secrets, "a hint", tokcore_error_hint(error));
    scan(secrets, "a detail", tokcore_error_detail(error));
    scan(secrets, "an OAuth code", tokcore_error_oauth_error(error));
    scan(secrets, "a URL", tokcore_error_sign_in_url(error));
    for (size_t index = 0; index < tokcore_error_attempt_count(error); index++) {
        scan(secrets, "the name of an attempt", tokcore_error_attempt_source(error, index));
        scan(secrets, "the outcome of an attempt", tokcore_error_attempt_outcome(error, index));
    }
    for (size_t index = 0; index < tokcore_detection_test_count(outcome->detection); index++) {
        scan(secrets, "the name of a test", tokcore_detection_test_source(outcome->detection, index));
        scan(secrets, "the outcome of a test", tokcore_detection_test_outcome(outcome->detection, index));
    }
    for (size_t index = 0; index < tokcore_integrations_count(outcome->integrations); index++) {
        scan(secrets, "an integration",
             tokcore_integration_json(tokcore_integrations_at(outcome->integrations, index)));
    }
    scan(secrets, "an integration", tokcore_integration_json(outcome->integration));
    scan(secrets, "an Azure token's members", tokcore_azure_token_extra_json(outcome->azure));
}
