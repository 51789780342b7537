/* Sign-ins that end early leave nothing behind. */
#include <pthread.h>
#include <time.h>
#include <unistd.h>

#include "oauth.h"
#include "report.h"

/* The library promises 250 ms; the rest is for valgrind and a busy machine. */
#define SOON_MS 1500

static tokcore_oauth_client *public_client(void)
{
    return client_of(settings("client_id", "public", "auth_method", "none", "issuer", oidc, NULL));
}

static void *fire_later(void *cancel)
{
    nanosleep(&(struct timespec){.tv_nsec = 150000000}, NULL);
    tokcore_cancel_fire(cancel);
    return NULL;
}

/* Fires `cancel` a little later, while `wait` runs, which must end soon after. */
static void cancelled(tokcore_status (*wait)(void *, const tokcore_cancel *, tokcore_error **), void *what)
{
    tokcore_cancel *cancel = NULL;
    tokcore_error *error = NULL;
    pthread_t thread;
    check(tokcore_cancel_new(&cancel, NULL) == TOKCORE_STATUS_OK, "no cancel");
    pthread_create(&thread, NULL, fire_later, cancel);
    double begun = now_ms();
    failed_as(TOKCORE_STATUS_CANCELLED, NULL, wait(what, cancel, &error), &error);
    double taken = now_ms() - begun;
    check(taken >= 100 && taken < SOON_MS, "took %.0f ms", taken);
    pthread_join(thread, NULL);
    tokcore_cancel_free(cancel);
}

static tokcore_status step(void *flow, const tokcore_cancel *cancel, tokcore_error **error)
{
    int32_t state = -1;
    tokcore_token *token = NULL;
    return tokcore_flow_step(flow, 30000, cancel, &state, &token, error);
}

static tokcore_status sign_in_and_wait(void *source, const tokcore_cancel *cancel, tokcore_error **error)
{
    tokcore_person *silent = NULL;
    tokcore_token *token = NULL;
    tokcore_person_new(TOKCORE_YES, NULL, NULL, NULL, NULL, &silent, NULL);
    tokcore_status status = tokcore_token_source_token(source, silent, cancel, &token, error);
    tokcore_person_free(silent);
    check(token == NULL, "a token out of nowhere");
    return status;
}

static void stepped(const char *grant)
{
    test("giving up a stepped sign-in: %s", grant);
    tokcore_oauth_client *client = public_client();
    tokcore_settings *request = settings("grant", grant, "flow", *grant == 'a' ? "loopback" : NULL, "+scopes", "openid", NULL);
    tokcore_flow *flow = NULL;
    tokcore_error *error = NULL;
    unsigned before = descriptors();
    for (unsigned round = 0; round < 3; round++) {
        succeeded(tokcore_oauth_client_begin(client, request, TOKCORE_YES, NULL, &flow, &error), &error);
        cancelled(step, flow);
        tokcore_flow_free(flow);
    }
    /* One connection to the server may be kept. */
    check(descriptors() <= before + 2, "%u descriptors, %u before", descriptors(), before);

    test("looking without waiting: %s", grant);
    int32_t state = -1;
    tokcore_token *token = NULL;
    succeeded(tokcore_oauth_client_begin(client, request, TOKCORE_YES, NULL, &flow, &error), &error);
    double begun = now_ms();
    succeeded(tokcore_flow_step(flow, 0, NULL, &state, &token, &error), &error);
    check(state == TOKCORE_FLOW_WAITING && token == NULL, "state %d", state);
    check(now_ms() - begun < SOON_MS, "took %.0f ms", now_ms() - begun);
    tokcore_flow_free(flow);
    tokcore_settings_free(request);
    tokcore_oauth_client_free(client);
}

static void driven(void)
{
    test("giving up a sign-in that a source waits for");
    tokcore_oauth_client *client = public_client();
    tokcore_token_source *source = source_of(client, settings("flow", "loopback", "?open_browser", "false", "+scopes", "email", NULL));
    unsigned before = descriptors();
    cancelled(sign_in_and_wait, source);
    cancelled(sign_in_and_wait, source);
    check(descriptors() <= before + 2, "%u descriptors, %u before", descriptors(), before);
    tokcore_token_source_free(source);
    tokcore_oauth_client_free(client);
}

static tokcore_status fetch(void *request, const tokcore_cancel *cancel, tokcore_error **error)
{
    tokcore_oauth_client *client = client_of(settings("client_id", "a", "token_endpoint", at(hostile, "/hang"), NULL));
    tokcore_token *token = NULL;
    tokcore_status status = tokcore_oauth_client_fetch(client, request, nobody(), cancel, &token, error);
    tokcore_oauth_client_free(client);
    return status;
}

void test_giving_up(void)
{
    stepped("authorization_code");
    stepped("device_code");
    driven();
    test("giving up an exchange");
    tokcore_settings *request = settings("grant", "client_credentials", NULL);
    cancelled(fetch, request);
    tokcore_settings_free(request);
}
