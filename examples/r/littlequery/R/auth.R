#' Sign in to BigQuery
#'
#' These functions sign in and out, and configure the sign-in. They and their arguments are described in
#' [tokcore::tok_auth_functions()].
#'
#' @name lq_auth
#' @aliases lq_deauth lq_token lq_has_token lq_has_valid_token lq_user lq_auth_configure lq_oauth_client lq_api_key lq_scopes
#' @export lq_auth lq_deauth lq_token lq_has_token lq_has_valid_token lq_user lq_auth_configure lq_oauth_client lq_api_key
#' @export lq_scopes
NULL

tokcore::tok_auth_functions("lq", scopes = "bigquery")
