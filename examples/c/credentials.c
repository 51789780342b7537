/* Lists the integrations of this session, takes a token for one of them, and calls an API with it. */
#define _POSIX_C_SOURCE 200809L
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <tokcore.h>

static const char *status_of(const tokcore_integration *item)
{
    switch (tokcore_integration_authenticated(item)) {
    case TOKCORE_YES:
        return "signed in";
    case TOKCORE_NO:
        return "not signed in";
    default:
        return "unknown";
    }
}

static const char *or_empty(const char *text)
{
    return text ? text : "";
}

/* Prints the integrations; the result is the GUID of the first one that the user is signed in to, or NULL. */
static const char *show(const tokcore_integrations *integrations)
{
    const char *signed_in = NULL;
    for (size_t at = 0; at < tokcore_integrations_count(integrations); at++) {
        const tokcore_integration *item = tokcore_integrations_at(integrations, at);
        const char *name = or_empty(tokcore_integration_name(item)), *guid = tokcore_integration_guid(item);
        printf("C       integration  %-10s  %-13s  %s\n", name, status_of(item), or_empty(guid));
        if (signed_in == NULL && tokcore_integration_authenticated(item) == TOKCORE_YES) {
            signed_in = guid;
        }
    }
    return signed_in;
}

static void show_expiry(const tokcore_credentials *credentials)
{
    int64_t expiry = tokcore_credentials_expires_at_unix_s(credentials);
    if (expiry == TOKCORE_EXPIRY_UNKNOWN) {
        printf("C       token expires at an unknown time\n");
    } else {
        printf("C       token expires in %lld s\n", (long long)(expiry - time(NULL)));
    }
}

/* Calls the API. libcurl writes the header from the token, so that it stands in no list of arguments. */
static CURLcode call(const char *url, const tokcore_credentials *credentials)
{
    char *greeting = NULL;
    size_t length = 0;
    long status = 0;
    FILE *body = open_memstream(&greeting, &length);
    CURL *curl = curl_easy_init();
    struct curl_slist *headers = curl_slist_append(NULL, "Accept: text/plain");
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_HTTPAUTH, CURLAUTH_BEARER);
    curl_easy_setopt(curl, CURLOPT_XOAUTH2_BEARER, tokcore_credentials_access_token(credentials));
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, body);
    CURLcode outcome = curl_easy_perform(curl);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    fclose(body);
    if (outcome == CURLE_OK) {
        const char *host = strstr(url, "//"), *path = host ? strchr(host + 2, '/') : NULL;
        printf("C       GET %s → %ld (%s)\n", path ? path : "/", status, greeting);
    } else {
        fprintf(stderr, "GET %s: %s\n", url, curl_easy_strerror(outcome));
    }
    free(greeting);
    curl_slist_free_all(headers);
    curl_easy_cleanup(curl);
    return outcome;
}

int main(void)
{
    tokcore_client *client = NULL;
    tokcore_integrations *integrations = NULL;
    tokcore_credentials *credentials = NULL;
    tokcore_error *error = NULL;
    CURLcode called = CURLE_OK;
    if (tokcore_client_new(NULL, &client, &error) == TOKCORE_STATUS_OK &&
        tokcore_client_integrations(client, NULL, &integrations, &error) == TOKCORE_STATUS_OK) {
        const char *signed_in = show(integrations), *audience = getenv("TOKCORE_DEMO_GUID"), *api;
        tokcore_client_credentials(client, audience ? audience : signed_in, NULL, NULL, &credentials, &error);
        if (credentials != NULL) {
            show_expiry(credentials);
            api = getenv("TOKCORE_DEMO_API");
            called = api ? call(api, credentials) : CURLE_OK;
        }
    }
    if (error != NULL) {
        fprintf(stderr, "%s\n", tokcore_error_report(error));
    }
    int status = error != NULL || called != CURLE_OK;
    tokcore_error_free(error);
    tokcore_credentials_free(credentials);
    tokcore_integrations_free(integrations);
    tokcore_client_free(client);
    return status;
}
