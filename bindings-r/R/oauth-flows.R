#' One grant, carried out once
#'
#' These functions have the names and arguments of httr2's. Each gets one token and remembers nothing. For a token that
#' stays fresh, make a [tok_source()] of the same settings.
#'
#' `oauth_flow_auth_code()` and `oauth_flow_device()` need a person. Where nobody is there, they fail at once with
#' `tokcore_error_interaction_required`; whether somebody is there follows the rule of `rlang::is_interactive()`, with the
#' option `rlang_interactive` as its switch. The address is always shown with [message()]; Esc or Ctrl-C ends the wait.
#'
#' How the answer of `oauth_flow_auth_code()` comes back is decided from the machine; [tok_report()] explains it.
#' `use_oob = TRUE` asks for it to be pasted, and so do the options `gargle_oob_default` and `httr_oob_default`.
#'
#' @param client An [oauth_client()].
#' @param auth_url The authorization endpoint, or the device authorization endpoint; `NULL` when the client knows it.
#' @param scope The wanted scopes, in one string or several.
#' @param pkce Whether the code is tied to this process.
#' @param auth_params,token_params Further parameters of the authorization and of the token request, by name.
#' @param redirect_uri Where the browser comes back to, as registered. `NULL` for a free port of this machine.
#' @param open_browser Whether a browser is opened. `NULL` decides from the machine.
#' @param username,password Whose token. The password is asked for when it is `NULL`.
#' @param refresh_token A refresh token from elsewhere. A warning tells when the server gave another in its place.
#' @param claim The claims of the statement: a list, what [jwt_claim()] made, or a function that makes them.
#' @param signature A function that signs in place of tokcore, called with `claim`, `key = NULL` and `signature_params`.
#' @param signature_params `signing_alg`, such as `"RS512"`, and `header`, a list of further header fields. httr2's `size` is
#'   taken when it is 256; another size needs the algorithm's name.
#' @param subject_token,actor_token The tokens that are given.
#' @param subject_token_type,actor_token_type,requested_token_type Types, as URIs or by short names such as
#'   `"access_token"`.
#' @param resource,audience What the token is for; several are allowed.
#' @param grant The `grant_type` of a grant without a function of its own; its parameters are `token_params`.
#' @param ... Further settings of the request by name, such as `use_oob`, `login_hint`, `par`, `resource` or
#'   `listener_timeout_s`. An unknown name is an error.
#' @returns A token of class `tokcore_token`, see [oauth_token()]. Every failure is a [tokcore_error].
#' @examples
#' \dontrun{
#' client <- oauth_client("my-service", "https://as.example/token", secret = Sys.getenv("SECRET"))
#' token <- oauth_flow_client_credentials(client, scope = "read")
#' token$expires_at
#' }
#' @name oauth_flows
NULL

#' @rdname oauth_flows
#' @export
oauth_flow_auth_code <- function(client, auth_url = NULL, scope = NULL, pkce = TRUE, auth_params = list(),
                                 token_params = list(), redirect_uri = NULL, ...) {
  carry_out(wish_auth_code(client, auth_url, scope, pkce, auth_params, token_params, redirect_uri, ...))
}

#' @rdname oauth_flows
#' @export
oauth_flow_device <- function(client, auth_url = NULL, pkce = FALSE, scope = NULL, open_browser = NULL,
                              auth_params = list(), token_params = list(), ...) {
  carry_out(wish_device(client, auth_url, pkce, scope, open_browser, auth_params, token_params, ...))
}

#' @rdname oauth_flows
#' @export
oauth_flow_client_credentials <- function(client, scope = NULL, token_params = list(), ...) {
  carry_out(wish_client_credentials(client, scope, token_params, ...))
}

#' @rdname oauth_flows
#' @export
oauth_flow_password <- function(client, username, password = NULL, scope = NULL, token_params = list(), ...) {
  carry_out(wish_password(client, username, password, scope, token_params, ...))
}

#' @rdname oauth_flows
#' @export
oauth_flow_refresh <- function(client, refresh_token = Sys.getenv("HTTR2_REFRESH_TOKEN"), scope = NULL,
                               token_params = list(), ...) {
  token <- carry_out(wish_refresh(client, refresh_token, scope, token_params, ...))
  if (!is.null(token$refresh_token) && !identical(token$refresh_token, refresh_token)) {
    warning("the server gave a new refresh token: keep `$refresh_token` of the result, the old one may no longer work",
            call. = FALSE)
  }
  token
}

#' @rdname oauth_flows
#' @export
oauth_flow_bearer_jwt <- function(client, claim, signature = "jwt_encode_sig", signature_params = list(), scope = NULL,
                                  token_params = list(), ...) {
  carry_out(wish_bearer_jwt(client, claim, signature, signature_params, scope, token_params, ...))
}

#' @rdname oauth_flows
#' @export
oauth_flow_token_exchange <- function(client, subject_token, subject_token_type, resource = NULL, audience = NULL,
                                      scope = NULL, requested_token_type = NULL, actor_token = NULL,
                                      actor_token_type = NULL, token_params = list(), ...) {
  carry_out(wish_token_exchange(client, subject_token, subject_token_type, resource, audience, scope,
                                requested_token_type, actor_token, actor_token_type, token_params, ...))
}

#' @rdname oauth_flows
#' @export
tok_grant <- function(client, grant, scope = NULL, token_params = list(), ...) {
  carry_out(wish(client, grant = grant, scopes = scope, token_params = token_params, ...))
}

# A wish is a client and the settings of a request: what a flow carries out once and a source keeps fulfilling.
wish <- function(client, ...) list(client = client, request = as_request(...))

carry_out <- function(wish) .Call(c_fetch, wish$client, wish$request)

# R's switches travel as values; what they mean is the engine's.
as_request <- function(...) {
  switches <- list(
    gargle_oob_default = oob_option("gargle_oob_default"),
    httr_oob_default = oob_of_httr()
  )
  given <- list(...)
  # gargle's name, with gargle's values.
  if ("email" %in% names(given)) {
    account <- account_of(given$email)
    given$email <- NULL
    if (!is.null(account)) given$account <- account
  }
  as_settings(c(given, switches[setdiff(names(switches), names(given))]))
}

oob_option <- function(name) {
  value <- getOption(name)
  if (is.logical(value) && length(value) == 1 && !is.na(value)) value
}

wish_auth_code <- function(client, auth_url = NULL, scope = NULL, pkce = TRUE, auth_params = list(),
                           token_params = list(), redirect_uri = NULL, ...) {
  wish(client_with(client, authorization_endpoint = auth_url), grant = "authorization_code", scopes = scope, pkce = pkce,
       auth_params = auth_params, token_params = token_params, redirect_uri = redirect_uri, ...)
}

wish_device <- function(client, auth_url = NULL, pkce = FALSE, scope = NULL, open_browser = NULL, auth_params = list(),
                        token_params = list(), ...) {
  wish(client_with(client, device_authorization_endpoint = auth_url), grant = "device_code", scopes = scope, pkce = pkce,
       open_browser = open_browser, auth_params = auth_params, token_params = token_params, ...)
}

wish_client_credentials <- function(client, scope = NULL, token_params = list(), ...) {
  wish(client, grant = "client_credentials", scopes = scope, token_params = token_params, ...)
}

wish_password <- function(client, username, password = NULL, scope = NULL, token_params = list(), ...) {
  wish(client, grant = "password", username = username, password = password, scopes = scope, token_params = token_params,
       ...)
}

wish_refresh <- function(client, refresh_token = Sys.getenv("HTTR2_REFRESH_TOKEN"), scope = NULL, token_params = list(),
                         ...) {
  wish(client, grant = "refresh_token", refresh_token = if (nzchar(refresh_token)) refresh_token, scopes = scope,
       token_params = token_params, ...)
}

wish_bearer_jwt <- function(client, claim, signature = "jwt_encode_sig", signature_params = list(), scope = NULL,
                            token_params = list(), ...) {
  signs_itself <- identical(signature, "jwt_encode_sig") || identical(signature, jwt_encode_sig)
  # The key stays with the client, so that its kind, which the size goes with, is not known here.
  if (signs_itself && !is.null(signature_params$size) && signature_params$size != 256) {
    refuse("size is no name of an algorithm", "give signature_params = list(signing_alg = \"RS512\"), or as the key needs")
  }
  statement <- if (signs_itself) {
    list(claims = as_claims(claim), assertion_header = signature_params$header)
  } else {
    claim <- if (is.function(claim)) claim() else claim
    list(assertion = do.call(signature, c(list(claim = claim, key = NULL), signature_params)))
  }
  client <- if (signs_itself) client_with(client, signing_alg = signature_params$signing_alg) else client
  do.call(wish, c(list(client, grant = "jwt_bearer", scopes = scope, token_params = token_params, ...), statement))
}

wish_token_exchange <- function(client, subject_token, subject_token_type, resource = NULL, audience = NULL,
                                scope = NULL, requested_token_type = NULL, actor_token = NULL, actor_token_type = NULL,
                                token_params = list(), ...) {
  wish(client, grant = "token_exchange", subject_token = subject_token, subject_token_type = subject_token_type,
       resource = resource, audience = audience, scopes = scope, requested_token_type = requested_token_type,
       actor_token = actor_token, actor_token_type = actor_token_type, token_params = token_params, ...)
}

#' A token that is remembered
#'
#' httr2's function: the token of a flow, from memory while it is fresh, else refreshed or fetched again. It is the same as
#' [tok_token()] of a [tok_source()].
#'
#' @param client An [oauth_client()].
#' @param flow One of the [oauth_flows], as a function or by its name.
#' @param flow_params Its arguments, without `client`.
#' @param cache_disk Whether the token outlives the session: `TRUE` keeps it in the client's store, or else the user's, see
#'   [tok_store()]. By default it is in memory, unless the client was given a store.
#' @param cache_key Distinguishes tokens that are otherwise alike.
#' @param reauth `TRUE` or `"flow"` carries the flow out again, `"refresh"` has the token renewed.
#' @returns A token of class `tokcore_token`.
#' @examples
#' \dontrun{
#' oauth_token_cached(client, oauth_flow_client_credentials, list(scope = "read"))
#' }
#' @export
oauth_token_cached <- function(client, flow, flow_params = list(), cache_disk = FALSE, cache_key = NULL,
                               reauth = FALSE) {
  placed <- client_on_disk(client, cache_disk, !missing(cache_disk))
  wish <- do.call(wish_of(flow), c(list(placed), flow_params, if (!is.null(cache_key)) list(cache_key = cache_key)))
  source <- .Call(c_source, for_session(wish$client, wish$request$grant), wish$request)
  remember(source, client, cache_key, cache_disk)
  # What was there stays until its successor is.
  if (isTRUE(reauth) || identical(reauth, "flow")) return(tok_adopt(source, carry_out(wish)))
  old <- .Call(c_source_current, source)
  if (identical(reauth, "refresh") && !is.null(old)) tok_invalidate(source, old)
  tok_token(source)
}

# What a flow function would ask for.
wish_of <- function(flow) {
  wishes <- list(
    oauth_flow_auth_code = wish_auth_code, oauth_flow_device = wish_device,
    oauth_flow_client_credentials = wish_client_credentials, oauth_flow_password = wish_password,
    oauth_flow_refresh = wish_refresh, oauth_flow_bearer_jwt = wish_bearer_jwt,
    oauth_flow_token_exchange = wish_token_exchange
  )
  name <- if (is.character(flow)) {
    flow
  } else {
    Find(function(name) identical(flow, get(name, envir = environment(wish_of))), names(wishes))
  }
  if (is.null(name) || is.null(wishes[[name]])) {
    refuse("flow must be one of tokcore's flows", paste("use one of", paste(names(wishes), collapse = ", ")))
  }
  wishes[[name]]
}
