#' Credentials of an integration
#'
#' `getOAuthCredentials()` is rstudioapi's function: it exchanges the current session for an access token of one
#' integration. `tok_credentials()` does the same, also takes names, works for the people who look at content on Connect,
#' and tells more about the token.
#'
#' The last answer is handed out again for at most five seconds, so that a loop does not burden the server and a sign-out
#' is noticed; see `reuse_ms` of [tok_client()].
#'
#' Printing shows everything but the token. The element `access_token` itself is a plain string: do not print that.
#'
#' @param audience `getOAuthCredentials()`: the GUID of the integration, in any letter case. `tok_credentials()`: also
#'   `"name:"` followed by the exact internal name, or a logical name that the environment variable
#'   `TOKCORE_AUDIENCE_<NAME>` maps to one of these, or `NULL` on Connect, where one integration may be associated with
#'   the content.
#' @param user_session_token Connect only: the value of the request header `Posit-Connect-User-Session-Token`, for the
#'   credentials of the person who looks at the content. Without it, those of the content.
#' @param requested_token_type Connect only: the type of token wanted, a URN of RFC 8693. An access token when `NULL`.
#' @param client A [tok_client()]; `NULL` for the session's own.
#'
#' @returns A list of class `tokcore_credentials` that shows no secret when printed. `getOAuthCredentials()` gives
#'   * `access_token`: the token, a string;
#'   * `expiry`: a `POSIXct` time in UTC, `NA` when the server gave none;
#'   * `audience`: the argument.
#'
#'   `tok_credentials()` gives `access_token`, `token_type` (usually `"Bearer"`), `expiry`, `integration_id` (the GUID in
#'   lower case, `NULL` when unknown) and `backend` (`"workbench"`, `"connect"` or `"broker"`).
#'
#'   There is no result without a token: every failure is a [tokcore_error].
#' @seealso [getOAuthIntegrations()] for the GUIDs.
#' @examples
#' \dontrun{
#' credentials <- getOAuthCredentials("4c1cfecb-1927-4f19-bc2f-d8ac261364e0")
#' credentials$expiry
#'
#' # In a Shiny application on Connect, as the person who looks at it:
#' tok_credentials(user_session_token = session$request$HTTP_POSIT_CONNECT_USER_SESSION_TOKEN)
#'
#' # Ask the user to sign in:
#' tryCatch(
#'   getOAuthCredentials("4c1cfecb-1927-4f19-bc2f-d8ac261364e0"),
#'   tokcore_error_not_signed_in = function(e) message("Please sign in: ", e$sign_in_url)
#' )
#' }
#' @export
# The whole call is one step into native code: what is added to an empty .Call is a few nanoseconds.
getOAuthCredentials <- function(audience = NULL) .Call(c_oauth_credentials, audience)

#' @rdname getOAuthCredentials
#' @export
tok_credentials <- function(audience = NULL, user_session_token = NULL, requested_token_type = NULL, client = NULL) {
  .Call(c_credentials, utf8(audience), utf8(user_session_token), utf8(requested_token_type), client)
}
