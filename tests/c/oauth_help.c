#include <curl/curl.h>
#include <dirent.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include "oauth.h"
#include "report.h"

extern char **environ;

tokcore_settings *settings(const char *name, ...)
{
    tokcore_settings *made = NULL;
    tokcore_status status = tokcore_settings_new(&made, NULL);
    va_list rest;
    va_start(rest, name);
    for (; name != NULL; name = va_arg(rest, const char *)) {
        const char *value = va_arg(rest, const char *);
        tokcore_error *error = NULL;
        if (value == NULL) {
            continue;
        }
        switch (*name) {
        case '+':
            status = tokcore_settings_add(made, name + 1, value, &error);
            break;
        case '?':
            status = tokcore_settings_set_flag(made, name + 1, strcmp(value, "true") == 0, &error);
            break;
        case '#':
            status = tokcore_settings_set_int(made, name + 1, strtoll(value, NULL, 10), &error);
            break;
        case '{':
            status = tokcore_settings_set_json(made, name + 1, value, &error);
            break;
        default:
            status = tokcore_settings_set(made, name, value, &error);
        }
        check(status == TOKCORE_STATUS_OK, "setting %s: %s", name, tokcore_error_message(error));
        tokcore_error_free(error);
    }
    va_end(rest);
    return made;
}

tokcore_oauth_client *client_of(tokcore_settings *settings)
{
    tokcore_oauth_client *client = NULL;
    tokcore_error *error = NULL;
    succeeded(tokcore_oauth_client_new(settings, &client, &error), &error);
    tokcore_settings_free(settings);
    return client;
}

tokcore_token_source *source_of(const tokcore_oauth_client *client, tokcore_settings *settings)
{
    tokcore_token_source *source = NULL;
    tokcore_error *error = NULL;
    succeeded(tokcore_token_source_new(client, settings, &source, &error), &error);
    tokcore_settings_free(settings);
    return source;
}

tokcore_oauth_client *usual_client(void)
{
    return client_of(settings("client_id", "tokcore-e2e", "client_secret", "client-secret-canary", "auth_method",
                              "client_secret_post", "issuer", oidc, NULL));
}

tokcore_oauth_client *second_client(const char *id, const char *secret, const char *method)
{
    return client_of(settings("client_id", id, "client_secret", secret, "auth_method", method, "issuer", second,
                              "discovery", "oauth", NULL));
}

const tokcore_person *nobody(void)
{
    static tokcore_person *nobody;
    if (nobody == NULL) {
        tokcore_person_new_nobody(&nobody, NULL);
    }
    return nobody;
}

bool succeeded(tokcore_status status, tokcore_error **error)
{
    check(status == TOKCORE_STATUS_OK && *error == NULL, "%s (%s): %s; %s", tokcore_kind_name(status),
          tokcore_error_reason(*error), tokcore_error_message(*error), tokcore_error_hint(*error));
    tokcore_error_free(*error);
    *error = NULL;
    return status == TOKCORE_STATUS_OK;
}

void failed_as(tokcore_status wanted, const char *reason, tokcore_status status, tokcore_error **error)
{
    check(status == wanted, "%s instead of %s: %s", tokcore_kind_name(status), tokcore_kind_name(wanted),
          tokcore_error_message(*error));
    check(tokcore_error_kind(*error) == status, "the error is of another kind");
    check_text("reason", reason, tokcore_error_reason(*error));
    const char *shown[] = {tokcore_error_message(*error), tokcore_error_hint(*error), tokcore_error_detail(*error)};
    for (size_t index = 0; index < sizeof shown / sizeof *shown; index++) {
        check(shown[index] == NULL || strstr(shown[index], "canary") == NULL, "a secret is shown: %s", shown[index]);
    }
    check(shown[0] != NULL && strpbrk(shown[0], "\r\n") == NULL, "the message is not one line");
    tokcore_error_free(*error);
    *error = NULL;
}

long http(const char *method, const char *url, const char *header, json_t **answer)
{
    char *body = NULL;
    size_t length = 0;
    long status = 0;
    FILE *text = open_memstream(&body, &length);
    CURL *curl = curl_easy_init();
    struct curl_slist *headers = curl_slist_append(NULL, header ? header : "Accept: */*");
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, text);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    CURLcode outcome = curl_easy_perform(curl);
    check(outcome == CURLE_OK, "%s %s: %s", method, url, curl_easy_strerror(outcome));
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    fclose(text);
    if (answer != NULL) {
        *answer = json_loads(body, JSON_ALLOW_NUL, NULL);
    }
    free(body);
    curl_slist_free_all(headers);
    curl_easy_cleanup(curl);
    return status;
}

long stat_of(const char *name)
{
    json_t *stats = NULL, *found;
    http("GET", at(oidc, "/__stats"), NULL, &stats);
    const char *dot = strchr(name, '.');
    if (dot != NULL) {
        char group[32];
        snprintf(group, sizeof group, "%.*s", (int)(dot - name), name);
        found = json_object_get(json_object_get(stats, group), dot + 1);
    } else {
        found = json_object_get(stats, name);
    }
    long number = (long)json_integer_value(found);
    json_decref(stats);
    return number;
}

const char *at(const char *server, const char *path)
{
    static char texts[8][512];
    static unsigned next;
    char *text = texts[next++ % 8];
    snprintf(text, sizeof texts[0], "%s%s", server, path);
    return text;
}

static pid_t people[8];
static unsigned people_count;

void sign_in(const char *url, const char *code)
{
    char *with_code[] = {"python3", (char *)person, (char *)url, "--code", (char *)code, NULL};
    char *with_browser[] = {"python3", (char *)person, (char *)url, "--visit", NULL};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", 1, 0);
    char **words = code ? with_code : with_browser;
    int problem = posix_spawnp(&people[people_count++ % 8], words[0], &actions, NULL, words, environ);
    check(problem == 0, "nobody signs in: %s", strerror(problem));
    posix_spawn_file_actions_destroy(&actions);
}

void signed_in(void)
{
    while (people_count > 0) {
        int status = -1;
        waitpid(people[--people_count], &status, 0);
        check(WIFEXITED(status) && WEXITSTATUS(status) == 0, "the person ended with %d", status);
    }
}

tokcore_token *step_to_the_end(tokcore_flow *flow)
{
    tokcore_token *token = NULL;
    tokcore_error *error = NULL;
    int32_t state = TOKCORE_FLOW_WAITING;
    double end = now_ms() + 60000;
    while (state == TOKCORE_FLOW_WAITING && now_ms() < end) {
        /* Short steps: whatever they interrupt has to go on with the next one. */
        if (!succeeded(tokcore_flow_step(flow, 5, NULL, &state, &token, &error), &error)) {
            return NULL;
        }
    }
    check(state == TOKCORE_FLOW_DONE && token != NULL, "the sign-in did not end in a minute");
    return token;
}

unsigned descriptors(void)
{
    DIR *folder = opendir("/proc/self/fd");
    unsigned count = 0;
    while (readdir(folder) != NULL) {
        count++;
    }
    closedir(folder);
    return count;
}

double now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}
