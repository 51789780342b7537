/*
 * The table of encrypted secrets through the C interface, and what only C can do wrong.
 *
 *     secrets <folder of the vectors>
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <tokcore.h>
#include <unistd.h>

#include "report.h"

static json_t *member(json_t *object, const char *name)
{
    return json_object_get(object, name);
}

static const char *text(json_t *object, const char *name)
{
    return json_string_value(member(object, name));
}

static const uint8_t *bytes(const char *text)
{
    return (const uint8_t *)text;
}

/* ---- What a case expects ----------------------------------------------------------------------------------------- */

static void check_parts(const char *what, json_t *parts, const char *told)
{
    size_t index;
    json_t *part;
    json_array_foreach(parts, index, part)
    {
        check(told && strstr(told, json_string_value(part)), "the %s lacks \"%s\": %s", what, json_string_value(part), told);
    }
}

static tokcore_status wanted_status(const char *kind)
{
    if (kind == NULL) {
        return TOKCORE_STATUS_OK;
    }
    return strcmp(kind, "config_invalid") == 0 ? TOKCORE_STATUS_CONFIG_INVALID : TOKCORE_STATUS_INVALID_ARGUMENT;
}

/* Frees the error. */
static void check_outcome(json_t *expect, tokcore_status status, tokcore_error *error, const char *found)
{
    const char *kind = text(expect, "kind");
    check_text("status", tokcore_kind_name(wanted_status(kind)), tokcore_kind_name(status));
    if (kind == NULL && text(expect, "text") != NULL) {
        check_text("text", text(expect, "text"), found);
    }
    if (kind != NULL) {
        check(found == NULL, "an output was written");
        check_text("reason", text(expect, "reason"), tokcore_error_reason(error));
        check_parts("message", member(expect, "message"), tokcore_error_message(error));
        check_parts("hint", member(expect, "hint"), tokcore_error_hint(error));
        check(!strstr(tokcore_error_message(error), "canary"), "the message repeats a secret");
    }
    tokcore_error_free(error);
}

/* ---- One case ---------------------------------------------------------------------------------------------------- */

/* The key of a case: its text, its bytes or its variable. */
static tokcore_status key_of(json_t *row, bool as_bytes, tokcore_secret_key **key, tokcore_error **error)
{
    const char *hex = text(row, "key_hex"), *variable = text(row, "variable");
    if (variable != NULL) {
        unsetenv(variable);
        if (text(row, "value") != NULL) {
            setenv(variable, text(row, "value"), 1);
        }
        return tokcore_secret_key_new_from_variable(variable, key, error);
    }
    if (!as_bytes) {
        return tokcore_secret_key_new(text(row, "key"), key, error);
    }
    uint8_t raw[32];
    size_t length = 0;
    for (unsigned byte; length < sizeof raw && sscanf(hex + 2 * length, "%2x", &byte) == 1; length++) {
        raw[length] = (uint8_t)byte;
    }
    return tokcore_secret_key_new_from_bytes(raw, length, key, error);
}

static void decrypt(json_t *row, bool as_bytes)
{
    tokcore_secret_key *key = NULL;
    tokcore_text *found = NULL;
    tokcore_error *error = NULL;
    const uint8_t *encrypted = bytes(text(row, "encrypted"));
    size_t length = json_string_length(member(row, "encrypted"));
    tokcore_status status = key_of(row, as_bytes, &key, &error);
    if (status == TOKCORE_STATUS_OK) {
        status = strcmp(text(row, "do"), "decrypt_json") == 0
                     ? tokcore_secret_decrypt_json(key, encrypted, length, &found, &error)
                     : tokcore_secret_decrypt_text(key, encrypted, length, &found, &error);
    }
    check_outcome(member(row, "expect"), status, error, tokcore_text_value(found));
    tokcore_text_free(found);
    tokcore_secret_key_free(key);
}

static void make_key(json_t *row)
{
    tokcore_text *made = NULL, *other = NULL;
    tokcore_error *error = NULL;
    size_t size = (size_t)json_integer_value(member(row, "bytes"));
    tokcore_status status = tokcore_secret_make_key(size, &made, &error);
    check_outcome(member(row, "expect"), status, error, tokcore_text_value(made));
    if (made != NULL && tokcore_secret_make_key(size, &other, NULL) == TOKCORE_STATUS_OK) {
        size_t wanted = (size_t)json_integer_value(member(member(row, "expect"), "characters"));
        check(strlen(tokcore_text_value(made)) == wanted, "%zu characters", strlen(tokcore_text_value(made)));
        check(strcmp(tokcore_text_value(made), tokcore_text_value(other)) != 0, "twice the same key");
    }
    tokcore_text_free(other);
    tokcore_text_free(made);
}

static void write_file(const char *path, const char *content)
{
    FILE *file = fopen(path, "w");
    if (check(file != NULL, "%s cannot be made", path)) {
        fputs(content, file);
        fclose(file);
    }
}

static void file(json_t *row)
{
    char folder[] = "/tmp/tokcore-c-secrets-XXXXXX", clear[64], encrypted[64];
    tokcore_secret_key *key = NULL;
    tokcore_bytes *found = NULL;
    tokcore_error *error = NULL;
    const char *content = text(row, "content");
    check(mkdtemp(folder) != NULL, "no folder");
    snprintf(clear, sizeof clear, "%s/clear.json", folder);
    snprintf(encrypted, sizeof encrypted, "%s/encrypted.json", folder);
    write_file(clear, content);
    check(key_of(row, false, &key, &error) == TOKCORE_STATUS_OK, "no key");
    check(tokcore_secret_encrypt_file(key, clear, encrypted, text(row, "format"), &error) == TOKCORE_STATUS_OK, "%s",
          tokcore_error_message(error));
    struct stat found_there;
    check(stat(encrypted, &found_there) == 0 && (found_there.st_mode & 0777) == 0600, "others can read it");
    check(tokcore_secret_decrypt_file(key, encrypted, &found, &error) == TOKCORE_STATUS_OK, "%s",
          tokcore_error_message(error));
    check(tokcore_bytes_length(found) == strlen(content) &&
              memcmp(tokcore_bytes_data(found), content, strlen(content)) == 0,
          "another content");
    unlink(clear), unlink(encrypted), rmdir(folder);
    tokcore_error_free(error);
    tokcore_bytes_free(found);
    tokcore_secret_key_free(key);
}

static void run(json_t *row)
{
    const char *what = text(row, "do");
    test("%s: %s", text(row, "id"), text(row, "why"));
    if (strcmp(what, "make_key") == 0) {
        make_key(row);
    } else if (strcmp(what, "file") == 0) {
        file(row);
    } else {
        if (text(row, "key_hex") != NULL) {
            decrypt(row, true);
        }
        if (text(row, "key") != NULL || text(row, "variable") != NULL) {
            decrypt(row, false);
        }
    }
}

/* ---- What no table can say --------------------------------------------------------------------------------------- */

static void binary(void)
{
    test("bytes go in and come out, in both formats");
    tokcore_secret_key *key = NULL;
    tokcore_secret_key_new("AAECAwQFBgcICQoLDA0ODw", &key, NULL);
    const char *formats[] = {NULL, "tokcore", "gargle"};
    for (size_t at = 0; at < 3; at++) {
        tokcore_text *encrypted = NULL;
        tokcore_bytes *found = NULL;
        check(tokcore_secret_encrypt(key, bytes("a\0\xff"), 3, formats[at], &encrypted, NULL) == TOKCORE_STATUS_OK, "refused");
        const char *line = tokcore_text_value(encrypted);
        check((strncmp(line, "tkc1.", 5) == 0) == (at < 2), "another format: %s", line);
        tokcore_secret_decrypt(key, bytes(line), strlen(line), &found, NULL);
        check(tokcore_bytes_length(found) == 3 && memcmp(tokcore_bytes_data(found), "a\0\xff", 3) == 0, "other bytes");
        tokcore_bytes_free(found);
        tokcore_text_free(encrypted);
    }
    tokcore_secret_key_free(key);
}

/* A call that must be refused as INVALID_ARGUMENT with `part` in its message. */
#define REFUSES(part, call)                                                                                            \
    do {                                                                                                               \
        tokcore_error *error = NULL, **err = &error;                                                                   \
        check(call == TOKCORE_STATUS_INVALID_ARGUMENT, "%s was not refused", #call);                                   \
        check(strstr(tokcore_error_message(error), part), "%s: %s", #call, tokcore_error_message(error));              \
        tokcore_error_free(error);                                                                                     \
    } while (0)

static void misuse(void)
{
    test("NULL and bad text are refused and named");
    tokcore_secret_key *key = NULL, *other = NULL;
    tokcore_text *made = NULL;
    tokcore_bytes *content = NULL;
    bool has_key = true;
    tokcore_secret_key_new("AAECAwQFBgcICQoLDA0ODw", &key, NULL);
    REFUSES("`text`", tokcore_secret_make_key(32, NULL, err));
    REFUSES("`variable`", tokcore_secret_has_key(NULL, &has_key, err));
    REFUSES("`has_key`", tokcore_secret_has_key("A", NULL, err));
    REFUSES("`text`", tokcore_secret_key_new(NULL, &other, err));
    REFUSES("`key`", tokcore_secret_key_new("AAAA", NULL, err));
    REFUSES("`variable`", tokcore_secret_key_new_from_variable(NULL, &other, err));
    REFUSES("`bytes` is NULL", tokcore_secret_key_new_from_bytes(NULL, 16, &other, err));
    REFUSES("secret_key is NULL", tokcore_secret_encrypt(NULL, bytes("a"), 1, NULL, &made, err));
    REFUSES("`content` is NULL", tokcore_secret_encrypt(key, NULL, 1, NULL, &made, err));
    REFUSES("`text`", tokcore_secret_encrypt(key, bytes("a"), 1, NULL, NULL, err));
    REFUSES("no format", tokcore_secret_encrypt(key, bytes("a"), 1, "sodium", &made, err));
    REFUSES("secret_key is NULL", tokcore_secret_decrypt(NULL, bytes("a"), 1, &content, err));
    REFUSES("`text` is NULL", tokcore_secret_decrypt(key, NULL, 1, &content, err));
    REFUSES("`content`", tokcore_secret_decrypt(key, bytes("a"), 1, NULL, err));
    REFUSES("`content`", tokcore_secret_decrypt_text(key, bytes("a"), 1, NULL, err));
    REFUSES("`json`", tokcore_secret_decrypt_json(key, bytes("a"), 1, NULL, err));
    REFUSES("`from`", tokcore_secret_encrypt_file(key, NULL, "b", NULL, err));
    REFUSES("`to`", tokcore_secret_encrypt_file(key, "a", NULL, NULL, err));
    REFUSES("`path`", tokcore_secret_decrypt_file(key, NULL, &content, err));
    REFUSES("`content`", tokcore_secret_decrypt_file(key, "a", NULL, err));
    check(!other && !made && !content && has_key, "an output was written");
    tokcore_secret_key_free(key);
    tokcore_secret_key_free(NULL);

    test("whether there is a key");
    setenv("TOKCORE_TEST_SECRET_KEY", "", 1);
    check(tokcore_secret_has_key("TOKCORE_TEST_SECRET_KEY", &has_key, NULL) == TOKCORE_STATUS_OK && !has_key, "empty");
    setenv("TOKCORE_TEST_SECRET_KEY", "AAAA", 1);
    check(tokcore_secret_has_key("TOKCORE_TEST_SECRET_KEY", &has_key, NULL) == TOKCORE_STATUS_OK && has_key, "set");
}

int main(int count, char **arguments)
{
    char path[1024];
    if (count < 2) {
        fprintf(stderr, "usage: %s <vectors>\n", arguments[0]);
        return 2;
    }
    snprintf(path, sizeof path, "%s/google/secrets.json", arguments[1]);
    json_t *table = json_load_file(path, JSON_ALLOW_NUL, NULL), *row;
    size_t index;
    json_array_foreach(member(table, "cases"), index, row)
    {
        /* A key of another type does not compile. */
        if (member(row, "key_given") == NULL) {
            run(row);
        }
    }
    json_decref(table);
    binary();
    misuse();
    return report();
}
