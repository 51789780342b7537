/* Calls an API again and again, with a token that is always usable and nobody to ask: batch CLIENT.toml URL TIMES */
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <tokcore.h>

static size_t keep_challenge(char *line, size_t size, size_t count, void *refusal)
{
    const char name[] = "www-authenticate: ";
    char value[1024];
    if (size * count > sizeof name - 1 && size * count < sizeof value && strncasecmp(line, name, sizeof name - 1) == 0) {
        snprintf(value, sizeof value, "%.*s", (int)(size * count - sizeof name - 1), line + sizeof name - 1);
        tokcore_refusal_add_www_authenticate(refusal, value, NULL);
    }
    return size * count;
}

static size_t discard(char *body, size_t size, size_t count, void *nobody)
{
    (void)body, (void)nobody;
    return size * count;
}

/* One request with `token`: its status, 0 without an answer. What speaks of the token goes to `refusal`. */
static long call(const tokcore_token_source *source, const tokcore_token *token, const char *url,
                 tokcore_refusal *refusal, tokcore_error **error)
{
    tokcore_fields *fields = NULL;
    struct curl_slist *headers = NULL;
    char line[8192];
    long status = 0;
    if (tokcore_token_source_request_headers(source, token, "GET", url, &fields, error) != TOKCORE_STATUS_OK) {
        return 0;
    }
    for (size_t at = 0; at < tokcore_fields_count(fields); at++) {
        snprintf(line, sizeof line, "%s: %s", tokcore_fields_name(fields, at), tokcore_fields_value(fields, at));
        headers = curl_slist_append(headers, line);
    }
    CURL *curl = curl_easy_init();
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, keep_challenge);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, refusal);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, discard);
    if (curl_easy_perform(curl) == CURLE_OK) {
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    }
    curl_easy_cleanup(curl);
    curl_slist_free_all(headers);
    tokcore_fields_free(fields);
    return status;
}

/* The same, and once more with a new token if the API refuses the one that we have. */
static long call_with_recovery(const tokcore_token_source *source, const tokcore_person *nobody, tokcore_token **token,
                               const char *url, tokcore_error **error)
{
    tokcore_refusal *refusal = NULL;
    tokcore_token *retry = NULL;
    if (tokcore_refusal_new(401, &refusal, error) != TOKCORE_STATUS_OK) {
        return 0;
    }
    long status = call(source, *token, url, refusal, error);
    if (status == 401 &&
        tokcore_token_source_recover(source, *token, refusal, nobody, NULL, &retry, error) == TOKCORE_STATUS_OK &&
        retry != NULL) {
        tokcore_token_free(*token);
        *token = retry;
        status = call(source, *token, url, refusal, error);
    }
    tokcore_refusal_free(refusal);
    return status;
}

int main(int count, char **words)
{
    tokcore_oauth_client *client = NULL;
    tokcore_settings *request = NULL;
    tokcore_token_source *source = NULL;
    tokcore_person *nobody = NULL;
    tokcore_token *token = NULL;
    tokcore_error *error = NULL;
    long status = 200;
    if (count != 4) {
        fprintf(stderr, "usage: batch CLIENT.toml URL TIMES\n");
        return 2;
    }
    tokcore_person_new_nobody(&nobody, NULL);
    tokcore_settings_new(&request, NULL);
    tokcore_settings_set(request, "grant", "client_credentials", NULL);
    if (tokcore_oauth_client_new_from_file(words[1], &client, &error) == TOKCORE_STATUS_OK) {
        tokcore_token_source_new(client, request, &source, &error);
    }
    for (long left = strtol(words[3], NULL, 10); left > 0 && error == NULL && status == 200; left--) {
        /* A token that still is usable is left alone, at the cost of reading a clock: ask before each request. */
        if (tokcore_token_source_token(source, nobody, NULL, &token, &error) == TOKCORE_STATUS_OK) {
            status = call_with_recovery(source, nobody, &token, words[2], &error);
            printf("HTTP %ld\n", status);
        }
    }
    if (error != NULL) {
        fprintf(stderr, "batch: %s\n", tokcore_error_report(error));
    }
    int failed = error != NULL || status != 200;
    tokcore_error_free(error);
    tokcore_token_free(token);
    tokcore_token_source_free(source);
    tokcore_oauth_client_free(client);
    tokcore_settings_free(request);
    tokcore_person_free(nobody);
    return failed;
}
