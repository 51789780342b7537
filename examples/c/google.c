/* A token for Google's APIs by whatever is here: a key, gcloud's credentials, a machine, a person. google SCOPE [KEY.json] */
#include <stdio.h>
#include <tokcore.h>

static const char *or_dash(const char *text)
{
    return text != NULL ? text : "-";
}

int main(int count, char **words)
{
    tokcore_settings *wanted = NULL;
    tokcore_token_source *source = NULL;
    tokcore_token *token = NULL;
    tokcore_fields *about = NULL;
    tokcore_text *email = NULL;
    tokcore_error *error = NULL;
    tokcore_status status = tokcore_settings_new(&wanted, &error);
    if (status == TOKCORE_STATUS_OK)
        status = tokcore_settings_set(wanted, "scopes", count > 1 ? words[1] : "cloud-platform", &error);
    if (status == TOKCORE_STATUS_OK && count > 2)
        status = tokcore_settings_set(wanted, "path", words[2], &error);
    /* Once: which credential it is. NULL is the chain that this process uses. */
    if (status == TOKCORE_STATUS_OK)
        status = tokcore_chain_fetch(NULL, wanted, NULL, NULL, &source, &error);
    /* Before each request: its token, which stays fresh. */
    if (status == TOKCORE_STATUS_OK)
        status = tokcore_token_source_token(source, NULL, NULL, &token, &error);
    if (status == TOKCORE_STATUS_OK)
        status = tokcore_token_source_about(source, &about, &error);
    if (status == TOKCORE_STATUS_OK)
        status = tokcore_google_email(token, NULL, &email, &error);
    if (status == TOKCORE_STATUS_OK)
        printf("a token of %s (%s from %s)\n", or_dash(tokcore_text_value(email)), tokcore_fields_get(about, "kind"),
               tokcore_fields_get(about, "source"));
    else
        fprintf(stderr, "google: %s\n", tokcore_error_report(error));
    tokcore_error_free(error);
    tokcore_text_free(email);
    tokcore_fields_free(about);
    tokcore_token_free(token);
    tokcore_token_source_free(source);
    tokcore_settings_free(wanted);
    return status != TOKCORE_STATUS_OK;
}
