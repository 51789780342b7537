/*
 * Credentials of Google's that need its servers, against the strict fake of them (tests/servers/google_fake.py).
 *
 *     google <files.json of the fake>
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tokcore.h>

#include "report.h"

#define IMPERSONATION "service_account_impersonation_url"

static json_t *files;
static tokcore_person *nobody;

/* ---- What all tests need ----------------------------------------------------------------------------------------- */

/* Checks that a call succeeded; else shows and frees the error. */
static bool succeeded(tokcore_status status, tokcore_error **error)
{
    check(status == TOKCORE_STATUS_OK, "%s: %s; %s", tokcore_kind_name(status), tokcore_error_message(*error),
          tokcore_error_hint(*error));
    tokcore_error_free(*error);
    *error = NULL;
    return status == TOKCORE_STATUS_OK;
}

/* The file of a type, as the fake lists them. */
static const char *path_of(const char *type)
{
    return json_string_value(json_object_get(files, type));
}

static tokcore_settings *wanted_at(const char *path)
{
    tokcore_settings *wanted = NULL;
    tokcore_settings_new(&wanted, NULL);
    tokcore_settings_set(wanted, "scopes", "cloud-platform", NULL);
    if (path != NULL) {
        tokcore_settings_set(wanted, "path", path, NULL);
    }
    return wanted;
}

/* What the chain finds; NULL, and a failure of the test, where it fails. */
static tokcore_token_source *found(const tokcore_settings *wanted)
{
    tokcore_token_source *source = NULL;
    tokcore_error *error = NULL;
    succeeded(tokcore_chain_fetch(NULL, wanted, nobody, NULL, &source, &error), &error);
    return source;
}

static const uint8_t *bytes_of(const char *text)
{
    return (const uint8_t *)text;
}

static tokcore_token_source *found_at(const char *path)
{
    tokcore_settings *wanted = wanted_at(path);
    tokcore_token_source *source = found(wanted);
    tokcore_settings_free(wanted);
    return source;
}

/* ---- Proofs of identity by the program ---------------------------------------------------------------------------- */

/* What a prover has, and what was seen of it. */
struct proof {
    char text[8192];
    unsigned asked, destroyed;
    bool asks;
};

/* A call that goes to the network. */
static void ask_for_another(void)
{
    tokcore_token_source *source = found_at(path_of("authorized_user"));
    tokcore_token *token = NULL;
    tokcore_error *error = NULL;
    succeeded(tokcore_token_source_token(source, nobody, NULL, &token, &error), &error);
    tokcore_token_free(token);
    tokcore_token_source_free(source);
}

static tokcore_status prove(const char *audience, const char *subject_token_type, tokcore_answer *answer, void *data)
{
    struct proof *proof = data;
    proof->asked++;
    check(strstr(audience, "/workloadIdentityPools/pool/providers/oidc"), "audience %s", audience);
    check_text("type", "urn:ietf:params:oauth:token-type:jwt", subject_token_type);
    if (proof->asks) {
        ask_for_another();
    }
    return tokcore_answer_add(answer, proof->text, NULL);
}

static void destroy(void *data)
{
    ((struct proof *)data)->destroyed++;
}

/* The configuration of the fake's pool without a source of proofs, which are read from that source. To be freed. */
static json_t *pool(struct proof *proof)
{
    json_t *config = json_load_file(path_of("external_account_file"), 0, NULL);
    const char *path = json_string_value(json_object_get(json_object_get(config, "credential_source"), "file"));
    FILE *file = path != NULL ? fopen(path, "r") : NULL;
    check(file != NULL, "the fake has no proof in a file");
    if (file != NULL) {
        proof->text[fread(proof->text, 1, sizeof proof->text - 1, file)] = '\0';
        fclose(file);
    }
    json_object_del(config, "credential_source");
    return config;
}

/* What the chain finds with these proofs. */
static tokcore_status proved(json_t *config, struct proof *proof, tokcore_token_source **source, tokcore_error **error)
{
    char *text = json_dumps(config, 0);
    tokcore_settings *wanted = wanted_at(text);
    tokcore_status status = tokcore_settings_set_subject_token(wanted, prove, destroy, proof, error);
    if (status == TOKCORE_STATUS_OK) {
        status = tokcore_chain_fetch(NULL, wanted, nobody, NULL, source, error);
    }
    tokcore_settings_free(wanted);
    free(text);
    json_decref(config);
    return status;
}

static void proofs(void)
{
    test("the pool takes the program's proof, asks anew for the next token, and lets the function go at the end");
    struct proof proof = {.asked = 0};
    tokcore_token_source *source = NULL;
    tokcore_token *token = NULL, *next = NULL;
    tokcore_error *error = NULL;
    succeeded(proved(pool(&proof), &proof, &source, &error), &error);
    succeeded(tokcore_token_source_token(source, nobody, NULL, &token, &error), &error);
    check(proof.asked == 1, "asked %u times for one token", proof.asked);
    succeeded(tokcore_token_source_invalidate(source, token, &error), &error);
    succeeded(tokcore_token_source_token(source, nobody, NULL, &next, &error), &error);
    check(proof.asked == 2, "asked %u times for two tokens", proof.asked);
    const char *first = tokcore_token_access_token(token), *second = tokcore_token_access_token(next);
    check(first && second && strcmp(first, second) != 0, "the same token twice");
    check(proof.destroyed == 0, "destroyed while a source has it");
    tokcore_token_free(token);
    tokcore_token_free(next);
    tokcore_token_source_free(source);
    check(proof.destroyed == 1, "destroyed %u times", proof.destroyed);
}

static void shared_proofs(void)
{
    test("calls with the same settings share the token, those with the same function in others do not");
    struct proof proof = {.asked = 0};
    json_t *config = pool(&proof);
    char *text = json_dumps(config, 0);
    tokcore_settings *wanted = wanted_at(text), *others = wanted_at(text);
    tokcore_error *error = NULL;
    succeeded(tokcore_settings_set_subject_token(wanted, prove, destroy, &proof, &error), &error);
    succeeded(tokcore_settings_set_subject_token(others, prove, destroy, &proof, &error), &error);
    tokcore_token_source_free(found(wanted));
    tokcore_token_source_free(found(wanted));
    check(proof.asked == 1, "asked %u times for the same", proof.asked);
    tokcore_token_source_free(found(others));
    check(proof.asked == 2, "asked %u times for two", proof.asked);
    tokcore_settings_free(wanted);
    tokcore_settings_free(others);
    check(proof.destroyed == 2, "destroyed %u times", proof.destroyed);
    free(text);
    json_decref(config);
}

static void asking_proofs(void)
{
    test("a function that proves may itself ask tokcore for another token");
    struct proof proof = {.asks = true};
    tokcore_token_source *source = NULL;
    tokcore_error *error = NULL;
    succeeded(proved(pool(&proof), &proof, &source, &error), &error);
    check(source != NULL && proof.asked == 1, "asked %u times", proof.asked);
    tokcore_token_source_free(source);
    check(proof.destroyed == 1, "destroyed %u times", proof.destroyed);
}

static void impersonating_proofs(void)
{
    test("a service account's identity can be taken on with the program's proof");
    struct proof proof = {.asked = 0};
    json_t *config = pool(&proof), *of = json_load_file(path_of("external_account_impersonating"), 0, NULL);
    json_object_set(config, IMPERSONATION, json_object_get(of, IMPERSONATION));
    json_decref(of);
    tokcore_token_source *source = NULL;
    tokcore_fields *about = NULL;
    tokcore_error *error = NULL;
    succeeded(proved(config, &proof, &source, &error), &error);
    succeeded(tokcore_token_source_about(source, &about, &error), &error);
    check_text("principal", "target@fake-project.iam.gserviceaccount.com", tokcore_fields_get(about, "principal"));
    tokcore_fields_free(about);
    tokcore_token_source_free(source);
}

static void wrong_proofs(void)
{
    test("a proof that the pool refuses is an error that does not repeat it");
    struct proof proof = {.asked = 0};
    json_t *config = pool(&proof);
    snprintf(proof.text, sizeof proof.text, "%s", "canary-proof");
    tokcore_token_source *source = NULL;
    tokcore_error *error = NULL;
    tokcore_status status = proved(config, &proof, &source, &error);
    check(status != TOKCORE_STATUS_OK && source == NULL, "%s", tokcore_kind_name(status));
    check(error && !strstr(tokcore_error_message(error), "canary"), "%s", tokcore_error_message(error));
    check(proof.destroyed == 1, "destroyed %u times", proof.destroyed);
    tokcore_error_free(error);

    test("a key is proved by itself: proofs for it are refused");
    struct proof idle = {.asked = 0};
    error = NULL;
    status = proved(json_load_file(path_of("service_account"), 0, NULL), &idle, &source, &error);
    check(status == TOKCORE_STATUS_INVALID_ARGUMENT && source == NULL, "%s", tokcore_kind_name(status));
    check(idle.asked == 0 && idle.destroyed == 1, "asked %u times, destroyed %u times", idle.asked, idle.destroyed);
    tokcore_error_free(error);
}

/* ---- Signatures --------------------------------------------------------------------------------------------------- */

/* Base 64 for addresses, without padding. */
static void base64url(const uint8_t *bytes, size_t length, char *text)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    for (size_t at = 0; at < length; at += 3) {
        unsigned long three = (unsigned long)bytes[at] << 16;
        three |= at + 1 < length ? (unsigned long)bytes[at + 1] << 8 : 0;
        three |= at + 2 < length ? bytes[at + 2] : 0;
        *text++ = digits[three >> 18];
        *text++ = digits[three >> 12 & 63];
        if (at + 1 < length) {
            *text++ = digits[three >> 6 & 63];
        }
        if (at + 2 < length) {
            *text++ = digits[three & 63];
        }
    }
    *text = '\0';
}

/* A JSON web token that the key of a file signs. To be freed. */
static tokcore_text *jwt_of(const char *path)
{
    json_t *file = json_load_file(path, 0, NULL);
    tokcore_signing_key *key = NULL;
    tokcore_text *jwt = NULL;
    tokcore_error *error = NULL;
    const char *pem = json_string_value(json_object_get(file, "private_key"));
    succeeded(tokcore_signing_key_new(pem, NULL, NULL, &key, &error), &error);
    succeeded(tokcore_jwt_encode(key, "{\"sub\": \"a\"}", NULL, "RS256", &jwt, &error), &error);
    tokcore_signing_key_free(key);
    json_decref(file);
    return jwt;
}

static void by_key(void)
{
    test("a key signs as RS256 does, without asking anybody");
    tokcore_token_source *source = found_at(path_of("service_account"));
    tokcore_text *jwt = jwt_of(path_of("service_account"));
    tokcore_bytes *signature = NULL;
    tokcore_error *error = NULL;
    check_text("signer", "robot@fake-project.iam.gserviceaccount.com", tokcore_token_source_signer(source));
    const char *text = tokcore_text_value(jwt), *last = text != NULL ? strrchr(text, '.') : NULL;
    char encoded[400] = "";
    if (check(last != NULL, "no token") &&
        succeeded(tokcore_token_source_sign(source, bytes_of(text), (size_t)(last - text), NULL, &signature, &error), &error) &&
        check(tokcore_bytes_length(signature) == 256, "%zu bytes", tokcore_bytes_length(signature))) {
        base64url(tokcore_bytes_data(signature), tokcore_bytes_length(signature), encoded);
        check_text("signature", last + 1, encoded);
    }
    tokcore_bytes_free(signature);
    tokcore_text_free(jwt);
    tokcore_token_source_free(source);
}

static void by_google(void)
{
    test("Google signs for an account that is impersonated");
    tokcore_token_source *source = found_at(path_of("impersonated_service_account"));
    check_text("signer", "target@fake-project.iam.gserviceaccount.com", tokcore_token_source_signer(source));
    tokcore_bytes *one = NULL, *same = NULL, *other = NULL;
    tokcore_error *error = NULL;
    succeeded(tokcore_token_source_sign(source, bytes_of("a"), 1, NULL, &one, &error), &error);
    succeeded(tokcore_token_source_sign(source, bytes_of("a"), 1, NULL, &same, &error), &error);
    succeeded(tokcore_token_source_sign(source, bytes_of("b"), 1, NULL, &other, &error), &error);
    if (check(tokcore_bytes_length(one) == 256, "%zu bytes", tokcore_bytes_length(one)) &&
        check(tokcore_bytes_length(same) == 256 && tokcore_bytes_length(other) == 256, "not all have as many")) {
        check(memcmp(tokcore_bytes_data(one), tokcore_bytes_data(same), 256) == 0, "the same bytes are signed otherwise");
        check(memcmp(tokcore_bytes_data(one), tokcore_bytes_data(other), 256) != 0, "other bytes are not");
    }
    tokcore_bytes_free(one);
    tokcore_bytes_free(same);
    tokcore_bytes_free(other);
    tokcore_token_source_free(source);
}

static void by_google_with_leave(void)
{
    test("Google signs for a machine whose account may ask for it; else the role is named");
    tokcore_token_source *source = found_at(NULL);
    tokcore_bytes *signature = NULL;
    tokcore_error *error = NULL;
    tokcore_status status = tokcore_token_source_sign(source, bytes_of("a"), 1, NULL, &signature, &error);
    check(status == TOKCORE_STATUS_DENIED && signature == NULL, "%s", tokcore_kind_name(status));
    const char *hint = tokcore_error_hint(error);
    check(hint && strstr(hint, "roles/iam.serviceAccountTokenCreator"), "%s", hint);
    tokcore_error_free(error);
    tokcore_token_source_free(source);
}

static void by_nobody(const char *who, const char *path)
{
    test("nobody signs for %s", who);
    tokcore_token_source *source = found_at(path);
    tokcore_bytes *signature = NULL;
    tokcore_error *error = NULL;
    tokcore_status status = tokcore_token_source_sign(source, bytes_of("a"), 1, NULL, &signature, &error);
    check(status == TOKCORE_STATUS_INVALID_STATE && signature == NULL, "%s", tokcore_kind_name(status));
    check_text("signer", NULL, tokcore_token_source_signer(source));
    check(tokcore_error_hint(error) != NULL, "no hint: %s", tokcore_error_message(error));
    tokcore_error_free(error);
    tokcore_token_source_free(source);
}

static void interrupted(void)
{
    test("a signature that Google has to make can be cancelled");
    tokcore_token_source *source = found_at(path_of("impersonated_service_account"));
    tokcore_cancel *cancel = NULL;
    tokcore_bytes *signature = NULL;
    tokcore_cancel_new(&cancel, NULL);
    tokcore_cancel_fire(cancel);
    tokcore_status status = tokcore_token_source_sign(source, bytes_of("a"), 1, cancel, &signature, NULL);
    check(status == TOKCORE_STATUS_CANCELLED && signature == NULL, "%s", tokcore_kind_name(status));
    tokcore_cancel_free(cancel);
    tokcore_token_source_free(source);
}

/* ---- What a program has of Google's ------------------------------------------------------------------------------- */

static void machine(void)
{
    test("the machine tells its project, its cloud and what its tokens are good for");
    tokcore_fields *machine = NULL;
    tokcore_error *error = NULL;
    if (succeeded(tokcore_google_machine(NULL, &machine, &error), &error) && check(machine != NULL, "no machine")) {
        check_text("project_id", "fake-project", tokcore_fields_get(machine, "project_id"));
        check_text("universe_domain", "googleapis.com", tokcore_fields_get(machine, "universe_domain"));
        const char *scopes = tokcore_fields_get(machine, "scopes");
        check(scopes && strstr(scopes, "https://www.googleapis.com/auth/cloud-platform"), "scopes: %s", scopes);
    }
    tokcore_fields_free(machine);
}

static void clients(void)
{
    static const char *const kinds[] = {"installed", "web"};
    for (size_t at = 0; at < 2; at++) {
        test("the file of a client that is %s", kinds[at]);
        char name[32];
        snprintf(name, sizeof name, "client_%s", kinds[at]);
        tokcore_fields *client = NULL;
        tokcore_error *error = NULL;
        succeeded(tokcore_google_read_client(path_of(name), &client, &error), &error);
        check_text("type", kinds[at], tokcore_fields_get(client, "type"));
        tokcore_fields_free(client);
    }
}

int main(int count, char **arguments)
{
    if (count != 2 || (files = json_load_file(arguments[1], 0, NULL)) == NULL) {
        fprintf(stderr, "usage: %s <files.json>\n", arguments[0]);
        return 2;
    }
    tokcore_person_new_nobody(&nobody, NULL);
    proofs();
    shared_proofs();
    asking_proofs();
    impersonating_proofs();
    wrong_proofs();
    by_key();
    by_google();
    by_google_with_leave();
    by_nobody("a user", path_of("authorized_user"));
    by_nobody("a pool's own identity", path_of("external_account_file"));
    interrupted();
    machine();
    clients();
    tokcore_person_free(nobody);
    json_decref(files);
    return report();
}
