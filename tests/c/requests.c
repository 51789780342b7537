#include "requests.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"

static const char *member(json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

static void check_each(const char *what, json_t *wanted, json_t *log, const char *(*of)(json_t *request))
{
    size_t index;
    json_t *text;
    check(json_array_size(wanted) == json_array_size(log), "%zu %s", json_array_size(log), what);
    json_array_foreach (wanted, index, text) {
        check_text(what, json_string_value(text), of(json_array_get(log, index)));
    }
}

static const char *path_of(json_t *request)
{
    return member(request, "path");
}

static const char *cookie_of(json_t *request)
{
    return member(json_object_get(request, "headers"), "x-rs-session-server-rpc-cookie");
}

/* Undoes the encoding of a form in place. */
static void decode(char *text)
{
    char *out = text;
    unsigned byte;
    for (; *text != '\0'; text++) {
        if (*text == '%' && sscanf(text + 1, "%2x", &byte) == 1) {
            *out++ = (char)byte;
            text += 2;
        } else {
            *out++ = *text == '+' ? ' ' : *text;
        }
    }
    *out = '\0';
}

/* The members of a form, to be released. */
static json_t *form_of(const char *body)
{
    json_t *form = json_object();
    char *copy = strdup(body), *rest = NULL;
    for (char *pair = strtok_r(copy, "&", &rest); pair != NULL; pair = strtok_r(NULL, "&", &rest)) {
        char *value = strchr(pair, '=');
        if (value != NULL) {
            *value++ = '\0';
            decode(pair);
            decode(value);
            json_object_set_new(form, pair, json_string(value));
        }
    }
    free(copy);
    return form;
}

static void check_body(json_t *wanted, const char *body)
{
    const char *name;
    json_t *value;
    size_t index;
    json_t *json = json_loads(body, JSON_DECODE_ANY, NULL), *form = form_of(body);
    json_object_foreach (json_object_get(wanted, "json"), name, value) {
        check(json_equal(value, json_object_get(json, name)), "member %s of the body", name);
    }
    json_object_foreach (json_object_get(wanted, "form"), name, value) {
        check_text(name, json_string_value(value), member(form, name));
    }
    json_array_foreach (json_object_get(wanted, "form_lacks"), index, value) {
        check(json_object_get(form, json_string_value(value)) == NULL, "the form has %s", json_string_value(value));
    }
    json_decref(json);
    json_decref(form);
}

static void check_request(json_t *wanted, json_t *found)
{
    const char *lines[] = {"method", "path", "query"}, *name;
    json_t *value;
    if (!check(found != NULL, "no request came")) {
        return;
    }
    for (size_t index = 0; index < 3; index++) {
        if (json_object_get(wanted, lines[index]) != NULL) {
            check_text(lines[index], member(wanted, lines[index]), member(found, lines[index]));
        }
    }
    json_object_foreach (json_object_get(wanted, "headers"), name, value) {
        check_text(name, json_string_value(value), member(json_object_get(found, "headers"), name));
    }
    check_body(wanted, member(found, "body"));
}

void requests_check(json_t *log, json_t *expect)
{
    json_t *count = json_object_get(expect, "requests"), *wanted;
    if (count != NULL) {
        check((json_int_t)json_array_size(log) == json_integer_value(count), "%zu requests", json_array_size(log));
    }
    if ((wanted = json_object_get(expect, "paths")) != NULL) {
        check_each("paths", wanted, log, path_of);
    }
    if ((wanted = json_object_get(expect, "cookies")) != NULL) {
        check_each("cookies", wanted, log, cookie_of);
    }
    if ((wanted = json_object_get(expect, "request")) != NULL) {
        check_request(wanted, json_array_get(log, 0));
    }
}
