# What token_fetch() returns: an environment with the members that httr and gargle use, around a source. The methods find
# everything in the frame of chain_token(), as those of R6 do in `self`.

chain_token <- function(source, attempts = NULL, package = NULL) {
  force(package)
  email <- known_email(source)
  known <- .Call(c_source_about, source)
  if (!is.na(email)) known$principal <- email
  client <- if (!is.null(known$client_id)) known_client(known$client_id)
  self <- new.env(parent = emptyenv())

  self$source <- source
  self$about <- known
  self$attempts <- attempts
  self$email <- email
  self$package <- first_of(package, "tokcore")
  self$endpoint <- google_endpoint()
  self$params <- list(scope = strsplit(first_of(known$scope, ""), " ", fixed = TRUE)[[1]], as_header = TRUE)
  self$client <- client
  self$app <- client
  self$cache_path <- NULL
  self$private_key <- NULL
  # Read at each access: whoever takes the access token out of here wants one that works.
  makeActiveBinding("credentials", function(value) {
    if (!missing(value)) refuse("the credentials of a token cannot be changed", "give the token to token_fetch() as `token`")
    structure(tok_export(tok_token(source)), class = c("tokcore_credentials", "list"))
  }, self)

  self$sign <- function(method = "GET", url) httr_request(url, unclass(tok_header(source, url, method)))
  self$can_refresh <- function() !identical(known$grant, "access_token")
  self$has_expired <- function() {
    expiry <- held_expiry(source)
    !is.null(expiry) && expiry <= Sys.time()
  }
  self$refresh <- function() {
    if (!self$can_refresh()) refuse("the token was given as it is, and cannot be renewed", "fetch another one")
    tok_invalidate(source)
    tok_token(source)
    invisible(self)
  }
  self$validate <- function() is_valid(source)
  self$revoke <- function() tok_revoke(source)
  # gargle's tokens know where they are kept. The store does that here.
  self$cache <- function(...) invisible(self)
  self$load_from_cache <- function() FALSE
  self$hash <- function() known$key
  self$format <- function(...) format_chain_token(self)
  self$print <- function(...) writeLines(self$format())

  lockEnvironment(self)
  class(self) <- c("tokcore_chain_token", "tokcore_shown", "Token2.0", "Token")
  self
}

# The end of the token that is there. Shape: NULL where it is not known.
held_expiry <- function(source) {
  token <- .Call(c_source_current, source)
  if (!is.null(token)) token$expires_at
}

# A request of httr with nothing but these. Made here, so that httr is not needed for those who do not use it.
httr_request <- function(url = NULL, headers = NULL, auth_token = NULL) {
  empty <- list(method = NULL, url = url, headers = headers, fields = NULL, options = NULL, auth_token = auth_token, output = NULL)
  structure(empty, class = "request")
}

# Who looks at these wants to know whether the token is for Google.
google_endpoint <- function() {
  structure(
    list(request = NULL, authorize = "https://accounts.google.com/o/oauth2/v2/auth",
         access = "https://oauth2.googleapis.com/token", validate = "https://oauth2.googleapis.com/tokeninfo",
         revoke = "https://oauth2.googleapis.com/revoke"),
    class = "oauth_endpoint"
  )
}

known_client <- function(id) {
  name <- strsplit(id, ".", fixed = TRUE)[[1]][[1]]
  structure(list(name = name, id = id, appname = name, key = id),
            class = c("tokcore_google_client", "tokcore_shown", "gargle_oauth_client", "oauth_app"))
}

# The source behind whatever stands for a token.
source_of <- function(x) {
  if (inherits(x, "request")) x <- x$auth_token
  if (inherits(x, "tokcore_chain_token")) x$source else x
}

format_chain_token <- function(x) {
  about <- x$about
  told <- tryCatch(.Call(c_source_about, x$source), tokcore_error = function(e) NULL)
  if (is.null(told)) return("<tokcore token of the chain, which cannot be restored from a file or another session>")
  token <- .Call(c_source_current, x$source)
  expiry <- token$expires_at
  members <- list(
    kind = about$grant, "found in" = about$found, account = about$principal, client = about$client_id,
    scopes = if (!is.null(about$scope)) short_scopes(about$scope), project = about$project_id,
    "quota project" = about$quota_project_id,
    expires = if (is.null(expiry)) "not known" else paste0(show_time(expiry), time_left(expiry)),
    renewable = if (x$can_refresh()) "yes" else "no"
  )
  c("<tokcore token of the chain>", show_members(Filter(Negate(is.null), members), hidden = character()))
}

#' @export
format.tokcore_chain_token <- function(x, ...) format_chain_token(x)

# Not the members: the access token is one of them.
#' @export
as.list.tokcore_chain_token <- function(x, ...) x$about
