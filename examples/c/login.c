/* Signs a person in at any OpenID provider and says who it is: login ISSUER CLIENT_ID [SCOPE]... */
#include <stdio.h>
#include <stdlib.h>
#include <tokcore.h>

static int failed(tokcore_error *error)
{
    fprintf(stderr, "login: %s\n", tokcore_error_report(error));
    tokcore_error_free(error);
    return 1;
}

/* What the person has to do: a page to open, or a code to enter on another device. */
static void show(const tokcore_flow *flow)
{
    if (tokcore_flow_user_code(flow) != NULL) {
        printf("Open %s and enter %s\n", tokcore_flow_verification_uri(flow), tokcore_flow_user_code(flow));
    } else {
        printf("Open this page to sign in:\n%s\n", tokcore_flow_authorization_url(flow));
    }
    for (size_t at = 0; at < tokcore_flow_notice_count(flow); at++) {
        printf("%s\n", tokcore_flow_notice(flow, at));
    }
    fflush(stdout);
}

int main(int count, char **words)
{
    tokcore_settings *about_client = NULL, *request = NULL;
    tokcore_oauth_client *client = NULL;
    tokcore_flow *flow = NULL;
    tokcore_token *token = NULL;
    tokcore_error *error = NULL;
    int32_t state = TOKCORE_FLOW_WAITING;
    if (count < 3) {
        fprintf(stderr, "usage: login ISSUER CLIENT_ID [SCOPE]...\n");
        return 2;
    }
    tokcore_settings_new(&about_client, NULL);
    tokcore_settings_set(about_client, "issuer", words[1], NULL);
    tokcore_settings_set(about_client, "client_id", words[2], NULL);
    tokcore_settings_new(&request, NULL);
    tokcore_settings_add(request, "scopes", "openid", NULL);
    for (int at = 3; at < count; at++) {
        tokcore_settings_add(request, "scopes", words[at], NULL);
    }
    if (tokcore_oauth_client_new(about_client, &client, &error) == TOKCORE_STATUS_OK &&
        tokcore_oauth_client_begin(client, request, TOKCORE_YES, NULL, &flow, &error) == TOKCORE_STATUS_OK) {
        show(flow);
        /* An event loop would do other things between two steps. */
        while (error == NULL && state == TOKCORE_FLOW_WAITING) {
            tokcore_flow_step(flow, 200, NULL, &state, &token, &error);
        }
    }
    if (token != NULL) {
        const char *account = tokcore_token_account(token);
        printf("Signed in as %s\n", account ? account : "somebody");
    }
    int status = error != NULL ? failed(error) : 0;
    tokcore_token_free(token);
    tokcore_flow_free(flow);
    tokcore_oauth_client_free(client);
    tokcore_settings_free(request);
    tokcore_settings_free(about_client);
    return status;
}
