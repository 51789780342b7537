/* Servers that answer wrongly, each in its own way. */
#include <stdio.h>
#include <string.h>

#include "oauth.h"
#include "report.h"

/* Asks the hostile server for a token. By password: that grant is never tried again by itself, so that a silent server
   costs one time-out and not three. */
static tokcore_status ask(const char *name, tokcore_token **token, tokcore_error **error)
{
    char path[128];
    snprintf(path, sizeof path, "/%s", name);
    tokcore_oauth_client *client =
        client_of(settings("client_id", "c", "client_secret", "secret-canary", "auth_method", "client_secret_post",
                           "token_endpoint", at(hostile, path), "#timeout_ms", "1000", NULL));
    tokcore_settings *request = settings("grant", "password", "username", "u", "password", "password-canary", NULL);
    tokcore_status status = tokcore_oauth_client_fetch(client, request, nobody(), NULL, token, error);
    tokcore_settings_free(request);
    tokcore_oauth_client_free(client);
    return status;
}

static void named(void)
{
    const struct {
        const char *name, *reason;
        tokcore_status status;
    } rows[] = {
        {"html-200", "html_response", TOKCORE_STATUS_PROTOCOL},
        {"empty", "empty_response", TOKCORE_STATUS_PROTOCOL},
        {"array", "malformed_response", TOKCORE_STATUS_PROTOCOL},
        {"truncated-json", "malformed_response", TOKCORE_STATUS_PROTOCOL},
        {"deep", "malformed_response", TOKCORE_STATUS_PROTOCOL},
        {"wrong-types", "malformed_response", TOKCORE_STATUS_PROTOCOL},
        {"nul", "malformed_response", TOKCORE_STATUS_PROTOCOL},
        {"line-break", "malformed_response", TOKCORE_STATUS_PROTOCOL},
        {"duplicates", "malformed_response", TOKCORE_STATUS_PROTOCOL},
        {"huge", "response_too_large", TOKCORE_STATUS_PROTOCOL},
        {"gzip-bomb", "malformed_response", TOKCORE_STATUS_PROTOCOL},
        {"redirect-307", "unexpected_redirect", TOKCORE_STATUS_PROTOCOL},
        {"redirect-other", "unexpected_redirect", TOKCORE_STATUS_PROTOCOL},
        {"error-200", NULL, TOKCORE_STATUS_GRANT_REVOKED},
        {"invalid-client", NULL, TOKCORE_STATUS_DENIED},
        {"error-lines", NULL, TOKCORE_STATUS_GRANT_REVOKED},
        {"reset", NULL, TOKCORE_STATUS_TRANSPORT},
        {"hang", NULL, TOKCORE_STATUS_TIMEOUT},
    };
    for (size_t index = 0; index < sizeof rows / sizeof *rows; index++) {
        test("a hostile server: %s", rows[index].name);
        tokcore_token *token = NULL;
        tokcore_error *error = NULL;
        tokcore_status status = ask(rows[index].name, &token, &error);
        failed_as(rows[index].status, rows[index].reason, status, &error);
        check(token == NULL, "a token out of nowhere");
        tokcore_token_free(token);
    }
    test("nobody was led astray");
    json_t *requests = NULL, *request;
    size_t index;
    http("GET", at(hostile, "/__requests"), NULL, &requests);
    json_array_foreach(requests, index, request)
    {
        const char *path = json_string_value(json_object_get(request, "path"));
        check(path == NULL || strcmp(path, "/trap") != 0, "somebody arrived at /trap");
    }
    json_decref(requests);
}

/* Whatever comes: a token, or an error that names it and shows no secret. */
static void all_of(const char *kind, json_t *names)
{
    size_t index;
    json_t *name;
    json_array_foreach(names, index, name)
    {
        /* Millions of interim answers keep valgrind busy for a minute; Python's tests have this one. */
        if (strcmp(json_string_value(name), "continue-flood") == 0) {
            continue;
        }
        test("whatever comes, %s: %s", kind, json_string_value(name));
        tokcore_token *token = NULL;
        tokcore_error *error = NULL;
        double begun = now_ms();
        tokcore_status status = ask(json_string_value(name), &token, &error);
        if (status == TOKCORE_STATUS_OK) {
            check(tokcore_token_access_token(token) != NULL && error == NULL, "success without a token");
        } else {
            const char *reason = tokcore_error_reason(error);
            failed_as(status, reason ? strcpy((char[64]){0}, reason) : NULL, status, &error);
            check(status != TOKCORE_STATUS_INTERNAL && token == NULL, "a bug");
        }
        check(now_ms() - begun < 15000, "it took %.0f ms", now_ms() - begun);
        tokcore_token_free(token);
    }
}

void test_hostile(void)
{
    named();
    json_t *kinds = NULL, *names;
    const char *kind;
    http("GET", at(hostile, "/__names"), NULL, &kinds);
    json_object_foreach(kinds, kind, names)
    {
        if (strcmp(kind, "bodies") == 0 || strcmp(kind, "network") == 0) {
            all_of(kind, names);
        }
    }
    json_decref(kinds);
}
