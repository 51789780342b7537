#' Integrations of this session
#'
#' Lists the OAuth integrations that an administrator configured, and finds one among them. These are rstudioapi's
#' functions: the same arguments, the same results.
#'
#' @param guid The GUID of an integration. Compared without regard to letter case.
#' @param name,display_name Regular expressions for the internal name and for the name shown to people, as in [grepl()].
#'   For an exact match, use anchors: `"^github-main$"`.
#' @param authenticated `TRUE` for integrations that the user is signed in to, `FALSE` for the others, `NULL` for both.
#'
#' @returns `getOAuthIntegrations()`: a list with one element per integration, empty when there is none.
#'   `getOAuthIntegration()` and `findOAuthIntegration()`: one integration, or `NULL` when none matches;
#'   `findOAuthIntegration()` takes the first that matches everything given. An integration is a list of
#'   * `type`, `name`, `display_name`, `client_id`, `auth_url`, `token_url`, `issuer`: strings;
#'   * `scopes`: a list of strings;
#'   * `authenticated`: `TRUE` or `FALSE`;
#'   * `guid`: a string, for [getOAuthCredentials()].
#'
#'   Elements that the server did not send are missing; others that it sent follow at the end. Every failure is a
#'   [tokcore_error].
#' @examples
#' \dontrun{
#' getOAuthIntegrations()
#'
#' github <- findOAuthIntegration(name = "github", authenticated = TRUE)
#' if (!is.null(github)) getOAuthCredentials(github$guid)
#' }
#' @export
getOAuthIntegrations <- function() .Call(c_integrations)

#' @rdname getOAuthIntegrations
#' @export
getOAuthIntegration <- function(guid) {
  .Call(c_integration, if (missing(guid)) NULL else utf8(guid))
}

#' @rdname getOAuthIntegrations
#' @export
findOAuthIntegration <- function(name = NULL, display_name = NULL, guid = NULL, authenticated = NULL) {
  # Regular expressions are R's here, so that they mean what they mean in rstudioapi; so are its loose comparisons.
  matches <- function(integration) {
    (is.null(name) || isTRUE(grepl(name, integration[["name"]]))) &&
      (is.null(display_name) || isTRUE(grepl(display_name, integration[["display_name"]]))) &&
      (is.null(guid) || isTRUE(tolower(integration[["guid"]]) == tolower(guid))) &&
      (is.null(authenticated) || isTRUE(integration[["authenticated"]] == authenticated))
  }
  Find(matches, getOAuthIntegrations())
}
