#' The user's identity token
#'
#' rstudioapi's function: a token that says who the user of this Workbench session is, for services that trust
#' Workbench's identity provider.
#'
#' @returns A list of class `tokcore_credentials` that shows no secret when printed:
#'   * `token`: the token (a JWT), a string;
#'   * `expiry`: a `POSIXct` time in UTC, `NA` when the server gave none.
#'
#'   Every failure is a [tokcore_error]; a server without a token for this user is one.
#' @examples
#' \dontrun{
#' getIdentityToken()$expiry
#' }
#' @export
getIdentityToken <- function() .Call(c_identity_token)
