/*
 * Asks for a token whenever a line says so, and says what came of it: asker CLIENT.toml. See asker.py. The line `use` asks,
 * shows nothing, forgets all of it and says `done`: what is in memory then is nobody's any more.
 */
#include <stdio.h>
#include <string.h>
#include <tokcore.h>

static const char *text(const char *given)
{
    return given ? given : "";
}

static void say(const tokcore_token *token, tokcore_error *error)
{
    if (error)
        printf("error\t%s\t%s\t%s\t%s\n", tokcore_kind_name(tokcore_error_kind(error)), text(tokcore_error_reason(error)),
               tokcore_error_message(error), text(tokcore_error_hint(error)));
    else
        printf("token\t%s\n", tokcore_token_access_token(token));
    fflush(stdout);
    tokcore_error_free(error);
}

/* What a person at this line wants; the answer takes the place of the token that was there. */
static void answer(const char *line, const tokcore_token_source *source, const tokcore_person *nobody)
{
    tokcore_token *token = NULL;
    tokcore_error *error = NULL;
    if (strncmp(line, "renew", 5) != 0)
        tokcore_token_source_forget(source, &error);
    else if (tokcore_token_source_token(source, nobody, NULL, &token, &error) == TOKCORE_STATUS_OK)
        tokcore_token_source_invalidate(source, token, &error);
    if (!error)
        tokcore_token_source_token(source, nobody, NULL, &token, &error);
    say(token, error);
    tokcore_token_free(token);
}

/* Like a program that has sent its request and needs no other. */
static void use(const tokcore_token_source *source, const tokcore_person *nobody)
{
    tokcore_token *token = NULL;
    tokcore_error *error = NULL;
    if (tokcore_token_source_token(source, nobody, NULL, &token, &error) == TOKCORE_STATUS_OK)
        tokcore_token_source_forget(source, &error);
    tokcore_token_free(token);
    if (error) {
        say(NULL, error);
        return;
    }
    puts("done");
    fflush(stdout);
}

int main(int count, char **words)
{
    tokcore_oauth_client *client = NULL;
    tokcore_token_source *source = NULL;
    tokcore_person *nobody = NULL;
    tokcore_error *error = NULL;
    char line[64];
    if (count != 2) {
        fputs("usage: asker CLIENT.toml\n", stderr);
        return 2;
    }
    tokcore_person_new_nobody(&nobody, NULL);
    if (tokcore_oauth_client_new_from_file(words[1], &client, &error) != TOKCORE_STATUS_OK ||
        tokcore_token_source_new(client, NULL, &source, &error) != TOKCORE_STATUS_OK) {
        say(NULL, error);
        return 1;
    }
    puts("ready");
    fflush(stdout);
    while (fgets(line, sizeof line, stdin)) {
        if (strncmp(line, "use", 3) == 0)
            use(source, nobody);
        else
            answer(line, source, nobody);
    }
    tokcore_token_source_free(source);
    tokcore_oauth_client_free(client);
    tokcore_person_free(nobody);
    return 0;
}
