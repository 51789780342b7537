#include <string.h>

#include "outcome.h"
#include "report.h"

/* A filter, or NULL if a value has a type that C cannot pass. */
static tokcore_filter *filter_of(json_t *wanted)
{
    tokcore_filter *filter = NULL;
    const char *name;
    json_t *value;
    check(tokcore_filter_new(&filter, NULL) == TOKCORE_STATUS_OK, "no filter");
    json_object_foreach (wanted, name, value) {
        const char *text = json_string_value(value);
        tokcore_status status = TOKCORE_STATUS_INVALID_ARGUMENT;
        if (strcmp(name, "authenticated") == 0) {
            if (json_is_boolean(value)) {
                status = tokcore_filter_set_authenticated(filter, json_is_true(value), NULL);
            }
        } else if (text != NULL && strcmp(name, "name") == 0) {
            status = tokcore_filter_set_name(filter, text, NULL);
        } else if (text != NULL && strcmp(name, "display_name") == 0) {
            status = tokcore_filter_set_display_name(filter, text, NULL);
        } else if (text != NULL && strcmp(name, "guid") == 0) {
            status = tokcore_filter_set_guid(filter, text, NULL);
        }
        if (status != TOKCORE_STATUS_OK) {
            tokcore_filter_free(filter);
            return NULL;
        }
    }
    return filter;
}

struct outcome outcome_of(const tokcore_client *client, json_t *vector)
{
    struct outcome out = {0};
    json_t *call = json_object_get(vector, "call");
    const char *method = json_string_value(json_object_get(call, "method"));
    const char *audience = json_string_value(json_object_get(call, "audience"));
    const char *user = json_string_value(json_object_get(call, "user_session_token"));
    const char *guid = json_string_value(json_object_get(call, "guid"));
    const char *resource = json_string_value(json_object_get(call, "resource"));

    if (json_object_get(json_object_get(vector, "expect"), "detection") != NULL) {
        out.status = tokcore_client_detect(client, user != NULL, &out.detection, &out.error);
    } else if (strcmp(method, "credentials") == 0) {
        out.status = tokcore_client_credentials(client, audience, user, NULL, &out.credentials, &out.error);
    } else if (strcmp(method, "integrations") == 0) {
        out.status = tokcore_client_integrations(client, NULL, &out.integrations, &out.error);
    } else if (strcmp(method, "integration") == 0) {
        out.status = tokcore_client_integration(client, guid, NULL, &out.integration, &out.error);
    } else if (strcmp(method, "find_by") == 0) {
        tokcore_filter *filter = filter_of(json_object_get(call, "filter"));
        out.not_expressible = filter == NULL;
        if (filter != NULL) {
            out.status = tokcore_client_find_by(client, filter, NULL, NULL, NULL, &out.integration, &out.error);
        }
        tokcore_filter_free(filter);
    } else if (strcmp(method, "azure_token") == 0) {
        out.status = tokcore_client_azure_token(client, resource, NULL, &out.azure, &out.error);
    } else if (strcmp(method, "identity_token") == 0) {
        out.status = tokcore_client_identity_token(client, NULL, &out.identity, &out.error);
    } else {
        check(false, "no method %s", method);
    }
    return out;
}

void outcome_free(struct outcome *outcome)
{
    tokcore_error_free(outcome->error);
    tokcore_credentials_free(outcome->credentials);
    tokcore_integrations_free(outcome->integrations);
    tokcore_integration_free(outcome->integration);
    tokcore_identity_token_free(outcome->identity);
    tokcore_azure_token_free(outcome->azure);
    tokcore_detection_free(outcome->detection);
}
