/* Methods of the program: what they are given, what they give, when they end. */
#include <string.h>

#include "chain.h"
#include "report.h"

/* What a method of these tests has. */
struct own {
    tokcore_chain *chain;
    tokcore_token_source *source;
    unsigned asked, destroyed;
};

static void destroy(void *data)
{
    ((struct own *)data)->destroyed++;
}

static tokcore_method *method(tokcore_give give, struct own *own)
{
    tokcore_method *method = NULL;
    tokcore_error *error = NULL;
    succeeded(tokcore_method_new(give, NULL, 0, destroy, own, &method, &error), &error);
    return method;
}

/* A chain with this method alone. */
static tokcore_chain *chain_with(tokcore_give give, struct own *own)
{
    tokcore_chain *chain = chain_of(NULL, NULL);
    tokcore_method *made = method(give, own);
    tokcore_error *error = NULL;
    succeeded(tokcore_chain_add(chain, "own", made, &error), &error);
    tokcore_method_free(made);
    return chain;
}

static tokcore_status nothing(const tokcore_settings *wanted, tokcore_answer *answer, void *data)
{
    (void)wanted, (void)answer;
    ((struct own *)data)->asked++;
    return TOKCORE_STATUS_OK;
}

static void lifetimes(void)
{
    test("the data of a method ends with the last chain that has it, once");
    struct own own = {.asked = 0};
    tokcore_chain *chain = chain_with(nothing, &own), *clone = tokcore_chain_clone(chain);
    tokcore_error *error = NULL;
    succeeded(tokcore_chain_remove(chain, "own", &error), &error);
    check(tokcore_chain_count(chain) == 0 && tokcore_chain_count(clone) == 1, "the copy changed too");
    tokcore_chain_free(chain);
    check(own.destroyed == 0, "destroyed although a chain has it");
    tokcore_chain_free(clone);
    check(own.destroyed == 1, "destroyed %u times", own.destroyed);

    tokcore_method *made = NULL;
    tokcore_status status = tokcore_method_new(NULL, NULL, 0, destroy, &own, &made, NULL);
    check(status == TOKCORE_STATUS_INVALID_ARGUMENT && own.destroyed == 2, "a failure keeps the data");
}

static void the_process(void)
{
    test("what is installed is asked by calls without a chain, until NULL brings the standard one back");
    struct own own = {.asked = 0};
    tokcore_chain *chain = chain_with(nothing, &own), *current = NULL;
    tokcore_token_source *source = NULL;
    tokcore_error *error = NULL;
    succeeded(tokcore_chain_install(chain, &error), &error);
    tokcore_chain_free(chain);
    tokcore_status status = tokcore_chain_fetch(NULL, NULL, nobody(), NULL, &source, &error);
    check(status == TOKCORE_STATUS_NOT_CONFIGURED && source == NULL, "%s", tokcore_kind_name(status));
    check(own.asked == 1, "asked %u times", own.asked);
    tokcore_error_free(error), error = NULL;
    succeeded(tokcore_chain_install(NULL, &error), &error);
    check(own.destroyed == 1, "destroyed %u times", own.destroyed);
    succeeded(tokcore_chain_new_current(&current, &error), &error);
    check_text("first", "credentials_byo_oauth2", tokcore_chain_name(current, 0));
    tokcore_chain_free(current);
}

/* Asks another chain, and hands on what it says. */
static tokcore_status delegate(const tokcore_settings *wanted, tokcore_answer *answer, void *data)
{
    struct own *own = data;
    tokcore_token_source *source = NULL;
    tokcore_error *error = NULL;
    tokcore_status status = tokcore_chain_fetch(own->chain, wanted, nobody(), NULL, &source, &error);
    if (status == TOKCORE_STATUS_OK) {
        tokcore_answer_set_source(answer, source, NULL);
    } else {
        tokcore_answer_set_error(answer, error, NULL);
    }
    tokcore_token_source_free(source);
    tokcore_error_free(error);
    return status;
}

static void delegation(void)
{
    test("a method may ask another chain: its source and its error are handed on whole");
    struct own own = {.chain = chain_of("byo_oauth2", NULL)};
    tokcore_chain *chain = chain_with(delegate, &own);
    tokcore_settings *wanted = wanted_of("token", "brought", NULL);
    tokcore_token_source *source = NULL;
    tokcore_token *token = NULL;
    tokcore_error *error = NULL;
    succeeded(tokcore_chain_fetch(chain, wanted, nobody(), NULL, &source, &error), &error);
    succeeded(tokcore_token_source_token(source, nobody(), NULL, &token, &error), &error);
    check_text("token", "brought", tokcore_token_access_token(token));
    tokcore_token_free(token);
    tokcore_token_source_free(source), source = NULL;

    tokcore_settings_unset(wanted, "token", NULL);
    tokcore_status status = tokcore_chain_fetch(chain, wanted, nobody(), NULL, &source, &error);
    check(status == TOKCORE_STATUS_NOT_CONFIGURED && source == NULL, "%s", tokcore_kind_name(status));
    check(strstr(tokcore_error_message(error), "no token is given"), "%s", tokcore_error_message(error));
    check_text("the outer report", "own", tokcore_error_attempt_source(error, 0));
    tokcore_error_free(error);
    tokcore_settings_free(wanted);
    tokcore_chain_free(chain);
    tokcore_chain_free(own.chain);
}

/* Frees the chain that is asking it. */
static tokcore_status ungrateful(const tokcore_settings *wanted, tokcore_answer *answer, void *data)
{
    struct own *own = data;
    (void)wanted, (void)answer;
    tokcore_chain_remove(own->chain, "own", NULL);
    tokcore_chain_free(own->chain), own->chain = NULL;
    return TOKCORE_STATUS_OK;
}

static void reentrance(void)
{
    test("a method may change, and even free, the chain that asks it");
    struct own own = {.asked = 0};
    own.chain = chain_with(ungrateful, &own);
    tokcore_token_source *source = NULL;
    tokcore_status status = tokcore_chain_fetch(own.chain, NULL, nobody(), NULL, &source, NULL);
    check(status == TOKCORE_STATUS_NOT_CONFIGURED && source == NULL, "%s", tokcore_kind_name(status));
    check(own.destroyed == 1, "destroyed %u times", own.destroyed);
}

static tokcore_status odd(const tokcore_settings *wanted, tokcore_answer *answer, void *data)
{
    (void)wanted, (void)answer, (void)data;
    return 12345;
}

static void odd_status(void)
{
    test("a status that is no kind is a failure, and one without words has some");
    struct own own = {.asked = 0};
    tokcore_chain *chain = chain_with(odd, &own);
    tokcore_token_source *source = NULL;
    tokcore_error *error = NULL;
    tokcore_status status = tokcore_chain_fetch(chain, NULL, nobody(), NULL, &source, &error);
    check(status == TOKCORE_STATUS_INVALID_STATE && source == NULL, "%s", tokcore_kind_name(status));
    check_text("words", "its callback failed", tokcore_error_message(error));
    tokcore_error_free(error);
    tokcore_chain_free(chain);
}

void test_chain_methods(void)
{
    lifetimes();
    the_process();
    delegation();
    reentrance();
    odd_status();
}
