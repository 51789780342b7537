#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "abi.h"
#include "report.h"

/* Each is broken at its third byte. */
static const char *const broken[] = {
    "ab\xff", "ab\x80", "ab\xc0\x80", "ab\xe2\x82", "ab\xed\xa0\x80", "ab\xf4\x90\x80\x80", "ab\xf8\x88\x80\x80\x80",
};

#define BROKEN_COUNT (sizeof broken / sizeof *broken)

/* Calls every function that takes text, with `text` in that place; each must refuse it with a message that holds
 * `part`. */
static void refuse_everywhere(const char *text, const char *part)
{
    tokcore_error *error = NULL;
    tokcore_client *client = NULL;
    tokcore_client_options *options = NULL;
    tokcore_request *request = NULL;
    tokcore_filter *filter = NULL;
    tokcore_credentials *credentials = NULL;
    tokcore_integration *item = NULL;
    tokcore_azure_token *azure = NULL;
    tokcore_text *url = NULL;
    check(tokcore_client_new(NULL, &client, NULL) == TOKCORE_STATUS_OK &&
              tokcore_client_options_new(&options, NULL) == TOKCORE_STATUS_OK &&
              tokcore_request_new(&request, NULL) == TOKCORE_STATUS_OK &&
              tokcore_filter_new(&filter, NULL) == TOKCORE_STATUS_OK,
          "objects");
#define REFUSES(name, call)                                                                                            \
    do {                                                                                                               \
        tokcore_status status = call;                                                                                  \
        char named[64];                                                                                                \
        snprintf(named, sizeof named, "`%s` %s", name, part);                                                          \
        check_refused(#call, status, &error, named);                                                                   \
    } while (0)
    REFUSES("audience", tokcore_client_credentials(client, text, NULL, NULL, &credentials, &error));
    REFUSES("user_session_token", tokcore_client_credentials(client, "a", text, NULL, &credentials, &error));
    REFUSES("guid", tokcore_client_integration(client, text, NULL, &item, &error));
    REFUSES("resource", tokcore_client_azure_token(client, text, NULL, &azure, &error));
    REFUSES("guid", tokcore_client_sign_in_url(client, text, NULL, &url, &error));
    REFUSES("name", tokcore_client_options_set_backend(options, text, &error));
    REFUSES("url", tokcore_client_options_set_server_address(options, text, &error));
    REFUSES("audience", tokcore_request_set_audience(request, text, &error));
    REFUSES("user_session_token", tokcore_request_set_user_session_token(request, text, &error));
    REFUSES("requested_token_type", tokcore_request_set_requested_token_type(request, text, &error));
    REFUSES("name", tokcore_filter_set_name(filter, text, &error));
    REFUSES("display_name", tokcore_filter_set_display_name(filter, text, &error));
    REFUSES("guid", tokcore_filter_set_guid(filter, text, &error));
    check(!credentials && !item && !azure && !url, "an output was written");
    tokcore_client_free(client);
    tokcore_client_options_free(options);
    tokcore_request_free(request);
    tokcore_filter_free(filter);
}

static void paths(void)
{
    test("a path may be any bytes, because Unix paths are");
    tokcore_client_options *options = NULL;
    check(tokcore_client_options_new(&options, NULL) == TOKCORE_STATUS_OK, "no options");
    check(tokcore_client_options_set_ca_file(options, "/tmp/\xe9t\xe9.pem", NULL) == TOKCORE_STATUS_OK, "refused");
    tokcore_client_options_free(options);
}

void test_text(void)
{
    test("text that is not UTF-8 is refused and named, with the place");
    for (size_t index = 0; index < BROKEN_COUNT; index++) {
        refuse_everywhere(broken[index], "is not UTF-8 at byte 2");
    }
    test("text of more than 1 MiB is refused and named");
    size_t size = ((size_t)1 << 20) + 1;
    char *endless = malloc(size + 1);
    memset(endless, 'x', size);
    endless[size] = '\0';
    refuse_everywhere(endless, "is longer than 1 MiB");
    free(endless);
    paths();
}
