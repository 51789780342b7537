#' What a package remembers about its sign-in
#'
#' `init_AuthState()` is gargle's function: an object that holds the state of a package, for all its functions. Most packages
#' need only [tok_auth_functions()], which makes one.
#'
#' The object has the fields `package`, `client`, `api_key`, `auth_active` and `cred`, and the methods `set_client()`,
#' `set_api_key()`, `set_auth_active()`, `set_cred()`, `clear_cred()`, `get_cred()` and `has_cred()`. Other than in gargle
#' `set_cred()` refuses what is no token. It is one object, however many names it has: what one function sets, all see.
#'
#' @param package The name of the package.
#' @param client The client that its users sign in to, [gargle_oauth_client()], or `NULL`. Of a list of clients the one of the
#'   type that suits the session that makes the state, see [gargle_oauth_client_type()].
#' @param api_key An API key, or `NULL`.
#' @param auth_active Whether requests are sent with a token.
#' @param cred A token of [token_fetch()] or of httr or gargle, or `NULL`.
#' @returns An object of class `AuthState`. Printing it shows no secret. Every failure is a [tokcore_error].
#' @examples
#' state <- init_AuthState("littlequery")
#' state$set_api_key("an API key")
#' state
#' @export
init_AuthState <- function(package = NA_character_, client = NULL, api_key = NULL, auth_active = TRUE, cred = NULL) {
  self <- new.env(parent = emptyenv())
  set <- function(field, value, is_right, words) {
    if (!is_right) refuse(paste(field, "must be", words), "see the help page of init_AuthState()")
    assign(field, value, envir = self)
    invisible(self)
  }
  self$set_client <- function(client) {
    client <- fitting_client(client)
    set("client", client, is.null(client) || is_client(client), "a client, or NULL")
  }
  self$set_api_key <- function(value) set("api_key", value, is.null(value) || is_text(value), "a string, or NULL")
  self$set_auth_active <- function(value) set("auth_active", value, isTRUE(value) || isFALSE(value), "TRUE or FALSE")
  self$set_cred <- function(cred) set("cred", cred, is.null(cred) || inherits(cred, "Token2.0"), "a token, or NULL")
  self$clear_cred <- function() self$set_cred(NULL)
  self$get_cred <- function() self$cred
  self$has_cred <- function() !is.null(self$cred)
  self$format <- function(...) format_state(self)
  self$print <- function(...) writeLines(self$format())

  set("package", package, is.character(package) && length(package) == 1, "a string")
  self$set_client(client)
  self$set_api_key(api_key)
  self$set_auth_active(auth_active)
  self$set_cred(cred)
  class(self) <- c("tokcore_auth_state", "tokcore_shown", "AuthState")
  self
}

format_state <- function(x) {
  members <- list(package = x$package, client = x$client[["name"]], api_key = if (!is.null(x$api_key)) shorten(x$api_key),
                  auth_active = x$auth_active, credentials = class(x$cred)[[1]])
  c("<AuthState>", show_members(Filter(Negate(is.null), members), hidden = character()))
}

#' @export
format.tokcore_auth_state <- function(x, ...) format_state(x)
