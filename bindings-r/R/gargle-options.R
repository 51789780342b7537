#' gargle's options
#'
#' gargle's functions for the defaults of `email`, `cache` and `use_oob`, for packages whose functions show them in their
#' arguments. [token_fetch()] looks at the options by itself where these arguments are left out.
#'
#' @returns What the option says: `gargle_oauth_email()` `NULL` when it is not set, `gargle_oauth_cache()` `NA`,
#'   `gargle_oob_default()` `NULL`: then the machine decides, and other than in gargle an option that is set always counts.
#' @examples
#' gargle_oauth_cache()
#' @export
gargle_oauth_email <- function() getOption("gargle_oauth_email")

#' @rdname gargle_oauth_email
#' @export
gargle_oauth_cache <- function() getOption("gargle_oauth_cache", NA)

#' @rdname gargle_oauth_email
#' @export
gargle_oob_default <- function() first_of(getOption("gargle_oob_default"), oob_of_httr())

# httr sets its option to FALSE when it is loaded, which says nothing.
oob_of_httr <- function() if (isTRUE(getOption("httr_oob_default"))) TRUE
