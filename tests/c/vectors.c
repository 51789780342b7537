#include "vectors.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static json_t *load(const char *path)
{
    json_error_t error;
    json_t *table = json_load_file(path, JSON_ALLOW_NUL, &error);
    if (table == NULL) {
        fprintf(stderr, "%s:%d: %s\n", path, error.line, error.text);
        exit(2);
    }
    return table;
}

static json_t *replace_text(json_t *text, json_t *names)
{
    const char *rest = json_string_value(text), *name;
    json_t *value;
    char *result = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&result, &length);
    while (*rest != '\0') {
        size_t skip = 0;
        json_object_foreach (names, name, value) {
            size_t size = strlen(name);
            if (strncmp(rest, "${", 2) == 0 && strncmp(rest + 2, name, size) == 0 && rest[2 + size] == '}') {
                fputs(json_string_value(value), out);
                skip = size + 3;
                break;
            }
        }
        if (skip == 0) {
            fputc(*rest, out);
            skip = 1;
        }
        rest += skip;
    }
    fclose(out);
    json_t *replaced = json_stringn(result, length);
    free(result);
    return replaced;
}

json_t *vectors_replace(json_t *value, json_t *names)
{
    const char *key;
    size_t index;
    json_t *item, *copy;
    switch (json_typeof(value)) {
    case JSON_STRING:
        /* A text with a NUL inside holds no name. */
        return strlen(json_string_value(value)) == json_string_length(value) ? replace_text(value, names)
                                                                             : json_incref(value);
    case JSON_ARRAY:
        copy = json_array();
        json_array_foreach (value, index, item) {
            json_array_append_new(copy, vectors_replace(item, names));
        }
        return copy;
    case JSON_OBJECT:
        copy = json_object();
        json_object_foreach (value, key, item) {
            json_object_set_new(copy, key, vectors_replace(item, names));
        }
        return copy;
    default:
        return json_incref(value);
    }
}

/* `env` and `files` are merged member by member, and null removes; any other member is taken whole. */
static void fill_in(json_t *vector, json_t *defaults)
{
    const char *merged[] = {"env", "files"};
    for (size_t index = 0; index < 2; index++) {
        json_t *common = json_object_get(defaults, merged[index]), *own = json_object_get(vector, merged[index]),
               *value;
        json_t *all = json_is_object(common) ? json_copy(common) : json_object();
        const char *key;
        void *next;
        json_object_update(all, own);
        json_object_foreach_safe (all, next, key, value) {
            if (json_is_null(value)) {
                json_object_del(all, key);
            }
        }
        json_object_set_new(vector, merged[index], all);
    }
    json_object_update_missing(vector, defaults);
}

static json_t *complete(json_t *vector, json_t *table)
{
    json_t *whole = json_copy(vector);
    fill_in(whole, json_object_get(table, "defaults"));
    json_t *named = vectors_replace(whole, json_object_get(table, "let"));
    json_decref(whole);
    return named;
}

static void each_table(const char *folder, void (*visit)(json_t *table, void *data), void *data)
{
    char pattern[512];
    glob_t files;
    snprintf(pattern, sizeof pattern, "%s/client/*.json", folder);
    if (glob(pattern, 0, NULL, &files) != 0) {
        fprintf(stderr, "no vectors at %s\n", pattern);
        exit(2);
    }
    for (size_t index = 0; index < files.gl_pathc; index++) {
        json_t *table = load(files.gl_pathv[index]);
        visit(table, data);
        json_decref(table);
    }
    globfree(&files);
}

struct each {
    void (*run)(json_t *, json_t *);
};

static void run_table(json_t *table, void *data)
{
    struct each *each = data;
    size_t index;
    json_t *vector;
    json_array_foreach (json_object_get(table, "cases"), index, vector) {
        json_t *whole = complete(vector, table);
        each->run(whole, json_object_get(table, "secrets"));
        json_decref(whole);
    }
}

void vectors_each(const char *folder, void (*run)(json_t *, json_t *))
{
    each_table(folder, run_table, &(struct each){run});
}

struct wanted {
    const char *id;
    json_t *found;
};

static void find_in_table(json_t *table, void *data)
{
    struct wanted *wanted = data;
    size_t index;
    json_t *vector;
    json_array_foreach (json_object_get(table, "cases"), index, vector) {
        if (strcmp(json_string_value(json_object_get(vector, "id")), wanted->id) == 0) {
            wanted->found = complete(vector, table);
        }
    }
}

json_t *vectors_case(const char *folder, const char *id)
{
    struct wanted wanted = {id, NULL};
    each_table(folder, find_in_table, &wanted);
    if (wanted.found == NULL) {
        fprintf(stderr, "no case %s\n", id);
        exit(2);
    }
    return wanted.found;
}

json_t *vectors_list(const char *folder, const char *file, const char *name)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, file);
    json_t *table = load(path), *list = json_incref(json_object_get(table, name));
    json_decref(table);
    return list;
}
