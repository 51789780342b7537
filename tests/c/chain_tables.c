/* The tables tests/vectors/google/registry.json and chain.json. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "chain.h"
#include "report.h"
#include "vectors.h"

#define MOST 8

static json_t *member(json_t *object, const char *name)
{
    return json_object_get(object, name);
}

static const char *text(json_t *object, const char *name)
{
    return json_string_value(member(object, name));
}

/* ---- The order --------------------------------------------------------------------------------------------------- */

/* Names with their methods, as the interface wants them. */
struct changes {
    const char *names[MOST];
    tokcore_method *methods[MOST];
    size_t count;
};

/* From a list of pairs; null stands for no method. */
static struct changes changes_of(json_t *pairs)
{
    struct changes changes = {.count = 0};
    size_t index;
    json_t *pair;
    json_array_foreach (pairs, index, pair) {
        changes.names[index] = json_string_value(json_array_get(pair, 0));
        changes.methods[index] = json_is_null(json_array_get(pair, 1)) ? NULL : method_of("always");
        changes.count = index + 1;
    }
    return changes;
}

static void forget(struct changes *changes)
{
    for (size_t at = 0; at < changes->count; at++) {
        tokcore_method_free(changes->methods[at]);
    }
}

static tokcore_status add(tokcore_chain *chain, json_t *pairs, tokcore_error **error)
{
    struct changes changes = changes_of(pairs);
    tokcore_status status = tokcore_chain_change(chain, changes.names, (const tokcore_method *const *)changes.methods,
                                                 changes.count, error);
    forget(&changes);
    return status;
}

static tokcore_status set(tokcore_chain **chain, json_t *pairs, tokcore_error **error)
{
    struct changes changes = changes_of(pairs);
    tokcore_chain *made = NULL;
    tokcore_status status = tokcore_chain_new_of(changes.names, (const tokcore_method *const *)changes.methods,
                                                 changes.count, &made, error);
    if (status == TOKCORE_STATUS_OK) {
        tokcore_chain_free(*chain);
        *chain = made;
    }
    forget(&changes);
    return status;
}

static void same_names(const char *what, json_t *wanted, const tokcore_chain *chain)
{
    size_t index;
    json_t *name;
    check(tokcore_chain_count(chain) == json_array_size(wanted), "%s: %zu methods", what, tokcore_chain_count(chain));
    json_array_foreach (wanted, index, name) {
        check_text(what, json_string_value(name), tokcore_chain_name(chain, index));
    }
    check(tokcore_chain_name(chain, json_array_size(wanted)) == NULL, "%s: a name past the last one", what);
}

/* A change for a while is a change of a copy. */
static void meanwhile(const tokcore_chain *chain, json_t *step)
{
    json_t *change = member(step, "while");
    tokcore_chain *other = NULL;
    tokcore_error *error = NULL;
    if (json_is_string(change)) {
        succeeded(tokcore_chain_new(&other, &error), &error);
    } else {
        other = tokcore_chain_clone(chain);
        succeeded(add(other, member(change, "add"), &error), &error);
    }
    same_names("meanwhile", member(step, "names"), other);
    tokcore_chain_free(other);
}

static tokcore_chain *start_of(json_t *row)
{
    json_t *names = member(row, "start"), *name;
    size_t index;
    tokcore_chain *chain = json_is_string(names) ? NULL : chain_of(NULL, NULL);
    if (chain == NULL) {
        tokcore_chain_new(&chain, NULL);
    }
    tokcore_method *method = method_of("always");
    for (index = json_array_size(names); index > 0; index--) {
        name = json_array_get(names, index - 1);
        tokcore_chain_add(chain, json_string_value(name), method, NULL);
    }
    tokcore_method_free(method);
    return chain;
}

static void order(json_t *row)
{
    test("%s: %s", text(row, "id"), text(row, "why"));
    tokcore_chain *chain = start_of(row);
    tokcore_error *error = NULL;
    size_t index;
    json_t *step;
    json_array_foreach (member(row, "do"), index, step) {
        if (member(step, "add")) {
            add(chain, member(step, "add"), &error);
        } else if (member(step, "set")) {
            set(&chain, member(step, "set"), &error);
        } else {
            meanwhile(chain, step);
        }
    }
    const char *part = text(row, "error_contains"), *told = tokcore_error_message(error);
    check((part == NULL) == (told == NULL) && (part == NULL || strstr(told, part)), "the error is: %s", told ? told : "none");
    same_names("afterwards", member(row, "names"), chain);
    tokcore_error_free(error);
    tokcore_chain_free(chain);
}

/* ---- What comes of asking ---------------------------------------------------------------------------------------- */

static tokcore_chain *chain_in(json_t *row)
{
    json_t *names = member(row, "chain");
    tokcore_chain *chain = NULL;
    tokcore_error *error = NULL;
    if (json_is_string(names)) {
        succeeded(tokcore_chain_new(&chain, &error), &error);
        return chain;
    }
    succeeded(tokcore_chain_new_of(NULL, NULL, 0, &chain, &error), &error);
    for (size_t index = json_array_size(names); index > 0; index--) {
        const char *name = json_string_value(json_array_get(names, index - 1));
        tokcore_method *method = method_of(name);
        succeeded(tokcore_chain_add(chain, name, method, &error), &error);
        tokcore_method_free(method);
    }
    return chain;
}

static tokcore_settings *request_in(json_t *row)
{
    tokcore_settings *settings = wanted_of(NULL, NULL);
    const char *name;
    json_t *value;
    json_object_foreach (member(row, "request"), name, value) {
        char *json = json_dumps(value, JSON_ENCODE_ANY);
        tokcore_settings_set_json(settings, name, json, NULL);
        free(json);
    }
    return settings;
}

static void set_environment(json_t *row, bool is_set)
{
    const char *name;
    json_t *value;
    json_object_foreach (member(row, "env"), name, value) {
        is_set ? setenv(name, json_string_value(value), 1) : unsetenv(name);
    }
}

static void same_codes(json_t *wanted, const tokcore_token_source *source, const tokcore_error *error)
{
    if (wanted == NULL) {
        return;
    }
    size_t index, count = source ? tokcore_token_source_attempt_count(source) : tokcore_error_attempt_count(error);
    json_t *code;
    check(count == json_array_size(wanted), "%zu methods said something", count);
    json_array_foreach (wanted, index, code) {
        check_text("code", json_string_value(code),
                   source ? tokcore_token_source_attempt_code(source, index) : tokcore_error_attempt_code(error, index));
    }
}

/* Whether `name`, such as ConfigInvalid, is what the tables write as config_invalid. */
static bool is_kind(const char *wanted, const char *name)
{
    for (; *wanted != '\0' && *name != '\0'; wanted++, name++) {
        wanted += *wanted == '_';
        if (tolower((unsigned char)*name) != *wanted) {
            return false;
        }
    }
    return *wanted == *name;
}

static void same_error(json_t *wanted, tokcore_status status, const tokcore_error *error)
{
    const char *message = tokcore_error_message(error), *hint = tokcore_error_hint(error);
    const char *in_message = text(wanted, "message_contains"), *in_hint = text(wanted, "hint_contains");
    check(is_kind(text(wanted, "kind"), tokcore_kind_name(status)), "the kind is: %s", tokcore_kind_name(status));
    if (text(wanted, "reason")) {
        check_text("reason", text(wanted, "reason"), tokcore_error_reason(error));
    }
    check(!in_message || (message && strstr(message, in_message)), "the message is: %s", message);
    check(!in_hint || (hint && strstr(hint, in_hint)), "the hint is: %s", hint);
}

/* A token of the test is called "of-NAME"; the table has a space there. */
static void same_token(const char *wanted, const tokcore_token_source *source)
{
    tokcore_token *token = NULL;
    tokcore_token_source_current(source, &token, NULL);
    const char *found = tokcore_token_access_token(token);
    size_t length = strlen(wanted);
    bool same = found && strlen(found) == length;
    for (size_t at = 0; same && at < length; at++) {
        same = found[at] == wanted[at] || (wanted[at] == ' ' && found[at] == '-');
    }
    check(same, "another token came: %s", found ? found : "none");
    tokcore_token_free(token);
}

/* In C a method gives a token, a source or nothing: there is no other thing that it could give. */
static bool is_for_us(json_t *row)
{
    size_t index;
    json_t *name;
    json_array_foreach (member(row, "chain"), index, name) {
        if (strcmp(json_string_value(name), "thing") == 0) {
            return false;
        }
    }
    return true;
}

static void ask(json_t *row)
{
    if (!is_for_us(row)) {
        return;
    }
    test("%s: %s", text(row, "id"), text(row, "why"));
    json_t *expect = member(row, "expect");
    tokcore_chain *chain = chain_in(row);
    tokcore_settings *settings = request_in(row);
    tokcore_token_source *source = NULL;
    tokcore_error *error = NULL;
    set_environment(row, true);
    tokcore_status status = tokcore_chain_fetch(chain, settings, nobody(), NULL, &source, &error);
    set_environment(row, false);
    /* The methods belong to the source's chain no longer. */
    tokcore_chain_free(chain);
    if (member(expect, "error")) {
        check(source == NULL, "an output was written");
        same_error(member(expect, "error"), status, error);
    } else {
        check(status == TOKCORE_STATUS_OK, "%s: %s", tokcore_kind_name(status), tokcore_error_message(error));
    }
    if (text(expect, "token")) {
        same_token(text(expect, "token"), source);
    } else {
        check(source == NULL, "there is a source");
    }
    same_codes(member(expect, "codes"), source, error);
    tokcore_token_source_free(source);
    tokcore_settings_free(settings);
    tokcore_error_free(error);
}

/* ------------------------------------------------------------------------------------------------------------------ */

static void each_row(const char *vectors, const char *file, void (*run)(json_t *row))
{
    json_t *rows = vectors_list(vectors, file, "cases"), *row;
    size_t index;
    json_array_foreach (rows, index, row) {
        run(row);
    }
    json_decref(rows);
}

void test_chain_tables(const char *vectors)
{
    each_row(vectors, "google/registry.json", order);
    each_row(vectors, "google/chain.json", ask);
}
