/* Around the part of docs/c.md on a store of the program: a database of one content. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tokcore.h>

struct database {
    char key[200], *content;
};

static const char *database_get(void *data, const char *key)
{
    struct database *database = data;
    return strcmp(database->key, key) == 0 ? database->content : NULL;
}

static bool save(const char *key, const char *content, tokcore_answer *answer, void *data)
{
    struct database *database = data;
    (void)answer;
    free(database->content);
    database->content = malloc(strlen(content) + 1);
    strcpy(database->content, content);
    snprintf(database->key, sizeof database->key, "%s", key);
    return true;
}

static bool forget(const char *key, tokcore_answer *answer, void *data)
{
    (void)key, (void)answer;
    ((struct database *)data)->key[0] = '\0';
    return true;
}

static bool keys(tokcore_answer *answer, void *data)
{
    struct database *database = data;
    if (database->key[0] != '\0')
        tokcore_answer_add(answer, database->key, NULL);
    return true;
}

static void close_database(void *data)
{
    free(((struct database *)data)->content);
    puts("closed");
}

#include "part.c"

int main(void)
{
    static struct database database;
    tokcore_store *store = NULL;
    tokcore_settings *grant = NULL;
    tokcore_text *key = NULL;
    tokcore_entries *entries = NULL;
    tokcore_error *error = NULL;
    tokcore_settings_new(&grant, NULL);
    tokcore_settings_set(grant, "client_id", "c", NULL);
    tokcore_settings_set(grant, "token_endpoint", "https://as.example/token", NULL);
    tokcore_settings_set(grant, "refresh_token", "refresh", NULL);
    tokcore_status status = database_store(&database, &store, &error);
    if (status == TOKCORE_STATUS_OK)
        status = tokcore_store_adopt(store, grant, &key, &error);
    if (status == TOKCORE_STATUS_OK)
        status = tokcore_store_list(store, NULL, &entries, &error);
    if (status == TOKCORE_STATUS_OK)
        puts(tokcore_entry_client_id(tokcore_entries_at(entries, 0)));
    else
        puts(tokcore_error_report(error));
    tokcore_error_free(error);
    tokcore_entries_free(entries);
    tokcore_text_free(key);
    tokcore_settings_free(grant);
    tokcore_store_free(store);
    return 0;
}
