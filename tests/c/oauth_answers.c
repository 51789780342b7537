/* The table of token responses, as a server sends them: `/vector/ID` of the hostile server. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "oauth.h"
#include "report.h"

static json_t *member(json_t *object, const char *name)
{
    return json_object_get(object, name);
}

/* Rows about what is said besides the answer itself: no setting of a client credentials grant leads there. */
static bool has_no_way(json_t *row)
{
    const char *names[] = {"exchange", "authorized_scope", "format", "sent_secret", "requested_token_type"};
    for (size_t index = 0; index < sizeof names / sizeof *names; index++) {
        if (member(row, names[index]) != NULL) {
            return true;
        }
    }
    return false;
}

static tokcore_oauth_client *client_for(json_t *row)
{
    char *dialect = member(row, "dialect") ? json_dumps(member(row, "dialect"), 0) : NULL;
    char path[128];
    snprintf(path, sizeof path, "/vector/%s", json_string_value(member(row, "id")));
    tokcore_oauth_client *client =
        client_of(settings("client_id", "c", "client_secret", "secret-canary", "auth_method", "client_secret_post",
                           "token_endpoint", at(hostile, path), "#timeout_ms", "20000", "{dialect", dialect, "profile",
                           json_string_value(member(row, "profile")), NULL));
    free(dialect);
    return client;
}

static tokcore_settings *request_for(json_t *row)
{
    tokcore_settings *request = settings("grant", "client_credentials", NULL);
    size_t index;
    json_t *scope;
    json_array_foreach(member(row, "requested"), index, scope)
    {
        tokcore_settings_add(request, "scopes", json_string_value(scope), NULL);
    }
    return request;
}

static void check_list(const char *what, json_t *wanted, size_t count, const tokcore_token *token,
                       const char *(*nth)(const tokcore_token *, size_t))
{
    check(count == json_array_size(wanted), "%zu %s instead of %zu", count, what, json_array_size(wanted));
    for (size_t index = 0; index < count && index < json_array_size(wanted); index++) {
        check_text(what, json_string_value(json_array_get(wanted, index)), nth(token, index));
    }
}

/* A table says when, for an answer to a request of the year 2023: what is relative is compared from now on. */
static void check_expiry(json_t *row, json_t *wanted, const tokcore_token *token)
{
    json_t *lifetime = member(wanted, "lifetime_s");
    const char *body = json_string_value(member(row, "body"));
    if (body != NULL && (strstr(body, "expires_") || strstr(body, "expiration")) && !strstr(body, "expires_in")) {
        return;
    }
    int64_t expiry = tokcore_token_expires_at_unix_s(token);
    if (!json_is_integer(lifetime)) {
        check(expiry == TOKCORE_EXPIRY_UNKNOWN, "an expiry out of nowhere");
        return;
    }
    int64_t left = expiry - (int64_t)time(NULL);
    check(left <= json_integer_value(lifetime) && left > json_integer_value(lifetime) - 60, "%lld s left",
          (long long)left);
}

static void check_token(json_t *row, json_t *wanted, const tokcore_token *token)
{
    json_t *type = member(wanted, "token_type"), *scope = member(wanted, "scope"), *extra = member(wanted, "extra");
    const char *text = tokcore_token_access_token(token);
    if (member(wanted, "access_token_bytes") != NULL) {
        check(text && (json_int_t)strlen(text) == json_integer_value(member(wanted, "access_token_bytes")), "length");
    } else {
        check_text("access token", json_string_value(member(wanted, "access_token")), text);
    }
    check_text("type", type ? json_string_value(type) : "Bearer", tokcore_token_token_type(token));
    check_text("refresh token", json_string_value(member(wanted, "refresh_token")), tokcore_token_refresh_token(token));
    check_text("ID token", json_string_value(member(wanted, "id_token")), tokcore_token_id_token(token));
    check_list("scope", scope ? scope : member(row, "requested"), tokcore_token_scope_count(token), token,
               tokcore_token_scope);
    /* The table tells apart what a token is warned of and what it lacks. */
    size_t lacks = json_array_size(member(wanted, "missing_scopes")) > 0;
    check_list("warning", member(wanted, "warnings"), tokcore_token_warning_count(token) - lacks, token,
               tokcore_token_warning_name);
    check_expiry(row, wanted, token);
    json_t *told = json_loads(tokcore_token_extra_json(token), JSON_ALLOW_NUL, NULL), *none = json_object();
    check(json_equal(extra ? extra : none, told), "the rest: %s", tokcore_token_extra_json(token));
    json_decref(told);
    json_decref(none);
}

/* "invalid_grant" for InvalidGrant. */
static bool same_kind(const char *slug, const char *name)
{
    for (; *slug; slug++) {
        if (*slug != '_' && (*slug | 0x20) != (*name++ | 0x20)) {
            return false;
        }
    }
    return *name == '\0';
}

static void check_failure(json_t *wanted, tokcore_status status, tokcore_error **error)
{
    const char *kind = json_string_value(member(wanted, "kind"));
    check(same_kind(kind, tokcore_kind_name(status)), "%s instead of %s", tokcore_kind_name(status), kind);
    check_text("OAuth error", json_string_value(member(wanted, "oauth_error")), tokcore_error_oauth_error(*error));
    const char *description = json_string_value(member(wanted, "description")), *detail = tokcore_error_detail(*error);
    check(description == NULL || (detail && strstr(detail, description)), "detail: %s", detail);
    failed_as(status, json_string_value(member(wanted, "reason")), status, error);
}

static void run(json_t *row)
{
    test("%s: %s", json_string_value(member(row, "id")), json_string_value(member(row, "why")));
    json_t *expect = member(row, "expect");
    tokcore_oauth_client *client = client_for(row);
    tokcore_settings *request = request_for(row);
    tokcore_token *token = NULL;
    tokcore_error *error = NULL;
    tokcore_status status = tokcore_oauth_client_fetch(client, request, nobody(), NULL, &token, &error);
    if (member(expect, "token") != NULL) {
        if (succeeded(status, &error)) {
            check_token(row, member(expect, "token"), token);
        }
    } else if (check(status != TOKCORE_STATUS_OK, "a token out of nowhere")) {
        check_failure(member(expect, "failure"), status, &error);
    }
    tokcore_token_free(token);
    tokcore_settings_free(request);
    tokcore_oauth_client_free(client);
}

void test_answers(void)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/oauth/responses.json", vectors);
    json_t *table = json_load_file(path, JSON_ALLOW_NUL, NULL), *row;
    size_t index;
    check(json_array_size(member(table, "cases")) > 150, "the table of answers is not there");
    json_array_foreach(member(table, "cases"), index, row)
    {
        if (!has_no_way(row)) {
            run(row);
        }
    }
    json_decref(table);
}
