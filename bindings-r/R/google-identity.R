#' Whose token it is
#'
#' gargle's functions: what Google knows about the user of a token, and about the token. `token_email()` does not ask Google
#' where tokcore knows the address.
#'
#' @param token A token of [token_fetch()] or [tok_source()], or of httr or gargle; `httr::config(token = )` too.
#' @returns `token_userinfo()` and `token_tokeninfo()`: what Google answered, a list. `token_email()`: the address, a string;
#'   `NULL` where the token was not given for it. Every failure is a [tokcore_error].
#' @examples
#' \dontrun{
#' token_email(token_fetch("userinfo.email"))
#' }
#' @name token_info
NULL

#' @rdname token_info
#' @export
token_userinfo <- function(token) .Call(c_google_userinfo, known_source(token))

#' @rdname token_info
#' @export
token_email <- function(token) {
  source <- known_source(token)
  known <- .Call(c_source_about, source)$principal
  if (is_text(known) && grepl("@", known, fixed = TRUE)) known else .Call(c_google_email, source)
}

#' @rdname token_info
#' @export
token_tokeninfo <- function(token) .Call(c_google_tokeninfo, known_source(token))

# Of another package's token what it holds.
known_source <- function(token) {
  source <- source_of(token)
  if (inherits(source, "tokcore_source")) source else credentials_byo_oauth2(token = token)$source
}

# Whether Google still takes the token.
is_valid <- function(source) {
  tryCatch({
    .Call(c_google_tokeninfo, source)
    TRUE
  }, tokcore_error_denied = function(e) FALSE)
}
