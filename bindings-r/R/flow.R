#' A sign-in in steps
#'
#' For a Shiny application, a web server or a loop of its own, where nothing may block. `tok_flow_begin()` starts a sign-in;
#' show its `authorization_url` (or `user_code` and `verification_uri`), then call `tok_flow_step()` until it returns a token.
#'
#' A pasted code or address goes to `tok_flow_submit()`. A web host that receives the redirect itself gives its query to
#' `tok_flow_respond()`; between the two requests of the browser it may put the sign-in away with `tok_flow_seal()`, into a
#' cookie or a session, and take it up again with `tok_flow_open()`, once and within ten minutes.
#'
#' @param from An [oauth_client()], or a [tok_source()] whose token is wanted.
#' @param client An [oauth_client()].
#' @param ... Settings of the request as for [tok_source()], the same for `tok_flow_begin()` and `tok_flow_open()`; none for
#'   a source.
#' @param flow What `tok_flow_begin()` returned. Its members, such as `flow$authorization_url`, `redirect_uri`, `user_code`,
#'   `verification_uri`, `expires_at`, `channels` and `notices`, are read with `$`.
#' @param wait How long to wait, in seconds; 0 only looks at what has already happened.
#' @param text What was pasted.
#' @param query The query of the redirect.
#' @param key 32 secret bytes, a raw vector, the same for both.
#' @param partition Whose sign-in it is, such as the name of a session; the same for both.
#' @param sealed What `tok_flow_seal()` returned.
#' @returns
#'   * `tok_flow_begin()`, `tok_flow_open()`: an object of class `tokcore_flow`;
#'   * `tok_flow_step()`: the token, or `NULL` while nobody has answered;
#'   * `tok_flow_submit()`: a list with `outcome`, one of `"accepted"` (step on), `"needs_state"` (paste the state too) and
#'     `"refused"`, and with `problem`;
#'   * `tok_flow_respond()`: the token;
#'   * `tok_flow_seal()`: a string.
#' @examples
#' client <- oauth_client("my-program", "https://as.example/token", authorization_endpoint = "https://as.example/authorize")
#' flow <- tok_flow_begin(client, scopes = "read")
#' flow$redirect_uri
#' is.null(tok_flow_step(flow)) # nobody has signed in yet
#' @export
tok_flow_begin <- function(from, ...) {
  if (inherits(from, "tokcore_source")) return(.Call(c_source_begin, from))
  .Call(c_flow_begin, from, as_request(...))
}

#' @rdname tok_flow_begin
#' @export
tok_flow_step <- function(flow, wait = 0) .Call(c_flow_step, flow, wait)

#' @rdname tok_flow_begin
#' @export
tok_flow_submit <- function(flow, text) .Call(c_flow_submit, flow, utf8(text))

#' @rdname tok_flow_begin
#' @export
tok_flow_respond <- function(flow, query) .Call(c_flow_respond, flow, utf8(query))

#' @rdname tok_flow_begin
#' @export
tok_flow_seal <- function(flow, key, partition = NULL) .Call(c_flow_seal, flow, key, utf8(partition))

#' @rdname tok_flow_begin
#' @export
tok_flow_open <- function(client, sealed, key, partition = NULL, ...) {
  .Call(c_flow_open, client, as_request(...), utf8(sealed), key, utf8(partition))
}

#' @export
`$.tokcore_flow` <- function(x, name) .Call(c_flow_prompt, x)[[name]]

#' @export
names.tokcore_flow <- function(x) names(.Call(c_flow_prompt, x))

# Not the address: it holds the one-time state.
#' @export
format.tokcore_flow <- function(x, ...) {
  prompt <- tryCatch(.Call(c_flow_prompt, x), tokcore_error = function(e) NULL)
  shown <- prompt[intersect(c("redirect_uri", "verification_uri", "expires_at", "channels"), names(prompt))]
  c("<tokcore sign-in>", if (length(shown)) show_members(shown))
}
