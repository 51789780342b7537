/* NULL, bad text, wrong types and odd values, in every call of the OAuth engine. */
#include <string.h>

#include "oauth.h"
#include "report.h"

/* A call that must be refused as INVALID_ARGUMENT with `part` in its message. */
#define REFUSES(part, call)                                                                                            \
    do {                                                                                                               \
        tokcore_error *error = NULL, **err = &error;                                                                   \
        tokcore_status status = call;                                                                                  \
        const char *message = tokcore_error_message(error);                                                            \
        check(status == TOKCORE_STATUS_INVALID_ARGUMENT, "%s: %s", #call, tokcore_kind_name(status));                  \
        check(message && strstr(message, part), "%s: the message lacks \"%s\": %s", #call, part, message);             \
        tokcore_error_free(error);                                                                                     \
    } while (0)

static tokcore_token *token;
static tokcore_flow *flow;
static tokcore_fields *fields;
static tokcore_text *text;
static tokcore_oauth_client *made_client;
static tokcore_token_source *made_source;
static tokcore_settings *made_settings;
static int32_t number = 7;

static void null_objects(void)
{
    test("NULL for an object is refused by every call of the OAuth engine");
    tokcore_introspection *introspection = NULL;
    tokcore_metadata *metadata = NULL;
    REFUSES("settings is NULL", tokcore_settings_set(NULL, "a", "b", err));
    REFUSES("settings is NULL", tokcore_settings_add(NULL, "a", "b", err));
    REFUSES("settings is NULL", tokcore_settings_set_int(NULL, "a", 1, err));
    REFUSES("settings is NULL", tokcore_settings_set_flag(NULL, "a", true, err));
    REFUSES("settings is NULL", tokcore_settings_set_json(NULL, "a", "1", err));
    REFUSES("settings is NULL", tokcore_settings_unset(NULL, "a", err));
    REFUSES("oauth_client is NULL", tokcore_oauth_client_fetch(NULL, NULL, NULL, NULL, &token, err));
    REFUSES("oauth_client is NULL", tokcore_oauth_client_refresh(NULL, NULL, NULL, &token, err));
    REFUSES("oauth_client is NULL", tokcore_oauth_client_revoke(NULL, "a", "b", NULL, &number, NULL, err));
    REFUSES("oauth_client is NULL", tokcore_oauth_client_introspect(NULL, "a", NULL, NULL, &introspection, err));
    REFUSES("oauth_client is NULL", tokcore_oauth_client_metadata(NULL, NULL, &metadata, err));
    REFUSES("oauth_client is NULL", tokcore_oauth_client_authentication(NULL, "a", NULL, &fields, &fields, err));
    REFUSES("oauth_client is NULL", tokcore_oauth_client_report(NULL, &fields, err));
    REFUSES("oauth_client is NULL", tokcore_oauth_client_resource_metadata(NULL, "a", NULL, NULL, &fields, err));
    REFUSES("oauth_client is NULL", tokcore_oauth_client_begin(NULL, NULL, TOKCORE_YES, NULL, &flow, err));
    REFUSES("oauth_client is NULL",
            tokcore_oauth_client_authorization_url(NULL, NULL, "a", "b", NULL, NULL, &text, err));
    REFUSES("oauth_client is NULL", tokcore_flow_open_sealed(NULL, NULL, "a", (const uint8_t *)"", NULL, NULL, &flow, err));
    REFUSES("oauth_client is NULL", tokcore_token_source_new(NULL, NULL, &made_source, err));
    REFUSES("token_source is NULL", tokcore_token_source_token(NULL, NULL, NULL, &token, err));
    REFUSES("token_source is NULL", tokcore_token_source_current(NULL, &token, err));
    REFUSES("token_source is NULL", tokcore_token_source_request_headers(NULL, NULL, "GET", "a", &fields, err));
    REFUSES("token_source is NULL", tokcore_token_source_recover(NULL, NULL, NULL, NULL, NULL, &token, err));
    REFUSES("token_source is NULL", tokcore_token_source_learn(NULL, "a", "b", err));
    REFUSES("token_source is NULL", tokcore_token_source_invalidate(NULL, NULL, err));
    REFUSES("token_source is NULL", tokcore_token_source_adopt(NULL, NULL, err));
    REFUSES("token_source is NULL", tokcore_token_source_forget(NULL, err));
    REFUSES("token_source is NULL", tokcore_token_source_begin(NULL, TOKCORE_YES, NULL, &flow, err));
    REFUSES("refusal is NULL", tokcore_refusal_add_www_authenticate(NULL, "a", err));
    REFUSES("refusal is NULL", tokcore_refusal_set_dpop_nonce(NULL, "a", err));
    REFUSES("refusal is NULL", tokcore_refusal_set_error_code(NULL, 1, err));
    REFUSES("flow is NULL", tokcore_flow_step(NULL, 0, NULL, &number, &token, err));
    REFUSES("flow is NULL", tokcore_flow_submit(NULL, "a", &number, NULL, err));
    REFUSES("flow is NULL", tokcore_flow_respond(NULL, "a", NULL, &token, err));
    REFUSES("flow is NULL", tokcore_flow_seal(NULL, (const uint8_t *)"", NULL, &text, err));
    REFUSES("signing_key is NULL", tokcore_jwt_encode(NULL, "{}", NULL, NULL, &text, err));
    check(!token && !flow && !fields && !text && !introspection && !metadata && !made_source && number == 7,
          "an output was written");
}

static void null_outputs(const tokcore_oauth_client *client, const tokcore_token_source *source)
{
    test("NULL for an output or a text of the OAuth engine is refused and named");
    REFUSES("`settings`", tokcore_settings_new(NULL, err));
    REFUSES("`client`", tokcore_oauth_client_new(NULL, NULL, err));
    REFUSES("`client`", tokcore_oauth_client_new_from_file("/dev/null", NULL, err));
    REFUSES("`path`", tokcore_oauth_client_new_from_file(NULL, &made_client, err));
    REFUSES("`token`", tokcore_oauth_client_fetch(client, NULL, NULL, NULL, NULL, err));
    REFUSES("`refreshed`", tokcore_oauth_client_refresh(client, NULL, NULL, NULL, err));
    REFUSES("token is NULL", tokcore_oauth_client_refresh(client, NULL, NULL, &token, err));
    REFUSES("`outcome`", tokcore_oauth_client_revoke(client, "a", NULL, NULL, NULL, NULL, err));
    REFUSES("`introspection`", tokcore_oauth_client_introspect(client, "a", NULL, NULL, NULL, err));
    REFUSES("`metadata`", tokcore_oauth_client_metadata(client, NULL, NULL, err));
    REFUSES("`metadata`", tokcore_discover("https://as.example", NULL, NULL, NULL, NULL, err));
    REFUSES("`headers`", tokcore_oauth_client_authentication(client, "a", NULL, NULL, NULL, err));
    REFUSES("`endpoint`", tokcore_oauth_client_authentication(client, "nowhere", NULL, &fields, &fields, err));
    REFUSES("`report`", tokcore_oauth_client_report(client, NULL, err));
    REFUSES("`resource`", tokcore_oauth_client_resource_metadata(client, NULL, NULL, NULL, &fields, err));
    REFUSES("`about`", tokcore_oauth_client_resource_metadata(client, "a", NULL, NULL, NULL, err));
    REFUSES("`source`", tokcore_token_source_new(client, NULL, NULL, err));
    REFUSES("`token`", tokcore_token_source_token(source, NULL, NULL, NULL, err));
    REFUSES("token is NULL", tokcore_token_source_invalidate(source, NULL, err));
    REFUSES("token is NULL", tokcore_token_source_adopt(source, NULL, err));
    REFUSES("token is NULL", tokcore_token_source_request_headers(source, NULL, "GET", "https://a", &fields, err));
    REFUSES("`flow`", tokcore_oauth_client_begin(client, NULL, TOKCORE_YES, NULL, NULL, err));
    REFUSES("`token`", tokcore_token_new(NULL, NULL, err));
    REFUSES("`person`", tokcore_person_new(TOKCORE_YES, NULL, NULL, NULL, NULL, NULL, err));
    REFUSES("`person`", tokcore_person_new_nobody(NULL, err));
    REFUSES("`refusal`", tokcore_refusal_new(401, NULL, err));
    REFUSES("`signing_key`", tokcore_signing_key_new("a", NULL, NULL, NULL, err));
    REFUSES("`verifier`", tokcore_pkce(NULL, &text, err));
    REFUSES("`challenge`", tokcore_pkce(&text, NULL, err));
    REFUSES("`text`", tokcore_one_time_text(NULL, err));
    REFUSES("`code`", tokcore_parse_redirect("a", "b", NULL, err));
    REFUSES("`state`", tokcore_parse_redirect("a", NULL, &text, err));
    REFUSES("`key`", tokcore_flow_open_sealed(client, NULL, "a", NULL, NULL, NULL, &flow, err));
    check(!text && !fields && !token && !made_client, "an output was written");
}

static void odd_values(const tokcore_oauth_client *client, const tokcore_token_source *source)
{
    test("text that is not UTF-8, values that do not exist and objects of another type are refused");
    tokcore_introspection *introspection = NULL;
    tokcore_refusal *refusal = NULL;
    tokcore_person *somebody = NULL;
    check(tokcore_settings_new(&made_settings, NULL) == TOKCORE_STATUS_OK, "no settings");
    REFUSES("UTF-8", tokcore_settings_set(made_settings, "a", "\xff", err));
    REFUSES("UTF-8", tokcore_settings_set(made_settings, "\xff", "a", err));
    REFUSES("`value` is NULL", tokcore_settings_set(made_settings, "a", NULL, err));
    REFUSES("no name", tokcore_settings_set(made_settings, "", "a", err));
    REFUSES("no name", tokcore_settings_set_int(made_settings, "a..b", 1, err));
    REFUSES("`json`", tokcore_settings_set_json(made_settings, "a", "{", err));
    REFUSES("`hint`", tokcore_oauth_client_introspect(client, "a", "cookie", NULL, &introspection, err));
    REFUSES("`interactivity`", tokcore_oauth_client_begin(client, NULL, 2, NULL, &flow, err));
    REFUSES("`interactivity`", tokcore_person_new(-2, NULL, NULL, NULL, NULL, &somebody, err));
    REFUSES("`http_status`", tokcore_refusal_new(0, &refusal, err));
    REFUSES("`http_status`", tokcore_refusal_new(70000, &refusal, err));
    REFUSES("something else", tokcore_oauth_client_new((const tokcore_settings *)client, &made_client, err));
    REFUSES("something else",
            tokcore_token_source_token(source, (const tokcore_person *)source, NULL, &token, err));
    tokcore_token *held = (tokcore_token *)made_settings;
    REFUSES("something else", tokcore_token_source_token(source, nobody(), NULL, &held, err));
    check(held == (tokcore_token *)made_settings, "something else was replaced");
    tokcore_oauth_client_free((tokcore_oauth_client *)made_settings);
    check(tokcore_settings_set(made_settings, "a", "still here", NULL) == TOKCORE_STATUS_OK, "it was freed");
    tokcore_settings_free(made_settings);
    check(!introspection && !refusal && !somebody && !flow && !made_client && !token, "an output was written");
}

static void null_accessors(void)
{
    test("accessors of the OAuth engine answer NULL with nothing");
    check(!tokcore_error_reason(NULL), "error");
    check(!tokcore_token_access_token(NULL) && !tokcore_token_authorization(NULL) && !tokcore_token_token_type(NULL) &&
              !tokcore_token_refresh_token(NULL) && !tokcore_token_id_token(NULL) && !tokcore_token_id_claims_json(NULL) &&
              !tokcore_token_account(NULL) && !tokcore_token_issued_token_type(NULL) && !tokcore_token_issuer(NULL) &&
              !tokcore_token_token_endpoint(NULL) && !tokcore_token_client_id(NULL) && !tokcore_token_grant(NULL) &&
              !tokcore_token_extra_json(NULL) && !tokcore_token_scope(NULL, 0) && !tokcore_token_warning_name(NULL, 0) &&
              !tokcore_token_warning_text(NULL, 0) && tokcore_token_scope_count(NULL) == 0 &&
              tokcore_token_warning_count(NULL) == 0 && tokcore_token_generation(NULL) == 0 &&
              tokcore_token_expires_at_unix_s(NULL) == TOKCORE_EXPIRY_UNKNOWN &&
              tokcore_token_refresh_expires_at_unix_s(NULL) == TOKCORE_EXPIRY_UNKNOWN,
          "token");
    check(!tokcore_flow_authorization_url(NULL) && !tokcore_flow_redirect_uri(NULL) && !tokcore_flow_user_code(NULL) &&
              !tokcore_flow_verification_uri(NULL) && !tokcore_flow_verification_uri_complete(NULL) &&
              !tokcore_flow_message(NULL) && !tokcore_flow_channel(NULL, 0) && !tokcore_flow_notice(NULL, 0) &&
              !tokcore_flow_question(NULL) && !tokcore_flow_advice(NULL) && tokcore_flow_channel_count(NULL) == 0 &&
              tokcore_flow_notice_count(NULL) == 0 && tokcore_flow_expires_at_unix_s(NULL) == TOKCORE_EXPIRY_UNKNOWN,
          "flow");
    check(tokcore_fields_count(NULL) == 0 && !tokcore_fields_name(NULL, 0) && !tokcore_fields_value(NULL, 0), "fields");
    check(!tokcore_metadata_issuer(NULL) && !tokcore_metadata_endpoint(NULL, "a") && !tokcore_metadata_json(NULL),
          "metadata");
    check(!tokcore_introspection_active(NULL) && !tokcore_introspection_subject(NULL) &&
              !tokcore_introspection_username(NULL) && !tokcore_introspection_client_id(NULL) &&
              !tokcore_introspection_json(NULL) && !tokcore_introspection_scope(NULL, 0) &&
              tokcore_introspection_scope_count(NULL) == 0 &&
              tokcore_introspection_expires_at_unix_s(NULL) == TOKCORE_EXPIRY_UNKNOWN,
          "introspection");
    check(!tokcore_token_source_is_current(NULL, NULL) && !tokcore_token_source_key(NULL), "source");
    check(!tokcore_oauth_client_clone(NULL) && !tokcore_token_source_clone(NULL) && !tokcore_token_clone(NULL) &&
              !tokcore_person_clone(NULL),
          "clone");
    tokcore_settings_free(NULL), tokcore_oauth_client_free(NULL), tokcore_token_source_free(NULL), tokcore_token_free(NULL);
    tokcore_flow_free(NULL), tokcore_person_free(NULL), tokcore_fields_free(NULL), tokcore_metadata_free(NULL);
    tokcore_introspection_free(NULL), tokcore_signing_key_free(NULL), tokcore_refusal_free(NULL);
}

static bool destroyed;

static void destroy(void *data)
{
    (void)data;
    destroyed = true;
}

void test_oauth_misuse(void)
{
    tokcore_oauth_client *client =
        client_of(settings("client_id", "c", "token_endpoint", "https://as.example/token", NULL));
    tokcore_token_source *source = source_of(client, settings("grant", "client_credentials", NULL));
    null_objects();
    null_outputs(client, source);
    odd_values(client, source);
    null_accessors();
    test("a failed registration of a person destroys its data too");
    tokcore_person *somebody = NULL;
    check(tokcore_person_new(9, NULL, NULL, destroy, NULL, &somebody, NULL) != TOKCORE_STATUS_OK && destroyed, "kept");
    tokcore_token_source_free(source);
    tokcore_oauth_client_free(client);
}
