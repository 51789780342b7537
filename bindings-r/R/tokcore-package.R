#' tokcore: OAuth credentials where the program runs
#'
#' The same call gets an access token in Posit Workbench, in Posit Connect and in a session of a tokcore broker:
#' [getOAuthCredentials()] for the managed credentials of one integration, [getOAuthIntegrations()] for the list of them.
#' The functions with names in camel case are those of the package rstudioapi, with the same arguments and results;
#' [tok_client()] and the other functions beginning with `tok_` are tokcore's own.
#'
#' Every failure is a condition with a class, see [tokcore_error]. Waiting calls can be interrupted, give up after 30
#' seconds, and work in forked processes such as those of [parallel::mclapply()].
#'
#' @keywords internal
#' @importFrom utils str
#' @useDynLib tokcore, .registration = TRUE
"_PACKAGE"
