#' The parts of a sign-in
#'
#' For programs that put a sign-in together themselves, with httr2's names. [oauth_flow_auth_code()] does all of it, and
#' [tok_flow_begin()] in steps; whoever uses the parts has to keep `state` and verifier apart and safe.
#'
#' @param client An [oauth_client()].
#' @param auth_url The authorization endpoint; `NULL` when the client knows it.
#' @param redirect_uri Where the browser comes back to; the default is that of a sign-in.
#' @param scope The wanted scopes.
#' @param state A fresh one-time text, which the answer must repeat. `oauth_flow_auth_code_url()` makes one when it is `NULL`.
#' @param auth_params Further parameters. `code_challenge` comes from `oauth_flow_auth_code_pkce()`.
#' @param verifier The verifier of [oauth_flow_auth_code_pkce()], whose challenge goes into the address; or one of your own,
#'   whose challenge you want.
#' @param timeout How long to wait, in seconds.
#' @param query What the redirect brought: the query as a string, or its parameters as a list.
#' @returns
#'   * `oauth_flow_auth_code_url()`: an address;
#'   * `oauth_flow_auth_code_listen()`: a list with `code` and `state`;
#'   * `oauth_flow_auth_code_parse()`: the code;
#'   * `oauth_flow_auth_code_pkce()`: a list with `verifier`, `method` and `challenge`;
#'   * `oauth_redirect_uri()`: an address.
#' @examples
#' client <- oauth_client("my-program", "https://as.example/token")
#' pkce <- oauth_flow_auth_code_pkce()
#' oauth_flow_auth_code_url(client, "https://as.example/authorize", state = "one-time", verifier = pkce$verifier)
#' oauth_flow_auth_code_parse("code=abc&state=one-time", "one-time")
#' @name oauth_parts
NULL

#' @rdname oauth_parts
#' @export
oauth_flow_auth_code_url <- function(client, auth_url = NULL, redirect_uri = oauth_redirect_uri(), scope = NULL,
                                     state = NULL, auth_params = list(), verifier = NULL) {
  client <- client_with(client, authorization_endpoint = auth_url)
  if (is.null(state)) state <- .Call(c_one_time_text)
  request <- as_settings(list(scopes = scope, auth_params = auth_params, pkce = if (is.null(verifier)) FALSE))
  .Call(c_authorization_url, client, request, utf8(redirect_uri), utf8(state), utf8(verifier))
}

#' @rdname oauth_parts
#' @export
oauth_flow_auth_code_listen <- function(redirect_uri = "http://localhost:1410", state, timeout = 300) {
  .Call(c_listen, utf8(redirect_uri), utf8(state), timeout)
}

#' @rdname oauth_parts
#' @export
oauth_flow_auth_code_parse <- function(query, state) {
  if (is.list(query)) query <- paste0(names(query), "=", vapply(query, escape, ""), collapse = "&")
  .Call(c_parse_redirect, utf8(query), utf8(state))
}

escape <- function(text) utils::URLencode(enc2utf8(as.character(text)), reserved = TRUE)

#' @rdname oauth_parts
#' @export
oauth_flow_auth_code_pkce <- function(verifier = NULL) .Call(c_pkce, utf8(verifier))

#' @rdname oauth_parts
#' @export
oauth_redirect_uri <- function() .Call(c_default_redirect_uri)

#' Signed statements
#'
#' httr2's functions, without the packages jose and openssl.
#'
#' @param iss,sub,aud Who says it, about whom, to whom.
#' @param exp,nbf,iat When it ends, begins and was made: seconds since 1970, or times.
#' @param jti Its number; a fresh one when `NULL`.
#' @param ... Further claims.
#' @param claim What `jwt_claim()` made, or a list.
#' @param key A private key: PEM or JWK text, the name of a file, or a key of the package openssl.
#' @param size The number of the hash: 256, 384 or 512. Ed25519 keys have none to choose.
#' @param header Further header fields.
#' @param secret The shared secret.
#' @returns `jwt_claim()`: a list of class `jwt_claim`. The others: the signed statement, a string.
#' @examples
#' claim <- jwt_claim(iss = "me", aud = "https://as.example", exp = Sys.time() + 60)
#' jwt_encode_hmac(claim, "a secret of at least 32 characters")
#' @export
jwt_claim <- function(iss = NULL, sub = NULL, aud = NULL, exp = Sys.time() + 300, nbf = Sys.time(), iat = Sys.time(),
                      jti = NULL, ...) {
  if (is.null(jti)) jti <- .Call(c_one_time_text)
  seconds <- function(time) if (!is.null(time)) floor(as.numeric(time))
  claim <- list(iss = iss, sub = sub, aud = aud, exp = seconds(exp), nbf = seconds(nbf), iat = seconds(iat), jti = jti, ...)
  structure(Filter(Negate(is.null), claim), class = c("jwt_claim", "list"))
}

#' @rdname jwt_claim
#' @export
jwt_encode_sig <- function(claim, key, size = 256, header = list()) {
  .Call(c_jwt_encode, as_settings(as_claims(claim)), as_settings(header), key_text(key), FALSE, size)
}

#' @rdname jwt_claim
#' @export
jwt_encode_hmac <- function(claim, secret, size = 256, header = list()) {
  .Call(c_jwt_encode, as_settings(as_claims(claim)), as_settings(header), utf8(secret), TRUE, size)
}
