/*
 * The chain through the C interface: the tables of its order and of what comes of asking it, and what only C can do wrong.
 *
 *     chain <folder of the vectors>
 */
#include "chain.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"

/* ---- The test's own methods -------------------------------------------------------------------------------------- */

/* Gives the token "of-NAME". */
static tokcore_status give_token(const char *name, tokcore_answer *answer)
{
    char text[64];
    snprintf(text, sizeof text, "of-%s", name);
    tokcore_settings *given = wanted_of("access_token", text, NULL);
    tokcore_token *token = NULL;
    tokcore_status status = tokcore_token_new(given, &token, NULL);
    if (status == TOKCORE_STATUS_OK) {
        status = tokcore_answer_set_token(answer, token, NULL);
    }
    tokcore_token_free(token);
    tokcore_settings_free(given);
    return status;
}

static tokcore_status always(const tokcore_settings *wanted, tokcore_answer *answer, void *data)
{
    (void)wanted, (void)data;
    return give_token("always", answer);
}

/* Applies when its own option is given. */
static tokcore_status maybe(const tokcore_settings *wanted, tokcore_answer *answer, void *data)
{
    tokcore_text *option = NULL;
    (void)data;
    check(tokcore_settings_get(wanted, "arg1", &option, NULL) == TOKCORE_STATUS_OK, "the settings cannot be read");
    tokcore_status status = option ? give_token("maybe", answer) : TOKCORE_STATUS_OK;
    tokcore_text_free(option);
    return status;
}

static tokcore_status failure(const tokcore_settings *wanted, tokcore_answer *answer, void *data)
{
    (void)wanted, (void)data;
    tokcore_answer_set_failure(answer, "failure failed", NULL);
    return TOKCORE_STATUS_SERVER;
}

static tokcore_status interrupted(const tokcore_settings *wanted, tokcore_answer *answer, void *data)
{
    (void)wanted, (void)answer, (void)data;
    return TOKCORE_STATUS_CANCELLED;
}

tokcore_method *method_of(const char *name)
{
    static const struct {
        const char *name;
        tokcore_give give;
    } own[] = {{"always", always}, {"maybe", maybe}, {"failure", failure}, {"interrupted", interrupted}};
    const char *options[] = {"arg1"};
    tokcore_method *method = NULL;
    if (tokcore_method_new_built_in(name, &method, NULL) == TOKCORE_STATUS_OK) {
        return method;
    }
    tokcore_give give = always;
    for (size_t at = 0; at < sizeof own / sizeof *own; at++) {
        give = strcmp(own[at].name, name) == 0 ? own[at].give : give;
    }
    tokcore_error *error = NULL;
    succeeded(tokcore_method_new(give, options, give == maybe, NULL, NULL, &method, &error), &error);
    return method;
}

tokcore_chain *chain_of(const char *name, ...)
{
    const char *names[8];
    tokcore_method *methods[8];
    size_t count = 0;
    va_list rest;
    va_start(rest, name);
    for (; name != NULL && count < 8; name = va_arg(rest, const char *)) {
        names[count] = name;
        methods[count++] = method_of(name);
    }
    va_end(rest);
    tokcore_chain *chain = NULL;
    tokcore_error *error = NULL;
    succeeded(tokcore_chain_new_of(names, (const tokcore_method *const *)methods, count, &chain, &error), &error);
    while (count > 0) {
        tokcore_method_free(methods[--count]);
    }
    return chain;
}

tokcore_settings *wanted_of(const char *name, ...)
{
    tokcore_settings *settings = NULL;
    tokcore_settings_new(&settings, NULL);
    va_list rest;
    va_start(rest, name);
    for (; name != NULL; name = va_arg(rest, const char *)) {
        tokcore_settings_set(settings, name, va_arg(rest, const char *), NULL);
    }
    va_end(rest);
    return settings;
}

/* ---- What all groups need ---------------------------------------------------------------------------------------- */

const tokcore_person *nobody(void)
{
    static tokcore_person *nobody;
    if (nobody == NULL) {
        tokcore_person_new_nobody(&nobody, NULL);
    }
    return nobody;
}

bool succeeded(tokcore_status status, tokcore_error **error)
{
    check(status == TOKCORE_STATUS_OK && *error == NULL, "%s: %s; %s", tokcore_kind_name(status),
          tokcore_error_message(*error), tokcore_error_hint(*error));
    tokcore_error_free(*error);
    *error = NULL;
    return status == TOKCORE_STATUS_OK;
}

int main(int count, char **arguments)
{
    if (count != 2) {
        fprintf(stderr, "usage: %s <vectors>\n", arguments[0]);
        return 2;
    }
    /* Whatever the runner has of Google's is nothing to these tests. */
    setenv("CLOUDSDK_CONFIG", "/nowhere", 1);
    setenv("NO_GCE_CHECK", "true", 1);
    test_chain_tables(arguments[1]);
    test_chain_methods();
    test_chain_reports();
    test_chain_objects();
    test_chain_google();
    test_chain_misuse();
    return report();
}
