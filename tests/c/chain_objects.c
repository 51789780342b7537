/* Objects among the settings of a chain: a token, a source, a function that proves who the program is. */
#include <string.h>

#include "chain.h"
#include "report.h"

static tokcore_token *token_of(const char *text)
{
    tokcore_settings *given = wanted_of("access_token", text, NULL);
    tokcore_token *token = NULL;
    tokcore_error *error = NULL;
    succeeded(tokcore_token_new(given, &token, &error), &error);
    tokcore_settings_free(given);
    return token;
}

/* The source that the standard chain finds with these settings; NULL if it fails. */
static tokcore_token_source *found(const tokcore_settings *wanted)
{
    tokcore_token_source *source = NULL;
    tokcore_error *error = NULL;
    succeeded(tokcore_chain_fetch(NULL, wanted, nobody(), NULL, &source, &error), &error);
    return source;
}

static void check_token(const char *wanted, const tokcore_token_source *source)
{
    tokcore_token *token = NULL;
    tokcore_error *error = NULL;
    if (succeeded(tokcore_token_source_token(source, nobody(), NULL, &token, &error), &error)) {
        check_text("token", wanted, tokcore_token_access_token(token));
    }
    tokcore_token_free(token);
}

static void brought_token(void)
{
    test("a token that the program has is what the chain finds, and needs the program's object no longer");
    tokcore_settings *wanted = wanted_of("scopes", "drive", NULL);
    tokcore_token *token = token_of("brought");
    tokcore_error *error = NULL;
    succeeded(tokcore_settings_set_token(wanted, token, &error), &error);
    tokcore_token_free(token);
    tokcore_token_source *source = found(wanted);
    tokcore_settings_free(wanted);
    check_token("brought", source);
    check_text("method", "credentials_byo_oauth2", tokcore_token_source_attempt_source(source, 0));
    tokcore_token_source_free(source);
}

static void brought_source(void)
{
    test("a source that the program has is what the chain finds: both share the token");
    tokcore_settings *wanted = wanted_of("token", "first", NULL);
    tokcore_token_source *own = found(wanted);
    tokcore_error *error = NULL;
    succeeded(tokcore_settings_set_source(wanted, own, &error), &error);
    tokcore_token_source *source = found(wanted);
    check_text("key", tokcore_token_source_key(own), tokcore_token_source_key(source));
    tokcore_token_source_free(own);
    check_token("first", source);
    tokcore_token_source_free(source);
    tokcore_settings_free(wanted);
}

static void one_value(void)
{
    test("a name has one value: an object or a text, whatever was set last");
    tokcore_settings *wanted = wanted_of("token", "a text", NULL);
    tokcore_token *token = token_of("an object");
    tokcore_text *told = NULL;
    tokcore_error *error = NULL;
    succeeded(tokcore_settings_set_token(wanted, token, &error), &error);
    succeeded(tokcore_settings_get(wanted, "token", &told, &error), &error);
    check(told == NULL, "an object is told as a text");
    tokcore_token_source *source = found(wanted);
    check_token("an object", source);
    tokcore_token_source_free(source);

    succeeded(tokcore_settings_set(wanted, "token", "a text", &error), &error);
    source = found(wanted);
    check_token("a text", source);
    tokcore_token_source_free(source), source = NULL;

    succeeded(tokcore_settings_set_token(wanted, token, &error), &error);
    succeeded(tokcore_settings_unset(wanted, "token", &error), &error);
    tokcore_status status = tokcore_chain_fetch(NULL, wanted, nobody(), NULL, &source, NULL);
    check(status == TOKCORE_STATUS_NOT_CONFIGURED && source == NULL, "%s", tokcore_kind_name(status));
    tokcore_token_free(token);
    tokcore_settings_free(wanted);
}

/* Asks another chain for the same. */
static tokcore_status pass_on(const tokcore_settings *wanted, tokcore_answer *answer, void *chain)
{
    tokcore_token_source *source = NULL;
    tokcore_status status = tokcore_chain_fetch(chain, wanted, nobody(), NULL, &source, NULL);
    if (status == TOKCORE_STATUS_OK) {
        status = tokcore_answer_set_source(answer, source, NULL);
    }
    tokcore_token_source_free(source);
    return status;
}

static void passed_on(void)
{
    test("a method is given the objects too, and may pass them on");
    tokcore_chain *inner = chain_of("byo_oauth2", NULL), *outer = chain_of(NULL, NULL);
    tokcore_settings *wanted = wanted_of(NULL, NULL);
    tokcore_token *token = token_of("passed on");
    tokcore_token_source *source = NULL;
    tokcore_method *method = NULL;
    tokcore_error *error = NULL;
    succeeded(tokcore_method_new(pass_on, NULL, 0, NULL, inner, &method, &error), &error);
    succeeded(tokcore_chain_add(outer, "outer", method, &error), &error);
    succeeded(tokcore_settings_set_token(wanted, token, &error), &error);
    succeeded(tokcore_chain_fetch(outer, wanted, nobody(), NULL, &source, &error), &error);
    check_token("passed on", source);
    tokcore_token_source_free(source);
    tokcore_token_free(token);
    tokcore_settings_free(wanted);
    tokcore_method_free(method);
    tokcore_chain_free(outer);
    tokcore_chain_free(inner);
}

static void elsewhere(void)
{
    test("a call that is no chain's refuses settings with an object, and names it");
    tokcore_settings *settings = wanted_of("access_token", "a", NULL);
    tokcore_token *token = token_of("an object"), *other = NULL;
    tokcore_error *error = NULL;
    succeeded(tokcore_settings_set_token(settings, token, &error), &error);
    tokcore_status status = tokcore_token_new(settings, &other, &error);
    check(status == TOKCORE_STATUS_INVALID_ARGUMENT && other == NULL, "%s", tokcore_kind_name(status));
    check_text("message", "`token` is set to an object, which only a chain takes", tokcore_error_message(error));
    tokcore_error_free(error);
    tokcore_token_free(token);
    tokcore_settings_free(settings);
}

/* ---- Proofs of identity that do not come ------------------------------------------------------------------------- */

/* A federated credential that does not say where its proofs come from. */
static const char *const POOL = "{\"type\": \"external_account\", \"audience\": \"//iam.googleapis.com/projects/1/locations/"
                                "global/workloadIdentityPools/p/providers/o\", \"subject_token_type\": \"urn:ietf:params:"
                                "oauth:token-type:jwt\", \"token_url\": \"https://sts.googleapis.com/v1/token\"}";

/* How a function fails, and what was seen of it. */
struct proof {
    const char *gives[3];
    const char *why;
    tokcore_status status;
    bool hands_on;
    unsigned asked, destroyed;
};

static tokcore_status prove(const char *audience, const char *subject_token_type, tokcore_answer *answer, void *data)
{
    struct proof *proof = data;
    proof->asked++;
    check(strstr(audience, "workloadIdentityPools/p/providers/o"), "audience %s", audience);
    check_text("type", "urn:ietf:params:oauth:token-type:jwt", subject_token_type);
    for (const char *const *text = proof->gives; *text != NULL; text++) {
        tokcore_answer_add(answer, *text, NULL);
    }
    if (proof->why != NULL) {
        tokcore_answer_set_failure(answer, proof->why, NULL);
    }
    if (proof->hands_on) {
        tokcore_error *error = NULL;
        tokcore_secret_key *key = NULL;
        check(tokcore_secret_key_new_from_variable("TOKCORE_NO_SUCH_KEY", &key, &error) != TOKCORE_STATUS_OK, "a key");
        tokcore_answer_set_error(answer, error, NULL);
        tokcore_error_free(error);
    }
    return proof->status;
}

static void destroy(void *data)
{
    ((struct proof *)data)->destroyed++;
}

static void no_proof(const char *what, struct proof proof, tokcore_status wanted_status, const char *words)
{
    test("a proof that does not come: %s", what);
    tokcore_settings *wanted = wanted_of("path", POOL, "scopes", "cloud-platform", NULL);
    tokcore_token_source *source = NULL;
    tokcore_error *error = NULL;
    succeeded(tokcore_settings_set_subject_token(wanted, prove, destroy, &proof, &error), &error);
    tokcore_status status = tokcore_chain_fetch(NULL, wanted, nobody(), NULL, &source, &error);
    check_text("status", tokcore_kind_name(wanted_status), tokcore_kind_name(status));
    const char *message = tokcore_error_message(error);
    check(message && strstr(message, words), "the message lacks \"%s\": %s", words, message ? message : "none");
    check(message && !strstr(message, "canary"), "the message repeats a proof");
    check(source == NULL && proof.asked == 1, "asked %u times", proof.asked);
    tokcore_error_free(error);
    check(proof.destroyed == 0, "destroyed while settings have it");
    tokcore_settings_free(wanted);
    check(proof.destroyed == 1, "destroyed %u times", proof.destroyed);
}

static void proofs(void)
{
    struct proof says_why = {.why = "the vault is sealed", .status = TOKCORE_STATUS_SERVER};
    no_proof("the function says why", says_why, TOKCORE_STATUS_SERVER, "the vault is sealed");
    struct proof hands_on = {.hands_on = true, .status = TOKCORE_STATUS_STORE};
    no_proof("it hands an error on", hands_on, TOKCORE_STATUS_CONFIG_INVALID, "TOKCORE_NO_SUCH_KEY");
    struct proof interrupted = {.status = TOKCORE_STATUS_CANCELLED};
    no_proof("it was interrupted", interrupted, TOKCORE_STATUS_CANCELLED, "its callback failed");
    struct proof odd = {.status = 12345};
    no_proof("its status is no kind", odd, TOKCORE_STATUS_INVALID_STATE, "its callback failed");
    struct proof empty = {.why = NULL};
    no_proof("it gives nothing", empty, TOKCORE_STATUS_CONFIG_INVALID, "the program's own supplier gave an empty text");
    struct proof two = {.gives = {"canary-1", "canary-2"}};
    no_proof("it gives two", two, TOKCORE_STATUS_INVALID_STATE, "several proofs of identity");
}

static void lifetimes(void)
{
    test("the data of a function is destroyed when another takes its place, and when the call fails");
    struct proof first = {.why = NULL}, second = {.why = NULL};
    tokcore_settings *wanted = wanted_of(NULL, NULL);
    tokcore_error *error = NULL;
    succeeded(tokcore_settings_set_subject_token(wanted, prove, destroy, &first, &error), &error);
    succeeded(tokcore_settings_set_subject_token(wanted, prove, destroy, &second, &error), &error);
    check(first.destroyed == 1 && second.destroyed == 0, "replaced: %u, %u", first.destroyed, second.destroyed);
    succeeded(tokcore_settings_unset(wanted, "subject_token", &error), &error);
    check(second.destroyed == 1, "unset: %u", second.destroyed);
    tokcore_status status = tokcore_settings_set_subject_token(wanted, NULL, destroy, &first, NULL);
    check(status == TOKCORE_STATUS_INVALID_ARGUMENT && first.destroyed == 2, "NULL: %u", first.destroyed);
    status = tokcore_settings_set_subject_token(NULL, prove, destroy, &first, NULL);
    check(status == TOKCORE_STATUS_INVALID_ARGUMENT && first.destroyed == 3, "no settings: %u", first.destroyed);
    tokcore_settings_free(wanted);
}

void test_chain_objects(void)
{
    brought_token();
    brought_source();
    one_value();
    passed_on();
    elsewhere();
    proofs();
    lifetimes();
}
