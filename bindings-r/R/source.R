#' A token that stays fresh
#'
#' A source is one credential of one client, to be kept and asked before each request. `tok_token()` hands out the token in
#' memory while it is fresh, renews it when it is about to expire, and asks a person only when nothing else is left. Sources
#' that ask for the same share the token within the process; forked processes may use a source too.
#'
#' While the token is current, `tok_token()` returns the same object and costs next to nothing.
#'
#' @param client An [oauth_client()]; for `tok_revoke()`, `tok_introspect()` and `tok_userinfo()` also a source.
#' @param grant How the token is obtained: `"authorization_code"`, `"device_code"`, `"client_credentials"`, `"password"`,
#'   `"refresh_token"`, `"jwt_bearer"`, `"token_exchange"`, or any other `grant_type`, with `token_params` as its parameters.
#' @param ... Settings of the request by name: `scopes`, `resource`, `audience`, `auth_params`, `token_params`, `pkce`,
#'   `use_oob`, `redirect_uri`, `port_candidates`, `username`, `claims`, `subject_token`, `min_validity_s`, `cache_key`,
#'   `account`, `exact_scopes` and others. An unknown name is an error that names the closest one. `email` is gargle's name of
#'   `account`: an address or a pattern such as `"*@example.com"`, `TRUE` for whichever is stored, `FALSE` or `NA` for a new
#'   sign-in.
#' @param cache gargle's name of the store: `TRUE` for the user's, `FALSE` for none, a folder, or `NA` to ask once. `NULL` for
#'   the client's, see [tok_store()].
#' @param source A source, or a token of [token_fetch()], which has one.
#' @param token A token; a string where the server is asked about one.
#' @param url,method The request that the header is for. Needed for a token that is bound to a key (DPoP).
#' @param status,www_authenticate,dpop_nonce The answer of the API: its status, and these header fields.
#' @param refresh_token Whether the refresh token is meant.
#' @returns
#'   * `tok_source()`: an object of class `tokcore_source`;
#'   * `tok_token()`, `tok_adopt()`: a token, see [oauth_token()];
#'   * `tok_header()`: the header fields of a request, a named character vector whose printing shows no secret. For httr:
#'     `httr::add_headers(.headers = tok_header(source))`; for curl: `curl::handle_setheaders(h, .list =
#'     as.list(tok_header(source)))`; for httr2 see [req_auth_tokcore()];
#'   * `tok_recover()`: what to do when an API refused a request: a token to send it once more with, or `NULL` when the
#'     answer is not about the token;
#'   * `tok_invalidate()`, `tok_forget_token()`: `NULL`, invisibly. The first has the token renewed by the next call, the
#'     second forgets it in this process (see [tok_logout()] for the store);
#'   * `tok_revoke()`: a list with `outcome` (`"revoked"`, `"local_only"`, `"unsupported"`) and `problem`, invisibly;
#'   * `tok_introspect()`: what the server knows about the token, a list with `active`;
#'   * `tok_userinfo()`: what the server knows about the person, a list.
#'
#'   Every failure is a [tokcore_error].
#' @examples
#' client <- oauth_client("my-program", "https://as.example/token")
#' source <- tok_source(client, "client_credentials", scopes = "read")
#' source
#' \dontrun{
#' curl::handle_setheaders(handle, .list = as.list(tok_header(source)))
#' }
#' @export
tok_source <- function(client, grant = "authorization_code", ..., cache = NULL) {
  wish <- kept_wish(client, grant, ..., cache = cache)
  .Call(c_source, wish$client, wish$request)
}

#' @rdname tok_source
#' @export
# The whole call is one step into native code, which hands out the same object while the token is current.
tok_token <- function(source) {
  .Call(c_source_token, if (is.environment(source) || is.list(source)) source_of(source) else source)
}

#' @rdname tok_source
#' @export
tok_header <- function(source, url = NULL, method = "GET") {
  source <- source_of(source)
  token <- tok_token(source)
  header <- if (is.null(url)) {
    c(Authorization = tok_authorization(token))
  } else {
    .Call(c_source_headers, source, token, utf8(method), utf8(url))
  }
  structure(header, class = "tokcore_header")
}

#' @rdname tok_source
#' @export
tok_adopt <- function(source, token) .Call(c_source_adopt, source, token)

#' @rdname tok_source
#' @export
tok_invalidate <- function(source, token = tok_token(source)) {
  invisible(.Call(c_source_invalidate, source_of(source), token))
}

#' @rdname tok_source
#' @export
tok_forget_token <- function(source) invisible(.Call(c_source_forget, source))

#' @rdname tok_source
#' @export
tok_recover <- function(source, token, status, www_authenticate = NULL, dpop_nonce = NULL) {
  .Call(c_source_recover, source, token, status, utf8(www_authenticate), utf8(dpop_nonce))
}

#' @rdname tok_source
#' @export
tok_revoke <- function(client, token = NULL) {
  client <- source_of(client)
  if (inherits(client, "tokcore_source") && is.null(token)) return(revoked(client))
  refresh <- if (inherits(token, "tokcore_token")) token$refresh_token
  access <- if (inherits(token, "tokcore_token")) token$access_token else utf8(token)
  told <- .Call(c_revoke, client_of(client), refresh, access)
  if (inherits(client, "tokcore_source")) tok_forget_token(client)
  invisible(told)
}

# A source's own grant is over then, in its store too.
revoked <- function(source) {
  told <- .Call(c_source_logout, source, TRUE)
  if (!told$found) told <- .Call(c_revoke, client_of(source), NULL, NULL)
  invisible(told[c("outcome", "problem")])
}

#' @rdname tok_source
#' @export
tok_introspect <- function(client, token = tok_token(client), refresh_token = FALSE) {
  hint <- if (refresh_token) "refresh_token" else "access_token"
  asked <- if (inherits(token, "tokcore_token")) token[[hint]] else utf8(token)
  .Call(c_introspect, client_of(client), asked, hint)
}

#' @export
format.tokcore_introspection <- function(x, ...) {
  c("<tokcore introspection>", show_members(unclass(x), hidden = character()))
}

#' @export
print.tokcore_introspection <- function(x, ...) {
  writeLines(format(x))
  invisible(x)
}

#' @rdname tok_source
#' @export
tok_userinfo <- function(client, token = tok_token(client)) .Call(c_userinfo, client_of(client), token)

client_of <- function(x) if (inherits(x, "tokcore_source")) .Call(c_source_client, x) else x

#' @export
format.tokcore_source <- function(x, ...) {
  about <- tryCatch(.Call(c_source_about, x), tokcore_error = function(e) NULL)
  if (is.null(about)) return("<tokcore token source, which cannot be restored from a file or another session>")
  token <- .Call(c_source_current, x)
  c("<tokcore token source>", show_members(Filter(Negate(is.null), about), hidden = character()),
    if (is.null(token)) "no token yet" else format(token))
}

#' @export
format.tokcore_header <- function(x, ...) c("<tokcore header>", paste0(names(x), ": <REDACTED>"))

#' @export
print.tokcore_header <- function(x, ...) {
  writeLines(format(x))
  invisible(x)
}

#' @export
str.tokcore_header <- function(object, ...) print(object)

#' @export
summary.tokcore_header <- function(object, ...) print(object)

#' @export
as.list.tokcore_header <- function(x, ...) as.list(unclass(x))
