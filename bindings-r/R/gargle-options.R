#' gargle's options
#'
#' gargle's functions for the defaults of `email`, `cache` and `use_oob`, for packages whose functions show them in their
#' arguments. [token_fetch()] looks at the options by itself where these arguments are left out.
#'
#' `gargle_oauth_client_type()` is for packages that bring two clients: which of them suits this session. On a server, such as
#' RStudio Server or a hub, that is the `"web"` one, whose page shows a code, else the `"installed"` one. The option
#' `gargle_oauth_client_type` decides where it is set. [tok_auth_functions()] asks it when it is given a list of clients.
#'
#' @returns What the option says: `gargle_oauth_email()` `NULL` when it is not set, `gargle_oauth_cache()` `NA`,
#'   `gargle_oob_default()` `NULL`: then the machine decides, and other than in gargle an option that is set always counts.
#'   `gargle_oauth_client_type()`: `"installed"` or `"web"`; another option is a [tokcore_error].
#' @examples
#' gargle_oauth_cache()
#' gargle_oauth_client_type()
#' @export
gargle_oauth_email <- function() getOption("gargle_oauth_email")

#' @rdname gargle_oauth_email
#' @export
gargle_oauth_cache <- function() getOption("gargle_oauth_cache", NA)

#' @rdname gargle_oauth_email
#' @export
gargle_oob_default <- function() first_of(getOption("gargle_oob_default"), oob_of_httr())

#' @rdname gargle_oauth_email
#' @export
gargle_oauth_client_type <- function() .Call(c_google_client_type, utf8(getOption("gargle_oauth_client_type")))

# httr sets its option to FALSE when it is loaded, which says nothing.
oob_of_httr <- function() if (isTRUE(getOption("httr_oob_default"))) TRUE
