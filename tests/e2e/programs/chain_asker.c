/* Asks the chain once, and says what came of it: chain_asker NAME=VALUE... See chain_asker.py. */
#include <stdio.h>
#include <string.h>
#include <tokcore.h>

static const char *text(const char *given)
{
    return given ? given : "";
}

static tokcore_status set(tokcore_settings *settings, char *word, tokcore_error **error)
{
    char *value = strchr(word, '=');
    if (!value)
        return TOKCORE_STATUS_INVALID_ARGUMENT;
    *value++ = '\0';
    if (strcmp(value, "true") == 0 || strcmp(value, "false") == 0)
        return tokcore_settings_set_flag(settings, word, *value == 't', error);
    return tokcore_settings_set(settings, word, value, error);
}

int main(int count, char **words)
{
    tokcore_settings *settings = NULL;
    tokcore_token_source *source = NULL;
    tokcore_token *token = NULL;
    tokcore_fields *about = NULL;
    tokcore_error *error = NULL;
    tokcore_status status = tokcore_settings_new(&settings, &error);
    for (int at = 1; at < count && status == TOKCORE_STATUS_OK; at++)
        status = set(settings, words[at], &error);
    if (status == TOKCORE_STATUS_OK)
        status = tokcore_chain_fetch(NULL, settings, NULL, NULL, &source, &error);
    if (status == TOKCORE_STATUS_OK)
        status = tokcore_token_source_token(source, NULL, NULL, &token, &error);
    if (status == TOKCORE_STATUS_OK)
        status = tokcore_token_source_about(source, &about, &error);
    if (status == TOKCORE_STATUS_OK)
        printf("token\t%s\t%s\n", tokcore_token_access_token(token),
               text(tokcore_fields_get(about, "quota_project_id")));
    else
        printf("error\t%s\t%s\t%s\t%s\n", tokcore_kind_name(tokcore_error_kind(error)), text(tokcore_error_reason(error)),
               tokcore_error_message(error), text(tokcore_error_hint(error)));
    tokcore_error_free(error);
    tokcore_fields_free(about);
    tokcore_token_free(token);
    tokcore_token_source_free(source);
    tokcore_settings_free(settings);
    return 0;
}
