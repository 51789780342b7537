#' One credential function
#'
#' Each of these functions asks for one kind of credential; [token_fetch()] asks them all. They have the names and arguments
#' of gargle's. Where gargle's give `NULL`, these say why there is no token, in an error; with `on_error = "continue"` in `...`
#' they give `NULL` too.
#'
#'   * `credentials_byo_oauth2()`: a token that you have;
#'   * `credentials_service_account()`: a service account's key;
#'   * `credentials_external_account()`: a federated identity, by its configuration;
#'   * `credentials_app_default()`: the file of `GOOGLE_APPLICATION_CREDENTIALS`, or gcloud's;
#'   * `credentials_gce()`: the identity of a machine or container at Google;
#'   * `credentials_user_oauth2()`: a user, from the store or by signing in;
#'   * `credentials_workbench()`, `credentials_connect()`: an integration of Posit Workbench or Connect. They are not in the
#'     standard order; [token_fetch()] asks them when it is given an `integration`.
#'
#' @param scopes,... As for [token_fetch()].
#' @param token An access token, a token of [token_fetch()], [oauth_token()], gargle, httr or httr2, a [tok_source()], or the
#'   JSON of an `authorized_user`. Of a token of another package tokcore takes what it holds: with Google's refresh token it
#'   is renewed, else it is used while it lasts. Give `token_expires_at` with an access token whose end you know.
#' @param path A file, or its JSON.
#' @param subject The user whom a service account stands in for.
#' @param subject_token A function that gives the proofs of identity which a federated configuration at `path` is exchanged for, in
#'   place of what its `credential_source` says: called with a list of `audience` and `subject_token_type`, it returns a string.
#'   It is called on R's own thread, at each renewal, and keeps nothing unless it wants to; it cannot itself make calls of tokcore
#'   that need the network. Its errors keep message and classes, as the `parent` of the [tokcore_error].
#' @param service_account Which service account of the machine.
#' @param client The client that a user signs in to: [gargle_oauth_client()], or the path or JSON of its file. By default
#'   what the variable `TOKCORE_GOOGLE_CLIENT` names.
#' @param package Who asks, for messages.
#' @param integration The GUID of an integration, or `"name:"` with its name.
#' @returns A token, as [token_fetch()] gives it. Every failure is a [tokcore_error].
#' @examples
#' credentials_byo_oauth2(token = "an access token from elsewhere")
#'
#' \dontrun{
#' proof <- function(request) from_our_login_server(audience = request$audience)
#' credentials_external_account(path = "federation.json", subject_token = proof)
#' }
#' @name credentials
NULL

#' @rdname credentials
#' @export
credentials_byo_oauth2 <- function(scopes = NULL, token, ...) {
  if (missing(token)) refuse("no token is given", "give one as `token`, or leave the choice to token_fetch()")
  fetched("credentials_byo_oauth2", scopes, list(token = token, ...))
}

#' @rdname credentials
#' @export
credentials_service_account <- function(scopes = NULL, path = "", ..., subject = NULL) {
  fetched("credentials_service_account", scopes, list(path = if (!missing(path)) path, subject = subject, ...))
}

#' @rdname credentials
#' @export
credentials_external_account <- function(scopes = "https://www.googleapis.com/auth/cloud-platform", path = "", ...,
                                         subject_token = NULL) {
  fetched("credentials_external_account", scopes, list(path = if (!missing(path)) path, subject_token = subject_token, ...))
}

#' @rdname credentials
#' @export
credentials_app_default <- function(scopes = NULL, ..., subject = NULL) {
  fetched("credentials_app_default", scopes, list(subject = subject, ...))
}

#' @rdname credentials
#' @export
credentials_gce <- function(scopes = "https://www.googleapis.com/auth/cloud-platform", service_account = "default", ...) {
  fetched("credentials_gce", scopes, list(service_account = if (!missing(service_account)) service_account, ...))
}

#' @rdname credentials
#' @export
credentials_user_oauth2 <- function(scopes = NULL, client = NULL, package = NULL, ...) {
  fetched("credentials_user_oauth2", scopes, list(client = client, package = package, ...))
}

#' @rdname credentials
#' @export
credentials_workbench <- function(scopes = NULL, integration, ...) {
  fetched("credentials_workbench", scopes, list(integration = integration, ...))
}

#' @rdname credentials
#' @export
credentials_connect <- function(scopes = NULL, integration, ...) {
  fetched("credentials_connect", scopes, list(integration = integration, ...))
}
