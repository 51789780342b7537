/* Asks what a line of JSON says, in a fork of its own, and says in another line what came of it. See table_asker.py. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <tokcore.h>
#include <unistd.h>

#define ANYWHERE "https://www.googleapis.com/"

/* ---- What is shown ------------------------------------------------------------------------------------------------ */

static json_t *text(const char *value)
{
    return value ? json_string(value) : json_null();
}

static json_t *fields(const tokcore_fields *fields)
{
    json_t *shown = json_object();
    for (size_t at = 0; at < tokcore_fields_count(fields); at++)
        json_object_set_new(shown, tokcore_fields_name(fields, at), text(tokcore_fields_value(fields, at)));
    return shown;
}

static json_t *shown_token(const tokcore_token *token)
{
    json_t *scopes = json_array(), *warnings = json_array();
    const char *claims = tokcore_token_id_claims_json(token);
    int64_t expires_at = tokcore_token_expires_at_unix_s(token);
    for (size_t at = 0; at < tokcore_token_scope_count(token); at++)
        json_array_append_new(scopes, text(tokcore_token_scope(token, at)));
    for (size_t at = 0; at < tokcore_token_warning_count(token); at++)
        json_array_append_new(warnings, text(tokcore_token_warning_name(token, at)));
    return json_pack("{so so so so so so so}", "access_token", text(tokcore_token_access_token(token)), "refresh_token",
                     text(tokcore_token_refresh_token(token)), "account", text(tokcore_token_account(token)), "id_claims",
                     claims ? json_loads(claims, 0, NULL) : json_null(), "scopes", scopes, "warnings", warnings,
                     "expires_at_unix_s",
                     expires_at != TOKCORE_EXPIRY_UNKNOWN ? json_integer(expires_at) : json_null());
}

static json_t *shown_error(const tokcore_error *error)
{
    return json_pack("{s{so so so so}}", "error", "kind", text(tokcore_kind_name(tokcore_error_kind(error))), "reason",
                     text(tokcore_error_reason(error)), "message", text(tokcore_error_message(error)), "hint",
                     text(tokcore_error_hint(error)));
}

static void say(json_t *what)
{
    json_dumpf(what, stdout, JSON_COMPACT);
    putchar('\n');
    fflush(stdout);
    json_decref(what);
}

/* ---- Whoever sits in front of it ---------------------------------------------------------------------------------- */

static void told(const char *what, void *user_data)
{
    (void)user_data;
    say(json_pack("{so}", "say", text(what)));
}

static bool answers(const char *prompt, bool hidden, char *answer, size_t size, void *user_data)
{
    (void)prompt, (void)hidden, (void)user_data;
    if (!fgets(answer, (int)size, stdin))
        return false;
    answer[strcspn(answer, "\n")] = '\0';
    return true;
}

static tokcore_person *person(bool is_there)
{
    tokcore_person *person = NULL;
    if (is_there)
        tokcore_person_new(TOKCORE_YES, told, answers, NULL, NULL, &person, NULL);
    else
        tokcore_person_new_nobody(&person, NULL);
    return person;
}

/* ---- What is asked ------------------------------------------------------------------------------------------------ */

static tokcore_settings *settings(json_t *options)
{
    tokcore_settings *settings = NULL;
    const char *name;
    json_t *value;
    tokcore_settings_new(&settings, NULL);
    json_object_foreach (options, name, value) {
        char *json = json_dumps(value, JSON_ENCODE_ANY);
        tokcore_settings_set_json(settings, name, json, NULL);
        free(json);
    }
    return settings;
}

static json_t *fetch(json_t *asked, tokcore_settings *options, tokcore_error **error)
{
    tokcore_person *somebody = person(json_is_true(json_object_get(asked, "alone")));
    tokcore_token_source *source = NULL;
    tokcore_token *token = NULL;
    tokcore_fields *about = NULL, *headers = NULL;
    json_t *shown = NULL;
    if (tokcore_chain_fetch(NULL, options, somebody, NULL, &source, error) == TOKCORE_STATUS_OK &&
        tokcore_token_source_token(source, somebody, NULL, &token, error) == TOKCORE_STATUS_OK &&
        tokcore_token_source_about(source, &about, error) == TOKCORE_STATUS_OK &&
        tokcore_token_source_request_headers(source, token, "GET", ANYWHERE, &headers, error) == TOKCORE_STATUS_OK)
        shown = json_pack("{so so so}", "token", shown_token(token), "about", fields(about), "headers", fields(headers));
    tokcore_fields_free(headers);
    tokcore_fields_free(about);
    tokcore_token_free(token);
    tokcore_token_source_free(source);
    tokcore_person_free(somebody);
    return shown;
}

static json_t *explain(json_t *asked, tokcore_settings *options, tokcore_error **error)
{
    tokcore_explanation *explanation = NULL;
    bool probe = json_is_true(json_object_get(asked, "probe"));
    if (tokcore_chain_explain(NULL, options, NULL, probe, &explanation, error) != TOKCORE_STATUS_OK)
        return NULL;
    json_t *found = json_object();
    for (size_t at = 0; at < tokcore_explanation_count(explanation); at++) {
        const tokcore_fields *about = tokcore_explanation_about(explanation, at);
        json_object_set_new(found, tokcore_explanation_method(explanation, at),
                            json_pack("{so so so}", "code", text(tokcore_explanation_code(explanation, at)), "words",
                                      text(tokcore_explanation_words(explanation, at)), "about",
                                      about ? fields(about) : json_null()));
    }
    tokcore_explanation_free(explanation);
    return json_pack("{so}", "found", found);
}

static const char *option(json_t *asked, const char *name)
{
    return json_string_value(json_object_get(json_object_get(asked, "options"), name));
}

/* The words of a text with spaces between. */
static json_t *words(const char *text)
{
    json_t *found = json_array();
    while (text && *text != '\0') {
        size_t length = strcspn(text, " ");
        json_array_append_new(found, json_stringn(text, length));
        text += length + strspn(text + length, " ");
    }
    return found;
}

static json_t *client(json_t *asked, tokcore_settings *options, tokcore_error **error)
{
    tokcore_fields *client = NULL;
    (void)options;
    if (tokcore_google_read_client(option(asked, "given"), &client, error) != TOKCORE_STATUS_OK)
        return NULL;
    json_t *told = fields(client);
    json_object_set_new(told, "redirect_uris", words(tokcore_fields_get(client, "redirect_uris")));
    tokcore_fields_free(client);
    return json_pack("{so}", "told", told);
}

static json_t *client_type(json_t *asked, tokcore_settings *options, tokcore_error **error)
{
    tokcore_text *type = NULL;
    json_t *told = NULL;
    (void)options;
    if (tokcore_google_default_client_type(option(asked, "option"), &type, error) == TOKCORE_STATUS_OK)
        told = json_pack("{s{so}}", "told", "type", text(tokcore_text_value(type)));
    tokcore_text_free(type);
    return told;
}

static json_t *machine(json_t *asked, tokcore_settings *options, tokcore_error **error)
{
    tokcore_fields *machine = NULL;
    json_t *told = NULL;
    (void)asked, (void)options;
    if (tokcore_google_machine(NULL, &machine, error) == TOKCORE_STATUS_OK)
        told = json_pack("{so}", "told", machine ? fields(machine) : json_null());
    tokcore_fields_free(machine);
    return told;
}

/* Of a client that is nobody's. */
static json_t *request_settings(json_t *asked, tokcore_settings *options, tokcore_error **error)
{
    json_t *nobody = json_pack("{ss ss}", "client_id", "nobody", "token_endpoint", "https://as.example/token");
    tokcore_settings *of_client = settings(nobody);
    tokcore_oauth_client *client = NULL;
    tokcore_token_source *source = NULL;
    json_t *told = NULL;
    (void)asked;
    if (tokcore_oauth_client_new(of_client, &client, error) == TOKCORE_STATUS_OK &&
        tokcore_token_source_new(client, options, &source, error) == TOKCORE_STATUS_OK)
        told = json_pack("{s{so}}", "told", "key", text(tokcore_token_source_key(source)));
    tokcore_token_source_free(source);
    tokcore_oauth_client_free(client);
    tokcore_settings_free(of_client);
    json_decref(nobody);
    return told;
}

/* A token that was kept: renewed, or looked at. */
static json_t *later(json_t *asked, tokcore_settings *options, tokcore_error **error)
{
    const char *call = json_string_value(json_object_get(asked, "call"));
    json_t *given = json_object_get(asked, "options"), *shown = NULL;
    tokcore_settings *of_client = settings(json_object_get(given, "client"));
    tokcore_settings *of_token = settings(json_object_get(given, "token"));
    tokcore_oauth_client *client = NULL;
    tokcore_token *token = NULL, *newer = NULL;
    tokcore_text *told = NULL;
    tokcore_status status = tokcore_token_new(of_token, &token, error);
    (void)options;
    if (status == TOKCORE_STATUS_OK && strcmp(call, "refresh") == 0) {
        if (tokcore_oauth_client_new(of_client, &client, error) == TOKCORE_STATUS_OK &&
            tokcore_oauth_client_refresh(client, token, NULL, &newer, error) == TOKCORE_STATUS_OK)
            shown = json_pack("{so}", "token", shown_token(newer));
    } else if (status == TOKCORE_STATUS_OK && strcmp(call, "email") == 0) {
        if (tokcore_google_email(token, NULL, &told, error) == TOKCORE_STATUS_OK)
            shown = json_pack("{so}", "told", text(tokcore_text_value(told)));
    } else if (status == TOKCORE_STATUS_OK) {
        bool is_token = strcmp(call, "tokeninfo") == 0;
        status = is_token ? tokcore_google_tokeninfo_json(token, NULL, &told, error)
                          : tokcore_google_userinfo_json(token, NULL, &told, error);
        if (status == TOKCORE_STATUS_OK)
            shown = json_pack("{so}", "told", json_loads(tokcore_text_value(told), 0, NULL));
    }
    tokcore_text_free(told);
    tokcore_token_free(newer);
    tokcore_token_free(token);
    tokcore_oauth_client_free(client);
    tokcore_settings_free(of_token);
    tokcore_settings_free(of_client);
    return shown;
}

static const struct {
    const char *name;
    json_t *(*answers)(json_t *asked, tokcore_settings *options, tokcore_error **error);
} calls[] = {
    {"fetch", fetch},     {"explain", explain},           {"client", client},  {"client_type", client_type},
    {"machine", machine}, {"settings", request_settings}, {"refresh", later},  {"userinfo", later},
    {"email", later},     {"tokeninfo", later},
};

static json_t *answer(json_t *asked)
{
    const char *call = json_string_value(json_object_get(asked, "call")), *name;
    json_t *value, *shown = NULL;
    json_object_foreach (json_object_get(asked, "env"), name, value)
        setenv(name, json_string_value(value), 1);
    tokcore_error *error = NULL;
    tokcore_settings *options = settings(json_object_get(asked, "options"));
    for (size_t at = 0; at < sizeof calls / sizeof *calls; at++) {
        if (strcmp(call, calls[at].name) == 0)
            shown = calls[at].answers(asked, options, &error);
    }
    if (!shown)
        shown = shown_error(error);
    tokcore_error_free(error);
    tokcore_settings_free(options);
    return shown;
}

int main(void)
{
    char *line = NULL;
    size_t size = 0;
    while (getline(&line, &size, stdin) > 0) {
        json_t *asked = json_loads(line, 0, NULL);
        int status = 0;
        pid_t child = json_is_true(json_object_get(asked, "alone")) ? 0 : fork();
        if (child == 0)
            say(answer(asked));
        if (child == 0 && !json_is_true(json_object_get(asked, "alone")))
            _exit(0);
        if (child > 0 && (waitpid(child, &status, 0) < 0 || status != 0))
            say(json_pack("{sb}", "crash", true));
        json_decref(asked);
    }
    free(line);
    return 0;
}
