/* Lists the integrations of this session and says how long each sign-in's token is good for. */
#include <stdio.h>
#include <time.h>
#include <tokcore.h>

static void print_expiry(const tokcore_client *client, const char *guid)
{
    tokcore_credentials *credentials = NULL;
    tokcore_error *error = NULL;
    if (tokcore_client_credentials(client, guid, NULL, NULL, &credentials, &error) != TOKCORE_STATUS_OK) {
        printf("%s\n", tokcore_error_hint(error));
    } else if (tokcore_credentials_expires_at_unix_s(credentials) == TOKCORE_EXPIRY_UNKNOWN) {
        printf("a token, good until it is refused\n");
    } else {
        time_t expiry = (time_t)tokcore_credentials_expires_at_unix_s(credentials);
        char text[32];
        strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S UTC", gmtime(&expiry));
        printf("a token until %s\n", text);
    }
    tokcore_error_free(error);
    tokcore_credentials_free(credentials);
}

int main(void)
{
    tokcore_client *client = NULL;
    tokcore_integrations *integrations = NULL;
    tokcore_error *error = NULL;
    tokcore_status status = tokcore_client_new(NULL, &client, &error);
    if (status == TOKCORE_STATUS_OK) {
        status = tokcore_client_integrations(client, NULL, &integrations, &error);
    }
    if (status != TOKCORE_STATUS_OK) {
        fprintf(stderr, "%s; %s\n", tokcore_error_message(error), tokcore_error_hint(error));
    }
    for (size_t at = 0; at < tokcore_integrations_count(integrations); at++) {
        const tokcore_integration *item = tokcore_integrations_at(integrations, at);
        const char *name = tokcore_integration_name(item);
        printf("%-20s ", name ? name : "(no name)");
        print_expiry(client, tokcore_integration_guid(item));
    }
    tokcore_error_free(error);
    tokcore_integrations_free(integrations);
    tokcore_client_free(client);
    return status != TOKCORE_STATUS_OK;
}
