/* What is told: of a source that a chain found, of a failure, of what a chain would do. */
#include <stdlib.h>
#include <string.h>

#include "chain.h"
#include "report.h"

static void of_a_source(void)
{
    test("a source tells what it is and how it was found");
    tokcore_chain *chain = chain_of("maybe", "byo_oauth2", NULL);
    tokcore_settings *wanted = wanted_of("token", "brought-canary", NULL);
    tokcore_token_source *source = NULL;
    tokcore_fields *about = NULL;
    tokcore_error *error = NULL;
    succeeded(tokcore_chain_fetch(chain, wanted, nobody(), NULL, &source, &error), &error);
    succeeded(tokcore_token_source_about(source, &about, &error), &error);
    check_text("kind", "access_token", tokcore_fields_get(about, "kind"));
    check_text("source", "the token that is given", tokcore_fields_get(about, "source"));
    check_text("not known", NULL, tokcore_fields_get(about, "project_id"));
    check(tokcore_token_source_attempt_count(source) == 2, "%zu attempts", tokcore_token_source_attempt_count(source));
    check_text("first", "maybe", tokcore_token_source_attempt_source(source, 0));
    check_text("first said", "not_applicable", tokcore_token_source_attempt_code(source, 0));
    check_text("in words", "it gave nothing", tokcore_token_source_attempt_outcome(source, 0));
    check_text("second said", "token", tokcore_token_source_attempt_code(source, 1));
    check(strstr(tokcore_token_source_attempt_outcome(source, 1), "canary") == NULL, "a secret is told");
    check(tokcore_token_source_attempt_elapsed_ms(source, 1) >= 0, "no time");
    check_text("past the last", NULL, tokcore_token_source_attempt_source(source, 2));
    check(tokcore_token_source_attempt_elapsed_ms(source, 2) == -1, "a time past the last");
    tokcore_fields_free(about);
    tokcore_token_source_free(source);
    tokcore_settings_free(wanted);
    tokcore_chain_free(chain);
}

static void of_a_failure(void)
{
    test("a failure tells what each method said, with a stable word and a time");
    tokcore_chain *chain = chain_of("byo_oauth2", "failure", "always", NULL);
    tokcore_token_source *source = NULL;
    tokcore_error *error = NULL;
    tokcore_status status = tokcore_chain_fetch(chain, NULL, nobody(), NULL, &source, &error);
    check(status == TOKCORE_STATUS_SERVER && source == NULL, "%s", tokcore_kind_name(status));
    check(tokcore_error_attempt_count(error) == 2, "%zu attempts", tokcore_error_attempt_count(error));
    check_text("first", "not_applicable", tokcore_error_attempt_code(error, 0));
    check_text("second", "server", tokcore_error_attempt_code(error, 1));
    check(tokcore_error_attempt_elapsed_ms(error, 1) >= 0, "no time");
    check_text("past the last", NULL, tokcore_error_attempt_code(error, 2));
    check(tokcore_error_attempt_elapsed_ms(error, 2) == -1, "a time past the last");
    tokcore_error_free(error);
    tokcore_chain_free(chain);
}

static void of_what_would_be(void)
{
    test("an explanation asks no method of the program, and names the first that would have a credential");
    tokcore_chain *chain = chain_of("failure", "byo_oauth2", NULL);
    tokcore_settings *wanted = wanted_of("token", "brought-canary", NULL);
    tokcore_explanation *explanation = NULL;
    tokcore_error *error = NULL;
    succeeded(tokcore_chain_explain(chain, wanted, NULL, false, &explanation, &error), &error);
    check(tokcore_explanation_count(explanation) == 2, "%zu findings", tokcore_explanation_count(explanation));
    check(tokcore_explanation_first(explanation) == 1, "another first");
    check_text("verdict", "custom", tokcore_explanation_verdict(explanation));
    check(strstr(tokcore_explanation_verdict_words(explanation), "failure") != NULL, "the method is not named");
    check_text("own", "custom", tokcore_explanation_code(explanation, 0));
    check(tokcore_explanation_about(explanation, 0) == NULL, "something is known");
    check_text("name", "byo_oauth2", tokcore_explanation_method(explanation, 1));
    check_text("found", "found", tokcore_explanation_code(explanation, 1));
    check_text("words", "access_token, from the token that is given", tokcore_explanation_words(explanation, 1));
    check_text("hint", NULL, tokcore_explanation_hint(explanation, 1));
    check_text("kind", "access_token", tokcore_fields_get(tokcore_explanation_about(explanation, 1), "kind"));
    check(tokcore_explanation_method(explanation, 2) == NULL, "a method past the last one");
    tokcore_explanation_free(explanation), explanation = NULL;

    tokcore_settings_unset(wanted, "token", NULL);
    succeeded(tokcore_chain_explain(chain, wanted, NULL, false, &explanation, &error), &error);
    check(tokcore_explanation_first(explanation) == -1, "there is a first");
    tokcore_explanation_free(explanation), explanation = NULL;

    tokcore_settings_set(wanted, "tokn", "canary", NULL);
    tokcore_status status = tokcore_chain_explain(chain, wanted, NULL, false, &explanation, &error);
    check(status == TOKCORE_STATUS_CONFIG_INVALID && explanation == NULL, "%s", tokcore_kind_name(status));
    check_text("reason", "unknown_option", tokcore_error_reason(error));
    check(strstr(tokcore_error_message(error), "canary") == NULL, "a secret is shown");
    tokcore_error_free(error);
    tokcore_settings_free(wanted);
    tokcore_chain_free(chain);
}

static void of_settings(void)
{
    test("what settings hold can be read again: texts as they are, anything else as JSON");
    tokcore_settings *given = wanted_of("a", "text \"as it is\"", NULL);
    tokcore_settings_set_json(given, "deep.list", "[1, \"b\"]", NULL);
    static const struct {
        const char *name, *value;
    } rows[] = {{"a", "text \"as it is\""}, {"deep.list", "[1,\"b\"]"}, {"deep", "{\"list\":[1,\"b\"]}"}, {"b", NULL}};
    for (size_t at = 0; at < sizeof rows / sizeof *rows; at++) {
        tokcore_text *value = NULL;
        tokcore_error *error = NULL;
        succeeded(tokcore_settings_get(given, rows[at].name, &value, &error), &error);
        check_text(rows[at].name, rows[at].value, tokcore_text_value(value));
        tokcore_text_free(value);
    }
    tokcore_settings_free(given);
}

static void of_the_machine(void)
{
    test("where gcloud's credentials are, and which project is meant");
    tokcore_chain *chain = chain_of("always", NULL);
    tokcore_token_source *source = NULL;
    tokcore_text *path = NULL, *project = NULL;
    tokcore_error *error = NULL;
    bool exists = true;
    setenv("GOOGLE_APPLICATION_CREDENTIALS", "/nowhere/key.json", 1);
    setenv("GOOGLE_CLOUD_PROJECT", "the-project", 1);
    succeeded(tokcore_google_adc_path(&path, &exists, &error), &error);
    check_text("path", "/nowhere/key.json", tokcore_text_value(path));
    check(!exists, "it is there");
    succeeded(tokcore_chain_fetch(chain, NULL, nobody(), NULL, &source, &error), &error);
    succeeded(tokcore_google_project_id(source, NULL, &project, &error), &error);
    check_text("project", "the-project", tokcore_text_value(project));
    unsetenv("GOOGLE_APPLICATION_CREDENTIALS");
    unsetenv("GOOGLE_CLOUD_PROJECT");
    tokcore_text_free(project);
    tokcore_text_free(path);
    tokcore_token_source_free(source);
    tokcore_chain_free(chain);
}

void test_chain_reports(void)
{
    of_the_machine();
    of_a_source();
    of_a_failure();
    of_what_would_be();
    of_settings();
}
