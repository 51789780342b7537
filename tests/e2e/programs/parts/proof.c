/* Around the part of docs/c.md on proofs of identity: the proof is in one file, the pool in another. */
#include <stdio.h>
#include <tokcore.h>

static const char *platform_token(void *data, const char *audience, const char *type)
{
    static char proof[8192];
    FILE *file = fopen(data, "r");
    (void)audience, (void)type;
    if (file == NULL)
        return NULL;
    proof[fread(proof, 1, sizeof proof - 1, file)] = '\0';
    fclose(file);
    return proof;
}

#include "part.c"

int main(int count, char **words)
{
    tokcore_token_source *source = NULL;
    tokcore_token *token = NULL;
    tokcore_error *error = NULL;
    if (count != 3)
        return 2;
    tokcore_status status = federated(words[1], words[2], &source, &error);
    if (status == TOKCORE_STATUS_OK)
        status = tokcore_token_source_token(source, NULL, NULL, &token, &error);
    if (status == TOKCORE_STATUS_OK)
        puts(tokcore_token_token_type(token));
    else
        puts(tokcore_error_report(error));
    tokcore_error_free(error);
    tokcore_token_free(token);
    tokcore_token_source_free(source);
    return 0;
}
