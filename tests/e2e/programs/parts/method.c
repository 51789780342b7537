/* Around the part of docs/c.md on a method of the program: a vault that applies where its own setting is given. */
#include <stdio.h>
#include <string.h>
#include <tokcore.h>

static void close_vault(void *vault)
{
    puts(vault);
}

static tokcore_status vault_source(void *vault, const tokcore_settings *wanted, tokcore_token_source **source,
                                   tokcore_error **error)
{
    tokcore_text *path = NULL;
    tokcore_settings *inside = NULL;
    tokcore_status status = tokcore_settings_get(wanted, "vault_path", &path, error);
    (void)vault;
    if (status == TOKCORE_STATUS_OK && path != NULL) {
        tokcore_settings_new(&inside, NULL);
        bool is_bad = strcmp(tokcore_text_value(path), "bad") == 0;
        tokcore_settings_set(inside, "token", is_bad ? "" : "from-the-vault", NULL);
        status = tokcore_chain_fetch(NULL, inside, NULL, NULL, source, error);
    }
    tokcore_settings_free(inside);
    tokcore_text_free(path);
    return status;
}

#include "part.c"

/* What the chain says with this setting, or without. */
static void ask(const tokcore_chain *chain, const char *vault_path)
{
    tokcore_settings *wanted = NULL;
    tokcore_token_source *source = NULL;
    tokcore_token *token = NULL;
    tokcore_error *error = NULL;
    tokcore_settings_new(&wanted, NULL);
    if (vault_path != NULL)
        tokcore_settings_set(wanted, "vault_path", vault_path, NULL);
    tokcore_status status = tokcore_chain_fetch(chain, wanted, NULL, NULL, &source, &error);
    if (status == TOKCORE_STATUS_OK)
        status = tokcore_token_source_token(source, NULL, NULL, &token, &error);
    puts(status == TOKCORE_STATUS_OK ? tokcore_token_access_token(token) : tokcore_kind_name(status));
    tokcore_error_free(error);
    tokcore_token_free(token);
    tokcore_token_source_free(source);
    tokcore_settings_free(wanted);
}

int main(void)
{
    tokcore_chain *chain = NULL;
    char closed[] = "closed";
    tokcore_chain_new_of(NULL, NULL, 0, &chain, NULL);
    puts(tokcore_kind_name(add_vault(chain, closed, NULL)));
    ask(chain, "good");
    ask(chain, "bad");
    ask(chain, NULL);
    tokcore_chain_free(chain);
    return 0;
}
