#' Delegated Azure token
#'
#' rstudioapi's function: where users sign in to Workbench with Azure, a token for an Azure service that they delegated
#' access to.
#'
#' @param resource The Azure resource, usually a URL.
#' @param as `"list"` for a list, `"AzureToken"` for an object that packages such as AzureGraph and Microsoft365R take
#'   where they expect a token of the package AzureAuth. Neither AzureAuth nor R6 is needed.
#'
#' @returns For `as = "list"`: a list of class `tokcore_credentials` that shows no secret when printed, with the strings
#'   `access_token`, `token_type` and `scope`, and `expires_at`, the time of expiry in seconds since 1970-01-01 UTC.
#'   `scope` and `expires_at` are missing when the server did not send them.
#'
#'   For `as = "AzureToken"`: an object of class `AzureToken` with the fields of an AzureAuth token (`resource`,
#'   `credentials` with `expires_on` as text, ...) and the methods `validate()` (is it still good?), `can_refresh()`
#'   (always `TRUE`) and `refresh()` (asks the session for a new one).
#'
#'   Every failure is a [tokcore_error].
#' @examples
#' \dontrun{
#' getDelegatedAzureToken("https://storage.azure.com")
#'
#' token <- getDelegatedAzureToken("https://graph.microsoft.com/", as = "AzureToken")
#' AzureGraph::ms_graph$new(token = token)
#' }
#' @export
getDelegatedAzureToken <- function(resource, as = c("list", "AzureToken")) {
  resource <- if (missing(resource)) NULL else utf8(resource)
  as <- match.arg(as)
  token <- .Call(c_azure_token, resource)
  if (as == "list") token else azure_token(token, resource)
}

# An object that looks like an R6 object of AzureAuth: an environment whose functions see themselves as `self`. The
# classes are those that AzureAuth's own test asks for; the first one is for printing.
azure_token <- function(token, resource) {
  self <- new.env(parent = emptyenv())
  self$version <- 1
  self$resource <- resource
  self$scope <- NULL
  self$tenant <- NULL
  self$aad_host <- NULL
  self$auth_type <- "delegated"
  self$client <- NULL
  self$token_args <- list()
  self$authorize_args <- list()
  self$credentials <- azure_credentials(token)

  self$validate <- function() {
    expires_on <- self$credentials$expires_on
    is.null(expires_on) || unclass(Sys.time()) < as.numeric(expires_on)
  }
  self$can_refresh <- function() TRUE
  self$refresh <- function() {
    self$credentials <- azure_credentials(getDelegatedAzureToken(self$resource))
    invisible(self)
  }
  # The session owns what refreshes the token: there is nothing to keep on disk.
  self$cache <- function() invisible(self)
  self$hash <- function() paste0("tokcore-delegated-", gsub("[^A-Za-z0-9._-]+", "-", self$resource))
  self$print <- function(...) print(self)

  class(self) <- c("tokcore_azure_token", "tokcore_shown", "AzureToken", "R6")
  self
}

# AzureAuth and its users read the expiry as text, in seconds.
azure_credentials <- function(token) {
  if (!is.null(token$expires_at)) token$expires_on <- format(token$expires_at, scientific = FALSE)
  token
}
