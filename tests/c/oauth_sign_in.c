/* Sign-ins with a person: stepped, driven, put away. */
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#include "oauth.h"
#include "report.h"

static void check_api(const tokcore_token *token)
{
    char header[4096];
    snprintf(header, sizeof header, "Authorization: %s", tokcore_token_authorization(token));
    long status = http("GET", at(oidc, "/api"), header, NULL);
    check(status == 200, "the API answers %ld", status);
}

static tokcore_oauth_client *public_client(void)
{
    return client_of(settings("client_id", "public", "auth_method", "none", "issuer", oidc, NULL));
}

static tokcore_flow *begun(const tokcore_oauth_client *client, tokcore_settings *request)
{
    tokcore_flow *flow = NULL;
    tokcore_error *error = NULL;
    succeeded(tokcore_oauth_client_begin(client, request, TOKCORE_YES, NULL, &flow, &error), &error);
    tokcore_settings_free(request);
    return flow;
}

static bool awaits(const tokcore_flow *flow, const char *channel)
{
    for (size_t index = 0; index < tokcore_flow_channel_count(flow); index++) {
        if (strcmp(tokcore_flow_channel(flow, index), channel) == 0) {
            return true;
        }
    }
    return false;
}

/* One token for another, with fewer rights. */
static void exchanged(const tokcore_oauth_client *client, const tokcore_token *subject)
{
    const char *type = "urn:ietf:params:oauth:token-type:access_token";
    tokcore_settings *request = settings("grant", "token_exchange", "+scopes", "openid", "subject_token",
                                         tokcore_token_access_token(subject), "subject_token_type", type, NULL);
    tokcore_token *token = NULL;
    tokcore_error *error = NULL;
    succeeded(tokcore_oauth_client_fetch(client, request, nobody(), NULL, &token, &error), &error);
    check_text("issued type", type, tokcore_token_issued_token_type(token));
    tokcore_settings_free(request);
    tokcore_token_free(token);
}

static void loopback(void)
{
    test("a stepped sign-in with a browser on this machine");
    tokcore_oauth_client *client = usual_client();
    tokcore_flow *flow = begun(client, settings("flow", "loopback", "+scopes", "openid", "+scopes", "offline_access", NULL));
    check(awaits(flow, "loopback"), "no listener");
    check_text("user code", NULL, tokcore_flow_user_code(flow));
    sign_in(tokcore_flow_authorization_url(flow), NULL);
    tokcore_token *token = step_to_the_end(flow);
    signed_in();
    if (token != NULL) {
        check_api(token);
        check(tokcore_token_refresh_token(token) != NULL && tokcore_token_id_token(token) != NULL, "no other tokens");
        check_text("account", "alice", tokcore_token_account(token));
        json_t *claims = json_loads(tokcore_token_id_claims_json(token), 0, NULL);
        check_text("issuer", oidc, json_string_value(json_object_get(claims, "iss")));
        json_decref(claims);
        exchanged(client, token);
    }
    int32_t state = 7;
    tokcore_error *error = NULL;
    tokcore_token *more = NULL;
    failed_as(TOKCORE_STATUS_INVALID_STATE, NULL, tokcore_flow_step(flow, 0, NULL, &state, &more, &error), &error);
    check(state == 7 && more == NULL, "an output was written");
    tokcore_token_free(token);
    tokcore_flow_free(flow);
    tokcore_oauth_client_free(client);
}

static void device(const char *server, tokcore_oauth_client *client)
{
    test("a stepped sign-in on another device, at %s", server == oidc ? "the certified server" : "the second server");
    tokcore_flow *flow = begun(client, settings("grant", "device_code", "+scopes", server == oidc ? "openid" : "read", NULL));
    check(tokcore_flow_user_code(flow) != NULL && tokcore_flow_verification_uri(flow) != NULL, "nothing to show");
    check(tokcore_flow_expires_at_unix_s(flow) != TOKCORE_EXPIRY_UNKNOWN, "no end");
    check(awaits(flow, "device") && tokcore_flow_authorization_url(flow) == NULL, "another sign-in");
    sign_in(tokcore_flow_verification_uri(flow), tokcore_flow_user_code(flow));
    tokcore_token *token = step_to_the_end(flow);
    signed_in();
    check(tokcore_token_access_token(token) != NULL, "no token");
    tokcore_token_free(token);
    tokcore_flow_free(flow);
    tokcore_oauth_client_free(client);
}

/* Goes to `url` and back without a listener: the address where the browser would end. */
static char *walk(const char *url)
{
    char command[4096], line[4096] = "";
    snprintf(command, sizeof command, "python3 '%s' '%s'", person, url ? url : "");
    FILE *output = popen(command, "r");
    check(output != NULL && fgets(line, sizeof line, output) != NULL, "nobody came back from %s", url ? url : "NULL");
    pclose(output);
    line[strcspn(line, "\n")] = '\0';
    return strdup(line);
}

static void pasted(void)
{
    test("the address where the browser ended is pasted");
    tokcore_oauth_client *client = public_client();
    tokcore_flow *flow = begun(client, settings("flow", "paste", "+scopes", "openid", NULL));
    tokcore_error *error = NULL;
    tokcore_text *why = NULL;
    int32_t outcome = -1;
    check(awaits(flow, "paste") && tokcore_flow_question(flow) != NULL, "nothing is to be pasted");
    succeeded(tokcore_flow_submit(flow, "https://elsewhere.example/", &outcome, &why, &error), &error);
    check(outcome == TOKCORE_SUBMIT_REFUSED && tokcore_text_value(why) != NULL, "%d", outcome);
    tokcore_text_free(why);
    char *address = walk(tokcore_flow_authorization_url(flow));
    succeeded(tokcore_flow_submit(flow, address, &outcome, &why, &error), &error);
    check(outcome == TOKCORE_SUBMIT_ACCEPTED && why == NULL, "%d: %s", outcome, tokcore_text_value(why));
    tokcore_token *token = step_to_the_end(flow);
    check(tokcore_token_access_token(token) != NULL, "no token");
    free(address);
    tokcore_token_free(token);
    tokcore_flow_free(flow);
    tokcore_oauth_client_free(client);
}

static void put_away(void)
{
    test("a sign-in is put away and taken up again, once");
    const uint8_t key[TOKCORE_SEAL_KEY_BYTES] = {1, 2, 3}, other[TOKCORE_SEAL_KEY_BYTES] = {4};
    const char *redirect = "https://hosted.example.test/oauth/callback";
    tokcore_oauth_client *client = public_client();
    tokcore_settings *request = settings("redirect_uri", redirect, "+scopes", "openid", NULL);
    tokcore_flow *flow = NULL, *opened = NULL;
    tokcore_text *sealed = NULL;
    tokcore_error *error = NULL;
    tokcore_token *token = NULL;
    succeeded(tokcore_oauth_client_begin(client, request, TOKCORE_YES, NULL, &flow, &error), &error);
    char *address = walk(tokcore_flow_authorization_url(flow));
    succeeded(tokcore_flow_seal(flow, key, "session-1", &sealed, &error), &error);
    tokcore_flow_free(flow);
    const char *text = tokcore_text_value(sealed), *query = address + strcspn(address, "?");
    failed_as(TOKCORE_STATUS_PROTOCOL, "state_mismatch",
              tokcore_flow_open_sealed(client, request, text, other, "session-1", NULL, &opened, &error), &error);
    failed_as(TOKCORE_STATUS_PROTOCOL, "state_mismatch",
              tokcore_flow_open_sealed(client, request, text, key, "session-2", NULL, &opened, &error), &error);
    succeeded(tokcore_flow_open_sealed(client, request, text, key, "session-1", NULL, &opened, &error), &error);
    failed_as(TOKCORE_STATUS_PROTOCOL, "state_mismatch",
              tokcore_flow_respond(opened, "code=x&state=somebody-elses", NULL, &token, &error), &error);
    succeeded(tokcore_flow_respond(opened, query, NULL, &token, &error), &error);
    check(tokcore_token_access_token(token) != NULL, "no token");
    tokcore_flow_free(opened);
    opened = NULL;
    failed_as(TOKCORE_STATUS_PROTOCOL, "state_mismatch",
              tokcore_flow_open_sealed(client, request, text, key, "session-1", NULL, &opened, &error), &error);
    free(address);
    tokcore_text_free(sealed);
    tokcore_token_free(token);
    tokcore_settings_free(request);
    tokcore_oauth_client_free(client);
}

struct shown {
    unsigned said, destroyed;
    char text[4096];
};

static void say(const char *text, void *data)
{
    struct shown *shown = data;
    if (shown->said++ == 0) {
        snprintf(shown->text, sizeof shown->text, "%s", text);
    }
}

static void destroyed(void *data)
{
    ((struct shown *)data)->destroyed++;
}

static void driven(void)
{
    test("a source signs its person in, and remembers");
    char browser[4096];
    snprintf(browser, sizeof browser, "python3 %s --visit", person);
    setenv("BROWSER", browser, 1);
    struct shown shown = {0};
    tokcore_person *host = NULL;
    tokcore_error *error = NULL;
    succeeded(tokcore_person_new(TOKCORE_YES, say, NULL, destroyed, &shown, &host, &error), &error);
    tokcore_oauth_client *client = public_client();
    tokcore_token_source *source =
        source_of(client, settings("flow", "loopback", "?open_browser", "true", "+scopes", "openid", "+scopes", "profile", NULL));
    tokcore_token *token = NULL, *held;
    tokcore_token_source *same = source_of(client, settings("+scopes", "openid", "+scopes", "profile", NULL));
    failed_as(TOKCORE_STATUS_INTERACTION_REQUIRED, NULL,
              tokcore_token_source_token(same, nobody(), NULL, &token, &error), &error);
    succeeded(tokcore_token_source_token(source, host, NULL, &token, &error), &error);
    check(shown.said > 0 && strstr(shown.text, "http") != NULL, "nothing was shown: %s", shown.text);
    held = token;
    succeeded(tokcore_token_source_token(same, nobody(), NULL, &token, &error), &error);
    check(token == held, "a token that is usable was replaced");
    tokcore_token_source_free(same);
    tokcore_token_free(token);
    tokcore_token_source_free(source);
    tokcore_oauth_client_free(client);
    check(shown.destroyed == 0, "destroyed too early");
    tokcore_person_free(host);
    check(shown.destroyed == 1, "destroyed %u times", shown.destroyed);
}

void test_sign_ins(void)
{
    loopback();
    device(oidc, public_client());
    device(second, second_client("public", NULL, "none"));
    pasted();
    put_away();
    driven();
}
