/* R's door to the Rust library.
 *
 * Rust answers with a value or a failure object and never raises; `settle()` raises the condition when no Rust frame is
 * left on the stack, because R's long jump runs no destructors. The credentials handed out last are kept here, so that
 * asking again within the reuse window costs a pointer comparison and one look at the clock.
 */
#include <R_ext/Rdynload.h>
#include <R_ext/Visibility.h>

#include "talk.h"

/* src/rust/src/entry.rs */
int tokcore_r_last_is_current(void);
SEXP tokcore_r_oauth_credentials(SEXP audience);
SEXP tokcore_r_credentials(SEXP audience, SEXP user_session_token, SEXP requested_token_type, SEXP client);
SEXP tokcore_r_integrations(void);
SEXP tokcore_r_integration(SEXP guid);
SEXP tokcore_r_identity_token(void);
SEXP tokcore_r_azure_token(SEXP resource);
SEXP tokcore_r_sign_in_url(SEXP guid, SEXP client);
SEXP tokcore_r_client(SEXP backend, SEXP server_address, SEXP ca_file, SEXP verify_tls, SEXP connect_timeout_ms,
                      SEXP timeout_ms, SEXP reuse_ms);
SEXP tokcore_r_use_client(SEXP client);
SEXP tokcore_r_detect(SEXP client, SEXP with_user_session_token);
SEXP tokcore_r_forget(SEXP client);

/* ---- Esc and Ctrl-C ------------------------------------------------------------------------------------------- */

static void check_interrupt(void *unused) {
    (void)unused;
    R_CheckUserInterrupt();
}

/* Called by Rust while it waits. The jump of an interrupt ends at this top-level context and never crosses Rust. */
int tokcore_r_interrupted(void) { return tokcore_r_is_jumping() || !R_ToplevelExec(check_interrupt, NULL); }

/* ---- Failures ------------------------------------------------------------------------------------------------- */

/* Returns a value as it is and raises a failure as a classed condition (R/conditions.R). */
static SEXP settle(SEXP answer) {
    tokcore_r_go_on_jumping();
    if (TYPEOF(answer) != VECSXP || !Rf_inherits(answer, "tokcore_failure")) return answer;
    PROTECT(answer);
    SEXP name = PROTECT(Rf_mkString("tokcore"));
    SEXP namespace = PROTECT(R_FindNamespace(name));
    SEXP call = PROTECT(Rf_lang2(Rf_install("raise"), answer));
    Rf_eval(call, namespace);
    UNPROTECT(4);
    return R_NilValue; /* not reached: raise() does not return */
}

/* ---- What getOAuthCredentials() returns --------------------------------------------------------------------------- */

/* The attributes that all credentials share; R_init_tokcore makes them. Made anew for each call, by way of wrappers that
 * guard every step, they would cost as much as the exchange with a server on this machine. */
static SEXP member_names, class_credentials, class_time, time_zone;

static SEXP constant(const char *const *words, R_xlen_t count) {
    SEXP text = Rf_allocVector(STRSXP, count);
    R_PreserveObject(text);
    for (R_xlen_t i = 0; i < count; i++) SET_STRING_ELT(text, i, Rf_mkCharCE(words[i], CE_UTF8));
    MARK_NOT_MUTABLE(text);
    return text;
}

static void make_constants(void) {
    member_names = constant((const char *[]){"access_token", "expiry", "audience"}, 3);
    class_credentials = constant((const char *[]){"tokcore_credentials", "list"}, 2);
    class_time = constant((const char *[]){"POSIXct", "POSIXt"}, 2);
    time_zone = constant((const char *[]){"UTC"}, 1);
}

/* Called by Rust. `expiry` counts seconds since 1970 and is negative infinity when the server gave none. The result is
 * unprotected. */
SEXP tokcore_r_make_credentials(const char *token, int length, double expiry, SEXP audience) {
    SEXP list = PROTECT(Rf_allocVector(VECSXP, 3));
    SET_VECTOR_ELT(list, 0, Rf_ScalarString(Rf_mkCharLenCE(token, length, CE_UTF8)));
    SEXP time = Rf_ScalarReal(R_FINITE(expiry) ? expiry : NA_REAL);
    SET_VECTOR_ELT(list, 1, time);
    Rf_setAttrib(time, R_ClassSymbol, class_time);
    Rf_setAttrib(time, Rf_install("tzone"), time_zone);
    SET_VECTOR_ELT(list, 2, Rf_ScalarString(STRING_ELT(audience, 0)));
    Rf_setAttrib(list, R_NamesSymbol, member_names);
    Rf_setAttrib(list, R_ClassSymbol, class_credentials);
    UNPROTECT(1);
    return list;
}

/* ---- The fast path -------------------------------------------------------------------------------------------- */

/* A list of two that R keeps alive: the credentials handed out last, and the argument they were asked with. */
static SEXP last = NULL;
/* The one string in that argument. R holds equal strings once, so that the address tells whether it is the same. */
static SEXP last_audience = NULL;

static void remember(SEXP credentials, SEXP audience) {
    if (last == NULL) {
        last = Rf_allocVector(VECSXP, 2);
        R_PreserveObject(last);
    }
    /* Handed out again, so nobody may change it in place: R copies before it writes. */
    MARK_NOT_MUTABLE(credentials);
    for (R_xlen_t i = 0; i < XLENGTH(credentials); i++) MARK_NOT_MUTABLE(VECTOR_ELT(credentials, i));
    MARK_NOT_MUTABLE(audience);
    SET_VECTOR_ELT(last, 0, credentials);
    SET_VECTOR_ELT(last, 1, audience);
    last_audience = STRING_ELT(audience, 0);
}

static SEXP oauth_credentials(SEXP audience) {
    if (TYPEOF(audience) == STRSXP && XLENGTH(audience) == 1 && STRING_ELT(audience, 0) == last_audience &&
        tokcore_r_last_is_current())
        return VECTOR_ELT(last, 0);
    SEXP credentials = PROTECT(settle(tokcore_r_oauth_credentials(audience)));
    remember(credentials, audience);
    UNPROTECT(1);
    return credentials;
}

/* ---- The other calls ------------------------------------------------------------------------------------------ */

static SEXP credentials(SEXP audience, SEXP user_session_token, SEXP requested_token_type, SEXP client) {
    return settle(tokcore_r_credentials(audience, user_session_token, requested_token_type, client));
}

static SEXP integrations(void) { return settle(tokcore_r_integrations()); }

static SEXP integration(SEXP guid) { return settle(tokcore_r_integration(guid)); }

static SEXP identity_token(void) { return settle(tokcore_r_identity_token()); }

static SEXP azure_token(SEXP resource) { return settle(tokcore_r_azure_token(resource)); }

static SEXP sign_in_url(SEXP guid, SEXP client) { return settle(tokcore_r_sign_in_url(guid, client)); }

static SEXP new_client(SEXP backend, SEXP server_address, SEXP ca_file, SEXP verify_tls, SEXP connect_timeout_ms,
                       SEXP timeout_ms, SEXP reuse_ms) {
    return settle(tokcore_r_client(backend, server_address, ca_file, verify_tls, connect_timeout_ms, timeout_ms, reuse_ms));
}

static SEXP use_client(SEXP client) { return settle(tokcore_r_use_client(client)); }

static SEXP detect(SEXP client, SEXP with_user_session_token) {
    return settle(tokcore_r_detect(client, with_user_session_token));
}

static SEXP forget(SEXP client) { return settle(tokcore_r_forget(client)); }

/* ---- The OAuth engine and the secrets: one line per function of src/rust/src/ ------------------------------------- */

#define DOOR_0(name)                                                                                                   \
    SEXP tokcore_r_##name(void);                                                                                       \
    static SEXP name(void) { return settle(tokcore_r_##name()); }
#define DOOR_1(name)                                                                                                   \
    SEXP tokcore_r_##name(SEXP);                                                                                       \
    static SEXP name(SEXP a) { return settle(tokcore_r_##name(a)); }
#define DOOR_2(name)                                                                                                   \
    SEXP tokcore_r_##name(SEXP, SEXP);                                                                                 \
    static SEXP name(SEXP a, SEXP b) { return settle(tokcore_r_##name(a, b)); }
#define DOOR_3(name)                                                                                                   \
    SEXP tokcore_r_##name(SEXP, SEXP, SEXP);                                                                           \
    static SEXP name(SEXP a, SEXP b, SEXP c) { return settle(tokcore_r_##name(a, b, c)); }
#define DOOR_4(name)                                                                                                   \
    SEXP tokcore_r_##name(SEXP, SEXP, SEXP, SEXP);                                                                     \
    static SEXP name(SEXP a, SEXP b, SEXP c, SEXP d) { return settle(tokcore_r_##name(a, b, c, d)); }
#define DOOR_5(name)                                                                                                   \
    SEXP tokcore_r_##name(SEXP, SEXP, SEXP, SEXP, SEXP);                                                               \
    static SEXP name(SEXP a, SEXP b, SEXP c, SEXP d, SEXP e) {                                                         \
        return settle(tokcore_r_##name(a, b, c, d, e));                                                      \
    }

/* The functions by the number of their arguments; each is declared here and registered below. */
#define DOORS(DOOR)                                                                                                    \
    DOOR(oauth_client, 1)                                                                                              \
    DOOR(oauth_client_file, 2)                                                                                         \
    DOOR(oauth_client_place, 1)                                                                                        \
    DOOR(oauth_client_with, 2)                                                                                         \
    DOOR(oauth_report, 2)                                                                                              \
    DOOR(oauth_metadata, 1)                                                                                            \
    DOOR(discover, 4)                                                                                                  \
    DOOR(fetch, 2)                                                                                                     \
    DOOR(refresh, 2)                                                                                                   \
    DOOR(revoke, 3)                                                                                                    \
    DOOR(resource_metadata, 3)                                                                                         \
    DOOR(introspect, 3)                                                                                                \
    DOOR(authentication, 2)                                                                                            \
    DOOR(userinfo, 2)                                                                                                  \
    DOOR(source, 2)                                                                                                    \
    DOOR(source_current, 1)                                                                                            \
    DOOR(source_client, 1)                                                                                             \
    DOOR(source_about, 1)                                                                                              \
    DOOR(source_invalidate, 2)                                                                                         \
    DOOR(source_forget, 1)                                                                                             \
    DOOR(source_adopt, 2)                                                                                              \
    DOOR(source_recover, 5)                                                                                            \
    DOOR(source_fields, 1)                                                                                             \
    DOOR(source_headers, 4)                                                                                            \
    DOOR(source_sign, 2)                                                                                               \
    DOOR(source_signer, 1)                                                                                             \
    DOOR(source_learn, 3)                                                                                              \
    DOOR(source_begin, 1)                                                                                              \
    DOOR(store, 1)                                                                                                     \
    DOOR(store_custom, 1)                                                                                              \
    DOOR(client_in_store, 2)                                                                                           \
    DOOR(client_store, 1)                                                                                              \
    DOOR(store_list, 2)                                                                                                \
    DOOR(store_remove, 2)                                                                                              \
    DOOR(store_clear, 2)                                                                                               \
    DOOR(store_prune, 2)                                                                                               \
    DOOR(store_default, 2)                                                                                             \
    DOOR(store_export, 3)                                                                                              \
    DOOR(store_import, 4)                                                                                              \
    DOOR(store_is_sealed, 1)                                                                                           \
    DOOR(store_adopt, 2)                                                                                               \
    DOOR(store_report, 2)                                                                                              \
    DOOR(logout, 3)                                                                                                    \
    DOOR(source_logout, 2)                                                                                             \
    DOOR(new_token, 2)                                                                                                 \
    DOOR(token_member, 2)                                                                                              \
    DOOR(token_members, 2)                                                                                             \
    DOOR(authorization, 1)                                                                                             \
    DOOR(flow_begin, 2)                                                                                                \
    DOOR(flow_prompt, 1)                                                                                               \
    DOOR(flow_step, 2)                                                                                                 \
    DOOR(flow_submit, 2)                                                                                               \
    DOOR(flow_respond, 2)                                                                                              \
    DOOR(flow_seal, 3)                                                                                                 \
    DOOR(flow_open, 5)                                                                                                 \
    DOOR(pkce, 1)                                                                                                      \
    DOOR(one_time_text, 0)                                                                                             \
    DOOR(authorization_url, 5)                                                                                         \
    DOOR(listen, 3)                                                                                                    \
    DOOR(parse_redirect, 2)                                                                                            \
    DOOR(default_redirect_uri, 0)                                                                                      \
    DOOR(jwt_encode, 5)                                                                                                \
    DOOR(algorithm, 2)                                                                                                 \
    DOOR(secret_make_key, 1)                                                                                           \
    DOOR(secret_has_key, 1)                                                                                            \
    DOOR(secret_encrypt, 3)                                                                                            \
    DOOR(secret_decrypt, 2)                                                                                            \
    DOOR(secret_encrypt_json, 4)                                                                                       \
    DOOR(secret_decrypt_json, 2)                                                                                       \
    DOOR(secret_write_rds, 4)                                                                                          \
    DOOR(secret_read_rds, 2)                                                                                           \
    DOOR(chain_methods, 0)                                                                                             \
    DOOR(chain_standard, 0)                                                                                            \
    DOOR(chain_options, 0)                                                                                             \
    DOOR(chain_set, 3)                                                                                                 \
    DOOR(chain_change, 3)                                                                                              \
    DOOR(chain_fetch, 4)                                                                                               \
    DOOR(chain_explain, 4)                                                                                             \
    DOOR(google_userinfo, 1)                                                                                           \
    DOOR(google_tokeninfo, 1)                                                                                          \
    DOOR(google_email, 1)                                                                                              \
    DOOR(google_check, 1)                                                                                              \
    DOOR(google_machine, 0)                                                                                            \
    DOOR(google_client_type, 1)                                                                                        \
    DOOR(google_read_client, 1)                                                                                        \
    DOOR(api_key_header, 1)                                                                                            \
    DOOR(google_scopes, 3)                                                                                             \
    DOOR(client_json, 4)                                                                                               \
    DOOR(authorized_user_json, 3)                                                                                      \
    DOOR(json_members, 1)

#define OPEN(name, arguments) DOOR_##arguments(name)
DOORS(OPEN)

/* A token from a source: the one handed out last hangs at the pointer. */

int tokcore_r_source_is_current(const void *address);
SEXP tokcore_r_source_token(SEXP source);

/* What tells a source from other packages' pointers: the symbol of src/rust/src/oauth/source.rs. */
static SEXP source_tag;

/* The token handed out last hangs at the pointer. */
static SEXP source_token(SEXP source) {
    if (TYPEOF(source) == EXTPTRSXP && R_ExternalPtrTag(source) == source_tag &&
        tokcore_r_source_is_current(R_ExternalPtrAddr(source)))
        return R_ExternalPtrProtected(source);
    return settle(tokcore_r_source_token(source));
}

#define CALL(name, arguments) {"c_" #name, (DL_FUNC)&name, arguments}
#define REGISTER(name, arguments) CALL(name, arguments),

static const R_CallMethodDef calls[] = {
    CALL(oauth_credentials, 1),
    CALL(credentials, 4),
    CALL(integrations, 0),
    CALL(integration, 1),
    CALL(identity_token, 0),
    CALL(azure_token, 1),
    CALL(sign_in_url, 2),
    CALL(new_client, 7),
    CALL(use_client, 1),
    CALL(detect, 2),
    CALL(forget, 1),
    CALL(source_token, 1),
    DOORS(REGISTER)
    {NULL, NULL, 0},
};

void attribute_visible R_init_tokcore(DllInfo *dll) {
    make_constants();
    tokcore_r_make_talk();
    source_tag = Rf_install("tokcore_source");
    R_registerRoutines(dll, NULL, calls, NULL, NULL);
    R_useDynamicSymbols(dll, FALSE);
    R_forceSymbols(dll, TRUE);
}
