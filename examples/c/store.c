/* Lists the stored credentials, and uses one of them without anybody signing in: store [CLIENT.toml [ACCOUNT]] */
#include <stdio.h>
#include <time.h>
#include <tokcore.h>

static const char *or_dash(const char *text)
{
    return text != NULL ? text : "-";
}

/* One line for each credential. No token is read for that. */
static tokcore_status list(const tokcore_store *store, tokcore_error **error)
{
    tokcore_entries *entries = NULL;
    tokcore_status status = tokcore_store_list(store, NULL, &entries, error);
    for (size_t at = 0; at < tokcore_entries_count(entries); at++) {
        const tokcore_entry *entry = tokcore_entries_at(entries, at);
        printf("%.8s  %-10s  %s  %s\n", tokcore_entry_key(entry), tokcore_entry_state(entry),
               or_dash(tokcore_entry_account(entry)), or_dash(tokcore_entry_client_id(entry)));
    }
    tokcore_entries_free(entries);
    return status;
}

/* A token of the client in `file`, from the store, renewed if need be; nobody is asked. */
static tokcore_status use(const tokcore_store *store, const char *file, const char *account, tokcore_error **error)
{
    tokcore_oauth_client *described = NULL, *client = NULL;
    tokcore_settings *wanted = NULL;
    tokcore_token_source *source = NULL;
    tokcore_person *nobody = NULL;
    tokcore_token *token = NULL;
    tokcore_status status = tokcore_oauth_client_new_from_file(file, &described, error);
    if (status == TOKCORE_STATUS_OK)
        status = tokcore_oauth_client_with_store(described, store, &client, error);
    if (status == TOKCORE_STATUS_OK)
        status = tokcore_settings_new(&wanted, error);
    if (status == TOKCORE_STATUS_OK && account != NULL)
        status = tokcore_settings_set(wanted, "account", account, error);
    if (status == TOKCORE_STATUS_OK)
        status = tokcore_token_source_new(client, wanted, &source, error);
    if (status == TOKCORE_STATUS_OK)
        status = tokcore_person_new_nobody(&nobody, error);
    if (status == TOKCORE_STATUS_OK)
        status = tokcore_token_source_token(source, nobody, NULL, &token, error);
    if (status == TOKCORE_STATUS_OK)
        printf("a %s token of %s for %lld s\n", tokcore_token_token_type(token), or_dash(tokcore_token_account(token)),
               (long long)(tokcore_token_expires_at_unix_s(token) - (int64_t)time(NULL)));
    tokcore_token_free(token);
    tokcore_person_free(nobody);
    tokcore_token_source_free(source);
    tokcore_settings_free(wanted);
    tokcore_oauth_client_free(client);
    tokcore_oauth_client_free(described);
    return status;
}

int main(int count, char **words)
{
    tokcore_store *store = NULL;
    tokcore_error *error = NULL;
    /* The store that all programs and languages of this user share. */
    tokcore_status status = tokcore_store_user(&store, &error);
    if (status == TOKCORE_STATUS_OK)
        status = list(store, &error);
    if (status == TOKCORE_STATUS_OK && count > 1)
        status = use(store, words[1], count > 2 ? words[2] : NULL, &error);
    if (status != TOKCORE_STATUS_OK)
        fprintf(stderr, "store: %s\n", tokcore_error_report(error));
    tokcore_error_free(error);
    tokcore_store_free(store);
    return status != TOKCORE_STATUS_OK;
}
