#' Clients
#'
#' A client finds out where the program runs and gets credentials there. Most programs never make one: the session has a
#' client of its own, with the options below at their defaults. `tok_use()` puts another in its place, which is how the
#' functions without a `client` argument, such as [getOAuthCredentials()], get other options.
#'
#' Making a client reads nothing and connects to nothing. A client cannot be saved or sent to another R process.
#'
#' @param backend `"workbench"`, `"connect"` or `"broker"` instead of detecting one; the same as the environment variable
#'   `TOKCORE_BACKEND`.
#' @param server_address The address of the server, instead of the environment variable `RS_SERVER_ADDRESS` or
#'   `CONNECT_SERVER`.
#' @param ca_file A file or folder with certificate authorities in PEM form, instead of `REQUESTS_CA_BUNDLE`,
#'   `CURL_CA_BUNDLE` and the system's.
#' @param verify_tls `FALSE` accepts any certificate. For experiments only.
#' @param connect_timeout_ms,timeout_ms Time limits in milliseconds, for connecting and for a whole exchange. `NULL` for
#'   the defaults of 5 and 30 seconds.
#' @param reuse_ms For how long an answer is handed out again without asking the server, in milliseconds. The default
#'   (`NULL`) and the maximum are 5000; 0 asks every time.
#'
#' @returns `tok_client()`: an object of class `tokcore_client`. `tok_use()`: `NULL`, invisibly.
#' @examples
#' patient <- tok_client(timeout_ms = 60000)
#' patient
#'
#' tok_use(patient)
#' tok_use(NULL) # the default client again
#' @export
tok_client <- function(backend = NULL, server_address = NULL, ca_file = NULL, verify_tls = TRUE,
                       connect_timeout_ms = NULL, timeout_ms = NULL, reuse_ms = NULL) {
  if (is.character(ca_file)) ca_file <- path.expand(ca_file)
  client <- .Call(c_new_client, utf8(backend), utf8(server_address), utf8(ca_file), verify_tls, connect_timeout_ms,
                  timeout_ms, reuse_ms)
  options <- list(backend = backend, server_address = server_address, ca_file = ca_file, verify_tls = verify_tls,
                  connect_timeout_ms = connect_timeout_ms, timeout_ms = timeout_ms, reuse_ms = reuse_ms)
  structure(client, class = "tokcore_client", options = Filter(Negate(is.null), options))
}

#' @param client A `tok_client()`; `NULL` for the default one.
#' @rdname tok_client
#' @export
tok_use <- function(client) invisible(.Call(c_use_client, client))

#' Where the user signs in
#'
#' @param guid The GUID of an integration; see [getOAuthIntegrations()].
#' @param client A [tok_client()]; `NULL` for the session's own.
#' @returns The address of a page for people, a string. Every failure is a [tokcore_error].
#' @examples
#' \dontrun{
#' browseURL(tok_sign_in_url("4c1cfecb-1927-4f19-bc2f-d8ac261364e0"))
#' }
#' @export
tok_sign_in_url <- function(guid, client = NULL) {
  .Call(c_sign_in_url, if (missing(guid)) NULL else utf8(guid), client)
}

#' What tokcore finds where the program runs
#'
#' Shows which server would be asked, on whose behalf, and every test that led there. Reads environment variables and
#' small files, and asks no server.
#'
#' @param client A [tok_client()]; `NULL` for the session's own.
#' @param with_user_session_token Whether to answer for a call with a `user_session_token`; see [tok_credentials()].
#' @returns A list of class `tokcore_detection`:
#'   * `backend`: `"workbench"`, `"connect"` or `"broker"`, `NULL` when nothing applies;
#'   * `subject`: on whose behalf, such as `"cookie"`, `NULL` when unknown;
#'   * `rule`: the number of the rule that decided, such as `"X06"`;
#'   * `problem`, `next_step`: why nothing applies and what to do about it, `NULL` when something does;
#'   * `tests`: a data frame with the columns `source` and `outcome`, in the order the tests were made;
#'   * `warnings`: a character vector, usually empty.
#' @examples
#' tok_detect()
#' @export
tok_detect <- function(client = NULL, with_user_session_token = FALSE) {
  detection <- .Call(c_detect, client, with_user_session_token)
  detection$tests <- data.frame(source = detection$source, outcome = detection$outcome)
  detection$source <- detection$outcome <- NULL
  detection
}

#' Forget what was handed out
#'
#' Drops the credentials that a client keeps for a few seconds, so that the next call asks the server. Does not sign
#' anybody out.
#'
#' @param client A [tok_client()]; `NULL` for the session's own.
#' @returns `NULL`, invisibly.
#' @examples
#' tok_forget()
#' @export
tok_forget <- function(client = NULL) invisible(.Call(c_forget, client))

# Strings as the engine reads them. What is no string is left for the engine to refuse.
utf8 <- function(x) if (is.character(x)) enc2utf8(x) else x
