/* NULL, bad text and objects of another type, in every call of the chain. */
#include <string.h>

#include "chain.h"
#include "report.h"

/* A call that must be refused as INVALID_ARGUMENT with `part` in its message. */
#define REFUSES(part, call)                                                                                            \
    do {                                                                                                               \
        tokcore_error *error = NULL, **err = &error;                                                                   \
        tokcore_status status = call;                                                                                  \
        const char *message = tokcore_error_message(error);                                                            \
        check(status == TOKCORE_STATUS_INVALID_ARGUMENT, "%s: %s", #call, tokcore_kind_name(status));                  \
        check(message && strstr(message, part), "%s: the message lacks \"%s\": %s", #call, part, message);             \
        tokcore_error_free(error);                                                                                     \
    } while (0)

static tokcore_status give(const tokcore_settings *wanted, tokcore_answer *answer, void *data)
{
    (void)wanted, (void)answer, (void)data;
    return TOKCORE_STATUS_OK;
}

static void calls(void)
{
    test("NULL for an object, a text or an output of the chain is refused and named");
    tokcore_chain *chain = chain_of("always", NULL), *made = NULL;
    tokcore_method *method = method_of("always"), *other = NULL;
    tokcore_settings *settings = wanted_of(NULL, NULL);
    const tokcore_method *none = NULL, *one = method;
    const char *name = "a", *no_name = NULL;
    tokcore_explanation *explanation = NULL;
    tokcore_token_source *source = NULL;
    tokcore_fields *about = NULL;
    tokcore_text *text = NULL;
    tokcore_bytes *bytes = NULL;
    REFUSES("`chain`", tokcore_chain_new(NULL, err));
    REFUSES("`chain`", tokcore_chain_new_current(NULL, err));
    REFUSES("`chain`", tokcore_chain_new_of(&name, &one, 1, NULL, err));
    REFUSES("`names` is NULL", tokcore_chain_new_of(NULL, &one, 1, &made, err));
    REFUSES("`names` is NULL", tokcore_chain_new_of(&no_name, &one, 1, &made, err));
    REFUSES("`methods` is NULL", tokcore_chain_new_of(&name, NULL, 1, &made, err));
    REFUSES("method of a is NULL", tokcore_chain_new_of(&name, &none, 1, &made, err));
    REFUSES("more than", tokcore_chain_new_of(&name, &one, (size_t)-1, &made, err));
    REFUSES("chain is NULL", tokcore_chain_change(NULL, &name, &one, 1, err));
    REFUSES("chain is NULL", tokcore_chain_add(NULL, name, method, err));
    REFUSES("`name` is NULL", tokcore_chain_add(chain, NULL, method, err));
    REFUSES("method is NULL", tokcore_chain_add(chain, name, NULL, err));
    REFUSES("UTF-8", tokcore_chain_add(chain, "\xff", method, err));
    REFUSES("chain is NULL", tokcore_chain_remove(NULL, name, err));
    REFUSES("`name` is NULL", tokcore_chain_remove(chain, NULL, err));
    REFUSES("`source`", tokcore_chain_fetch(chain, NULL, NULL, NULL, NULL, err));
    REFUSES("`explanation`", tokcore_chain_explain(chain, NULL, NULL, false, NULL, err));
    REFUSES("`give` is NULL", tokcore_method_new(NULL, NULL, 0, NULL, NULL, &other, err));
    REFUSES("`options` is NULL", tokcore_method_new(give, NULL, 1, NULL, NULL, &other, err));
    REFUSES("`method`", tokcore_method_new(give, NULL, 0, NULL, NULL, NULL, err));
    REFUSES("`name` is NULL", tokcore_method_new_built_in(NULL, &other, err));
    REFUSES("none of tokcore's own", tokcore_method_new_built_in("credentials_magic", &other, err));
    REFUSES("answer is NULL", tokcore_answer_set_token(NULL, NULL, err));
    REFUSES("answer is NULL", tokcore_answer_set_source(NULL, NULL, err));
    REFUSES("answer is NULL", tokcore_answer_set_error(NULL, NULL, err));
    REFUSES("settings is NULL", tokcore_settings_get(NULL, "a", &text, err));
    REFUSES("`name` is NULL", tokcore_settings_get(settings, NULL, &text, err));
    REFUSES("`value`", tokcore_settings_get(settings, "a", NULL, err));
    REFUSES("token_source is NULL", tokcore_token_source_about(NULL, &about, err));
    REFUSES("token is NULL", tokcore_google_userinfo_json(NULL, NULL, &text, err));
    REFUSES("token is NULL", tokcore_google_tokeninfo_json(NULL, NULL, &text, err));
    REFUSES("token is NULL", tokcore_google_email(NULL, NULL, &text, err));
    REFUSES("`path`", tokcore_google_adc_path(NULL, NULL, err));
    REFUSES("token_source is NULL", tokcore_google_project_id(NULL, NULL, &text, err));
    REFUSES("`machine`", tokcore_google_machine(NULL, NULL, err));
    REFUSES("`path_or_json` is NULL", tokcore_google_read_client(NULL, &about, err));
    REFUSES("`path_or_json` is not UTF-8", tokcore_google_read_client("\xff", &about, err));
    REFUSES("`client`", tokcore_google_read_client("a", NULL, err));
    REFUSES("`option` is not UTF-8", tokcore_google_default_client_type("\xff", &text, err));
    REFUSES("`client_type`", tokcore_google_default_client_type(NULL, NULL, err));
    REFUSES("`key` is NULL", tokcore_google_api_key_header(NULL, &about, err));
    REFUSES("`header`", tokcore_google_api_key_header("a", NULL, err));
    REFUSES("token_source is NULL", tokcore_token_source_sign(NULL, NULL, 0, NULL, &bytes, err));
    REFUSES("settings is NULL", tokcore_settings_set_token(NULL, NULL, err));
    REFUSES("token is NULL", tokcore_settings_set_token(settings, NULL, err));
    REFUSES("settings is NULL", tokcore_settings_set_source(NULL, NULL, err));
    REFUSES("token_source is NULL", tokcore_settings_set_source(settings, NULL, err));
    REFUSES("something else", tokcore_settings_set_source(settings, (tokcore_token_source *)method, err));
    REFUSES("settings is NULL", tokcore_settings_set_subject_token(NULL, NULL, NULL, NULL, err));
    REFUSES("`prove` is NULL", tokcore_settings_set_subject_token(settings, NULL, NULL, NULL, err));
    REFUSES("something else", tokcore_chain_fetch((tokcore_chain *)method, NULL, NULL, NULL, &source, err));
    check(!made && !other && !explanation && !source && !about && !text && !bytes, "an output was written");
    check(tokcore_chain_count(chain) == 1, "a change that failed changed something");
    tokcore_settings_free(settings);
    tokcore_method_free(method);
    tokcore_chain_free(chain);
}

static void accessors(void)
{
    test("accessors of the chain tell nothing of NULL, and nothing is freed with it");
    check(tokcore_chain_count(NULL) == 0 && !tokcore_chain_name(NULL, 0) && !tokcore_chain_clone(NULL), "a chain");
    check(!tokcore_method_clone(NULL), "a method");
    check(tokcore_explanation_count(NULL) == 0 && tokcore_explanation_first(NULL) == -1, "an explanation");
    check(tokcore_explanation_verdict(NULL) == NULL && tokcore_explanation_verdict_words(NULL) == NULL, "a verdict");
    check(!tokcore_explanation_method(NULL, 0) && !tokcore_explanation_code(NULL, 0) &&
              !tokcore_explanation_words(NULL, 0) && !tokcore_explanation_hint(NULL, 0) && !tokcore_explanation_about(NULL, 0),
          "a finding");
    check(tokcore_token_source_attempt_count(NULL) == 0 && !tokcore_token_source_attempt_source(NULL, 0) &&
              !tokcore_token_source_attempt_outcome(NULL, 0) && !tokcore_token_source_attempt_code(NULL, 0) &&
              tokcore_token_source_attempt_elapsed_ms(NULL, 0) == -1 && !tokcore_token_source_signer(NULL),
          "an attempt of a source");
    check(!tokcore_error_attempt_code(NULL, 0) && tokcore_error_attempt_elapsed_ms(NULL, 0) == -1, "an attempt of an error");
    check(!tokcore_fields_get(NULL, "a"), "a field");
    tokcore_chain_free(NULL);
    tokcore_method_free(NULL);
    tokcore_explanation_free(NULL);
}

void test_chain_misuse(void)
{
    calls();
    accessors();
}
