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
token_userinfo <- function(token) .Call(c_google_userinfo, tok_token(known_source(token)))

#' @rdname token_info
#' @export
token_email <- function(token) {
  source <- known_source(token)
  known <- known_email(source)
  if (is.na(known)) .Call(c_google_email, tok_token(source)) else known
}

#' @rdname token_info
#' @export
token_tokeninfo <- function(token) .Call(c_google_tokeninfo, tok_token(known_source(token)))

# Of another package's token what it holds.
known_source <- function(token) {
  source <- source_of(token)
  if (inherits(source, "tokcore_source")) source else credentials_byo_oauth2(token = token)$source
}

# Whose the credential is, as far as that is known without asking. What was asked for may be a pattern.
known_email <- function(source) {
  token <- .Call(c_source_current, source)
  known <- c(if (!is.null(token)) c(token$id_claims$email, token$account), .Call(c_source_about, source)$principal)
  known <- grep("^[^@*?[:space:]]+@[^@*?[:space:]]+$", known, value = TRUE)
  if (length(known)) known[[1]] else NA_character_
}

# Whether Google still takes the token that is there. It is not renewed for that.
is_valid <- function(source) {
  token <- .Call(c_source_current, source)
  if (is.null(token)) return(FALSE)
  tryCatch({
    .Call(c_google_tokeninfo, token)
    TRUE
  }, tokcore_error_denied = function(e) FALSE)
}
