#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "abi.h"
#include "report.h"

static void versions(void)
{
    test("the header and the library have the same version");
    char text[32];
    snprintf(text, sizeof text, "%d.%d.%d", TOKCORE_VERSION_MAJOR, TOKCORE_VERSION_MINOR, TOKCORE_VERSION_PATCH);
    check_text("text", text, tokcore_version());
    check_text("macro", text, TOKCORE_VERSION_STRING);
    check(tokcore_version_number() == TOKCORE_VERSION, "number: %u", tokcore_version_number());
    check(tokcore_abi() == TOKCORE_ABI, "interface: %u", tokcore_abi());
    check((TOKCORE_VERSION >> 16) == TOKCORE_VERSION_MAJOR && (TOKCORE_VERSION >> 8 & 255) == TOKCORE_VERSION_MINOR &&
              (TOKCORE_VERSION & 255) == TOKCORE_VERSION_PATCH,
          "the packed version does not unpack");
}

static void names(void)
{
    test("every status has its name");
    check_text("0", "Ok", tokcore_kind_name(TOKCORE_STATUS_OK));
    check_text("1", "InvalidArgument", tokcore_kind_name(TOKCORE_STATUS_INVALID_ARGUMENT));
    check_text("25", "NotSignedIn", tokcore_kind_name(TOKCORE_STATUS_NOT_SIGNED_IN));
    check_text("99", "Internal", tokcore_kind_name(TOKCORE_STATUS_INTERNAL));
    for (tokcore_status status = -300; status <= 300; status++) {
        check(tokcore_kind_name(status) != NULL, "%d has no name", status);
    }
    check_text("INT32_MIN", "Unknown", tokcore_kind_name(INT32_MIN));
}

/* A call with NULL for its object, and one with NULL for everything. */
#define REFUSES(part, call, with_error)                                                                                \
    do {                                                                                                               \
        tokcore_error *error = NULL, **err = &error;                                                                   \
        tokcore_status status = with_error;                                                                            \
        check_refused(#call, status, err, part);                                                                       \
        check(call == TOKCORE_STATUS_INVALID_ARGUMENT, "%s succeeds", #call);                                          \
    } while (0)

static void null_objects(void)
{
    test("NULL for an object is refused by every call");
    tokcore_credentials *creds = NULL;
    tokcore_integrations *list = NULL;
    tokcore_integration *item = NULL;
    tokcore_identity_token *identity = NULL;
    tokcore_azure_token *azure = NULL;
    tokcore_detection *detection = NULL;
    tokcore_text *text = NULL;
    REFUSES("client", tokcore_client_credentials(NULL, NULL, NULL, NULL, NULL, NULL),
            tokcore_client_credentials(NULL, "a", NULL, NULL, &creds, err));
    REFUSES("client", tokcore_client_credentials_for(NULL, NULL, NULL, NULL, NULL),
            tokcore_client_credentials_for(NULL, NULL, NULL, &creds, err));
    REFUSES("client", tokcore_client_integrations(NULL, NULL, NULL, NULL),
            tokcore_client_integrations(NULL, NULL, &list, err));
    REFUSES("client", tokcore_client_integration(NULL, NULL, NULL, NULL, NULL),
            tokcore_client_integration(NULL, "a", NULL, &item, err));
    REFUSES("client", tokcore_client_find_by(NULL, NULL, NULL, NULL, NULL, NULL, NULL),
            tokcore_client_find_by(NULL, NULL, NULL, NULL, NULL, &item, err));
    REFUSES("client", tokcore_client_identity_token(NULL, NULL, NULL, NULL),
            tokcore_client_identity_token(NULL, NULL, &identity, err));
    REFUSES("client", tokcore_client_azure_token(NULL, NULL, NULL, NULL, NULL),
            tokcore_client_azure_token(NULL, "a", NULL, &azure, err));
    REFUSES("client", tokcore_client_sign_in_url(NULL, NULL, NULL, NULL, NULL),
            tokcore_client_sign_in_url(NULL, "a", NULL, &text, err));
    REFUSES("client", tokcore_client_detect(NULL, false, NULL, NULL),
            tokcore_client_detect(NULL, false, &detection, err));
    REFUSES("client", tokcore_client_forget(NULL, NULL), tokcore_client_forget(NULL, err));
    REFUSES("client", tokcore_client_check(NULL, NULL), tokcore_client_check(NULL, err));
    REFUSES("client_options", tokcore_client_options_set_backend(NULL, NULL, NULL),
            tokcore_client_options_set_backend(NULL, "connect", err));
    REFUSES("client_options", tokcore_client_options_set_server_address(NULL, NULL, NULL),
            tokcore_client_options_set_server_address(NULL, "a", err));
    REFUSES("client_options", tokcore_client_options_set_ca_file(NULL, NULL, NULL),
            tokcore_client_options_set_ca_file(NULL, "a", err));
    REFUSES("client_options", tokcore_client_options_set_verify_tls(NULL, true, NULL),
            tokcore_client_options_set_verify_tls(NULL, true, err));
    REFUSES("client_options", tokcore_client_options_set_connect_timeout_ms(NULL, 1, NULL),
            tokcore_client_options_set_connect_timeout_ms(NULL, 1, err));
    REFUSES("client_options", tokcore_client_options_set_timeout_ms(NULL, 1, NULL),
            tokcore_client_options_set_timeout_ms(NULL, 1, err));
    REFUSES("client_options", tokcore_client_options_set_reuse_ms(NULL, 1, NULL),
            tokcore_client_options_set_reuse_ms(NULL, 1, err));
    REFUSES("request", tokcore_request_set_audience(NULL, NULL, NULL), tokcore_request_set_audience(NULL, "a", err));
    REFUSES("request", tokcore_request_set_user_session_token(NULL, NULL, NULL),
            tokcore_request_set_user_session_token(NULL, "a", err));
    REFUSES("request", tokcore_request_set_requested_token_type(NULL, NULL, NULL),
            tokcore_request_set_requested_token_type(NULL, "a", err));
    REFUSES("filter", tokcore_filter_set_name(NULL, NULL, NULL), tokcore_filter_set_name(NULL, "a", err));
    REFUSES("filter", tokcore_filter_set_display_name(NULL, NULL, NULL),
            tokcore_filter_set_display_name(NULL, "a", err));
    REFUSES("filter", tokcore_filter_set_guid(NULL, NULL, NULL), tokcore_filter_set_guid(NULL, "a", err));
    REFUSES("filter", tokcore_filter_set_authenticated(NULL, true, NULL),
            tokcore_filter_set_authenticated(NULL, true, err));
    check(!creds && !list && !item && !identity && !azure && !detection && !text, "an output was written");
}

static void null_outputs(void)
{
    test("NULL for a required output or text is refused and named");
    tokcore_client *client = NULL;
    tokcore_integration *item = NULL;
    tokcore_azure_token *azure = NULL;
    tokcore_text *url = NULL;
    check(tokcore_client_new(NULL, &client, NULL) == TOKCORE_STATUS_OK, "no client");
    REFUSES("client", tokcore_client_new(NULL, NULL, NULL), tokcore_client_new(NULL, NULL, err));
    REFUSES("options", tokcore_client_options_new(NULL, NULL), tokcore_client_options_new(NULL, err));
    REFUSES("request", tokcore_request_new(NULL, NULL), tokcore_request_new(NULL, err));
    REFUSES("filter", tokcore_filter_new(NULL, NULL), tokcore_filter_new(NULL, err));
    REFUSES("cancel", tokcore_cancel_new(NULL, NULL), tokcore_cancel_new(NULL, err));
    REFUSES("credentials", tokcore_client_credentials(client, "a", NULL, NULL, NULL, NULL),
            tokcore_client_credentials(client, "a", NULL, NULL, NULL, err));
    REFUSES("integrations", tokcore_client_integrations(client, NULL, NULL, NULL),
            tokcore_client_integrations(client, NULL, NULL, err));
    REFUSES("detection", tokcore_client_detect(client, false, NULL, NULL),
            tokcore_client_detect(client, false, NULL, err));
    REFUSES("guid", tokcore_client_integration(client, NULL, NULL, &item, NULL),
            tokcore_client_integration(client, NULL, NULL, &item, err));
    REFUSES("resource", tokcore_client_azure_token(client, NULL, NULL, &azure, NULL),
            tokcore_client_azure_token(client, NULL, NULL, &azure, err));
    REFUSES("guid", tokcore_client_sign_in_url(client, NULL, NULL, &url, NULL),
            tokcore_client_sign_in_url(client, NULL, NULL, &url, err));
    REFUSES("request", tokcore_client_credentials_for(client, NULL, NULL, &(tokcore_credentials *){NULL}, NULL),
            tokcore_client_credentials_for(client, NULL, NULL, &(tokcore_credentials *){NULL}, err));
    tokcore_client_free(client);
}

static void null_accessors(void)
{
    test("NULL has no members, can be cloned to NULL, and can be freed");
    check(!tokcore_error_message(NULL) && !tokcore_error_hint(NULL) && !tokcore_error_detail(NULL) &&
              !tokcore_error_oauth_error(NULL) && !tokcore_error_sign_in_url(NULL) &&
              !tokcore_error_attempt_source(NULL, 0) && !tokcore_error_attempt_outcome(NULL, 0),
          "error: text");
    check(tokcore_error_kind(NULL) == TOKCORE_STATUS_OK && tokcore_error_http_status(NULL) == 0 &&
              !tokcore_error_retryable(NULL) && tokcore_error_retry_after_ms(NULL) == -1 &&
              tokcore_error_attempt_count(NULL) == 0,
          "error: number");
    check(!tokcore_credentials_access_token(NULL) && !tokcore_credentials_authorization(NULL) &&
              !tokcore_credentials_token_type(NULL) && !tokcore_credentials_integration_id(NULL) &&
              !tokcore_credentials_backend(NULL) &&
              tokcore_credentials_expires_at_unix_s(NULL) == TOKCORE_EXPIRY_UNKNOWN,
          "credentials");
    check(!tokcore_identity_token_value(NULL) &&
              tokcore_identity_token_expires_at_unix_s(NULL) == TOKCORE_EXPIRY_UNKNOWN,
          "identity");
    check(!tokcore_azure_token_access_token(NULL) && !tokcore_azure_token_refresh_token(NULL) &&
              !tokcore_azure_token_id_token(NULL) && !tokcore_azure_token_token_type(NULL) &&
              !tokcore_azure_token_scope(NULL) && !tokcore_azure_token_resource(NULL) &&
              !tokcore_azure_token_extra_json(NULL) && tokcore_azure_token_expires_in_s(NULL) == -1 &&
              tokcore_azure_token_expires_at_unix_s(NULL) == TOKCORE_EXPIRY_UNKNOWN,
          "azure");
    check(!tokcore_integration_guid(NULL) && !tokcore_integration_name(NULL) &&
              !tokcore_integration_display_name(NULL) && !tokcore_integration_provider_type(NULL) &&
              !tokcore_integration_client_id(NULL) && !tokcore_integration_auth_url(NULL) &&
              !tokcore_integration_token_url(NULL) && !tokcore_integration_issuer(NULL) &&
              !tokcore_integration_scope(NULL, 0) && !tokcore_integration_json(NULL) &&
              tokcore_integration_scope_count(NULL) == 0 && tokcore_integration_authenticated(NULL) == TOKCORE_UNKNOWN,
          "integration");
    check(tokcore_integrations_count(NULL) == 0 && !tokcore_integrations_at(NULL, 0), "integrations");
    check(!tokcore_detection_backend(NULL) && !tokcore_detection_subject(NULL) && !tokcore_detection_rule(NULL) &&
              !tokcore_detection_error(NULL) && !tokcore_detection_test_source(NULL, 0) &&
              !tokcore_detection_test_outcome(NULL, 0) && !tokcore_detection_warning(NULL, 0) &&
              tokcore_detection_test_count(NULL) == 0 && tokcore_detection_warning_count(NULL) == 0,
          "detection");
    check(!tokcore_text_value(NULL) && !tokcore_client_is_current(NULL, NULL), "text, client");
    check(!tokcore_client_clone(NULL) && !tokcore_credentials_clone(NULL) && !tokcore_cancel_clone(NULL) &&
              !tokcore_integration_clone(NULL),
          "clone");
    tokcore_cancel_fire(NULL);
    tokcore_client_free(NULL), tokcore_client_options_free(NULL), tokcore_credentials_free(NULL),
        tokcore_request_free(NULL);
    tokcore_integrations_free(NULL), tokcore_integration_free(NULL), tokcore_filter_free(NULL), tokcore_text_free(NULL);
    tokcore_identity_token_free(NULL), tokcore_azure_token_free(NULL), tokcore_detection_free(NULL);
    tokcore_cancel_free(NULL), tokcore_error_free(NULL);
}

static void wrong_types(void)
{
    test("an object of another type is refused, and survives");
    tokcore_filter *filter = NULL;
    tokcore_client *client = NULL, *made = NULL;
    tokcore_error *error = NULL;
    check(tokcore_filter_new(&filter, NULL) == TOKCORE_STATUS_OK &&
              tokcore_client_new(NULL, &client, NULL) == TOKCORE_STATUS_OK,
          "objects");
    check_refused("forget", tokcore_client_forget((const tokcore_client *)filter, &error), &error, "client");
    check_refused("new", tokcore_client_new((const tokcore_client_options *)client, &made, &error), &error,
                  "client_options");
    check(made == NULL, "a client was made");
    check(tokcore_credentials_access_token((const tokcore_credentials *)client) == NULL, "a token of a client");
    check(tokcore_credentials_clone((const tokcore_credentials *)client) == NULL, "a clone of another type");
    tokcore_client_free((tokcore_client *)filter);
    check(tokcore_filter_set_name(filter, "still here", NULL) == TOKCORE_STATUS_OK, "the filter was freed");
    check(tokcore_client_forget((const tokcore_client *)((const char *)client + 1), NULL) ==
              TOKCORE_STATUS_INVALID_ARGUMENT,
          "an odd address");
    tokcore_filter_free(filter);
    tokcore_client_free(client);
}

static void failures(void)
{
    test("a failure leaves the outputs and errno alone; success leaves the error alone");
    tokcore_client *client = (tokcore_client *)0x5a5a, *before = client;
    tokcore_error *error = (tokcore_error *)0x5a5a;
    tokcore_filter *filter = NULL;
    check(tokcore_client_new((const tokcore_client_options *)(const void *)"not options, but 16 bytes", &client,
                             NULL) != TOKCORE_STATUS_OK,
          "made");
    check(client == before, "the output was written");
    errno = 1234;
    check(tokcore_filter_new(&filter, &error) == TOKCORE_STATUS_OK, "no filter");
    check(error == (tokcore_error *)0x5a5a && errno == 1234, "success touched the error or errno");
    tokcore_filter_free(filter);
    check(errno == 1234, "freeing changed errno");
}

static void options(void)
{
    test("options are checked, copied, and serve for many clients");
    tokcore_client_options *options = NULL;
    tokcore_client *first = NULL, *second = NULL;
    tokcore_error *error = NULL;
    tokcore_detection *detection = NULL;
    check(tokcore_client_options_new(&options, NULL) == TOKCORE_STATUS_OK, "no options");
    check_refused("backend", tokcore_client_options_set_backend(options, "workbemch", &error), &error, "workbemch");
    char name[] = "connect";
    check(tokcore_client_options_set_backend(options, name, NULL) == TOKCORE_STATUS_OK, "backend");
    memset(name, 'x', sizeof name - 1);
    check(tokcore_client_new(options, &first, NULL) == TOKCORE_STATUS_OK, "first");
    check(tokcore_client_new(options, &second, NULL) == TOKCORE_STATUS_OK, "second");
    tokcore_client_options_free(options);
    check(tokcore_client_detect(second, true, &detection, NULL) == TOKCORE_STATUS_OK, "detect");
    check_text("backend", "connect", tokcore_detection_backend(detection));
    tokcore_detection_free(detection);
    tokcore_client_free(first);
    tokcore_client_free(second);
}

void test_misuse(void)
{
    versions();
    names();
    null_objects();
    null_outputs();
    null_accessors();
    wrong_types();
    failures();
    options();
}
