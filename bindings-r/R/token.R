#' Tokens
#'
#' A token has members, read with `$`: `access_token`, `token_type`, `expires_at` (a `POSIXct` time), `refresh_token`,
#' `id_token`, `scope`, `id_claims`, `account` and whatever else the server sent. A member that is not there is `NULL`.
#'
#' No way of showing a token shows its secrets: not printing, `format()`, `str()`, `dput()` or `as.data.frame()`. A token that
#' was saved with `saveRDS()` comes back empty. `tok_export()` is the way out: a list with everything in the clear, of which
#' `do.call(httr2::oauth_token, ...)` makes a token of httr2.
#'
#' `oauth_token()` is httr2's function: a token that comes from elsewhere, for [tok_adopt()].
#'
#' @param access_token,token_type,expires_in,refresh_token What the server sent; `expires_in` in seconds.
#' @param ... Further members.
#' @param .date When it was sent.
#' @param token A token.
#' @returns `oauth_token()`: an object of class `tokcore_token`. `tok_authorization()`: the value of the `Authorization`
#'   header, a string. `tok_export()`: a list.
#' @examples
#' token <- oauth_token("not-a-secret", expires_in = 3600)
#' token
#' token$expires_at
#' @export
oauth_token <- function(access_token, token_type = "bearer", expires_in = NULL, refresh_token = NULL, ...,
                        .date = Sys.time()) {
  given <- list(access_token = access_token, token_type = token_type, expires_in = expires_in,
                refresh_token = refresh_token, ...)
  .Call(c_new_token, as_settings(given), as.numeric(.date))
}

#' @rdname oauth_token
#' @export
tok_authorization <- function(token) .Call(c_authorization, token)

#' @rdname oauth_token
#' @export
tok_export <- function(token) {
  if (inherits(token, c("request", "tokcore_chain_token"))) token <- tok_token(source_of(token))
  .Call(c_token_members, token, TRUE)
}

#' @export
`$.tokcore_token` <- function(x, name) .Call(c_token_member, x, utf8(name))

#' @export
`[[.tokcore_token` <- function(x, i, ...) .Call(c_token_member, x, utf8(i))

#' @export
names.tokcore_token <- function(x) names(.Call(c_token_members, x, FALSE))

#' @export
`$<-.tokcore_token` <- function(x, name, value) refuse("a token cannot be changed", "make one with oauth_token()")

#' @export
`[[<-.tokcore_token` <- `$<-.tokcore_token`

#' @export
format.tokcore_token <- function(x, ...) {
  # A token from a file has lost what it held; that can still be said.
  members <- tryCatch(.Call(c_token_members, x, FALSE), tokcore_error = function(e) NULL)
  if (is.null(members)) return("<tokcore token, which cannot be restored from a file or another session>")
  # For programs; whose token it is stands beside them.
  members$id_claims <- NULL
  expiry <- members[["expires_at"]]
  if (inherits(expiry, "POSIXct")) members$expires_at <- paste0(show_time(expiry), time_left(expiry))
  c("<tokcore token>", show_members(members, hidden = character()))
}

time_left <- function(time) {
  left <- as.numeric(time) - as.numeric(Sys.time())
  if (left <= 0) return(" (expired)")
  unit <- if (left < 120) c(1, "s") else if (left < 7200) c(60, "min") else c(3600, "h")
  sprintf(" (in %.0f %s)", left / as.numeric(unit[[1]]), unit[[2]])
}

#' @export
as.list.tokcore_token <- function(x, ...) .Call(c_token_members, x, FALSE)

#' @export
as.data.frame.tokcore_token <- function(x, ...) {
  members <- as.list(x)
  value <- vapply(members, function(member) {
    if (inherits(member, "POSIXct")) show_time(member) else paste(unlist(member), collapse = " ")
  }, "")
  data.frame(member = names(members), value = unname(value))
}
