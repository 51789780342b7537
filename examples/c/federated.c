/* A token for Google's APIs without a key: the pool takes the proof that a build server puts into a variable of its job.
   federated POOL.json VARIABLE */
#include <stdio.h>
#include <stdlib.h>
#include <tokcore.h>

/* Asked whenever the token is renewed. `variable` is what was given with this function. */
static tokcore_status prove(const char *audience, const char *type, tokcore_answer *answer, void *variable)
{
    const char *proof = getenv(variable);
    if (proof != NULL)
        return tokcore_answer_add(answer, proof, NULL);
    char why[512];
    const char *const words = "%s is not set: let the build server put a proof there, %s for %s";
    snprintf(why, sizeof why, words, (const char *)variable, type, audience);
    tokcore_answer_set_failure(answer, why, NULL);
    return TOKCORE_STATUS_CONFIG_INVALID;
}

int main(int count, char **words)
{
    tokcore_settings *wanted = NULL;
    tokcore_token_source *source = NULL;
    tokcore_token *token = NULL;
    tokcore_fields *about = NULL;
    tokcore_error *error = NULL;
    if (count != 3) {
        fprintf(stderr, "usage: federated POOL.json VARIABLE\n");
        return 2;
    }
    tokcore_status status = tokcore_settings_new(&wanted, &error);
    if (status == TOKCORE_STATUS_OK)
        status = tokcore_settings_set(wanted, "scopes", "cloud-platform", &error);
    if (status == TOKCORE_STATUS_OK)
        status = tokcore_settings_set(wanted, "path", words[1], &error);
    if (status == TOKCORE_STATUS_OK)
        status = tokcore_settings_set_subject_token(wanted, prove, NULL, words[2], &error);
    if (status == TOKCORE_STATUS_OK)
        status = tokcore_chain_fetch(NULL, wanted, NULL, NULL, &source, &error);
    /* Before each request: its token, which stays fresh. */
    if (status == TOKCORE_STATUS_OK)
        status = tokcore_token_source_token(source, NULL, NULL, &token, &error);
    if (status == TOKCORE_STATUS_OK)
        status = tokcore_token_source_about(source, &about, &error);
    if (status == TOKCORE_STATUS_OK) {
        const char *whose = tokcore_fields_get(about, "principal");
        printf("a %s token of %s\n", tokcore_token_token_type(token), whose != NULL ? whose : "the pool's identity");
    } else {
        fprintf(stderr, "federated: %s\n", tokcore_error_report(error));
    }
    tokcore_error_free(error);
    tokcore_fields_free(about);
    tokcore_token_free(token);
    tokcore_token_source_free(source);
    tokcore_settings_free(wanted);
    return status != TOKCORE_STATUS_OK;
}
