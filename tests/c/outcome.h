/* One call of a case, through the public interface, and what came of it. */
#ifndef OUTCOME_H
#define OUTCOME_H

#include <jansson.h>
#include <tokcore.h>

struct outcome {
    /* C cannot write such a call: a filter whose value has another type. */
    bool not_expressible;
    tokcore_status status;
    tokcore_error *error;
    /* At most one of these is set. */
    tokcore_credentials *credentials;
    tokcore_integrations *integrations;
    tokcore_integration *integration;
    tokcore_identity_token *identity;
    tokcore_azure_token *azure;
    tokcore_detection *detection;
};

/* Makes the call of `vector`. */
struct outcome outcome_of(const tokcore_client *client, json_t *vector);

void outcome_free(struct outcome *outcome);

/* Checks that the outcome is the one that the vector expects. */
void outcome_check(const struct outcome *outcome, json_t *expect);

/* Checks that no text that is not itself a secret holds one of the secrets. */
void outcome_check_secrets(const struct outcome *outcome, json_t *secrets);

#endif
