#' Google's clients
#'
#' A client is what a user signs in to. It is registered in the Google Cloud Console, which gives its file: a desktop
#' application (`"installed"`) for programs on people's machines, a web application for pages of your own. tokcore brings none:
#' a request has to say which program it comes from.
#'
#' `gargle_oauth_client()` and `gargle_oauth_client_from_json()` have gargle's names and arguments, and their result works in
#' gargle too. Give it to [token_fetch()] as `client`.
#'
#' @param id,secret The client's id and its secret. An installed application may have no secret.
#' @param redirect_uris Where the browser comes back to, as registered; needed for a web application.
#' @param type `"installed"` or `"web"`.
#' @param name What people call it. By default the first part of the id.
#' @param path The file of the client, or its JSON.
#' @returns An object of the classes `tokcore_google_client`, `gargle_oauth_client` and `oauth_app`. Printing it shows no
#'   secret. Every failure is a [tokcore_error].
#' @examples
#' gargle_oauth_client("123-abc.apps.googleusercontent.com", "not a secret")
#' @export
gargle_oauth_client <- function(id, secret = NULL, redirect_uris = NULL, type = c("installed", "web"), name = NULL) {
  type <- match.arg(type)
  redirect_uris <- unlist(redirect_uris)
  if (!is_text(id) || !nzchar(id)) refuse("id must be a string", "the client's id ends with .apps.googleusercontent.com")
  if (!is.null(secret) && !is_text(secret)) refuse("secret must be a string", "the console shows it beside the id")
  if (is.null(secret) && type == "web") refuse("a web application has a secret", "the console shows it beside the id")
  if (!is.null(name) && !is_text(name)) refuse("name must be a string", "leave it out for the first part of the id")
  if (!is.null(redirect_uris) && !is.character(redirect_uris)) refuse("redirect_uris must be strings", "as registered")
  if (type == "web" && !length(redirect_uris)) refuse("a web application needs redirect_uris", "give those that are registered")
  name <- first_of(name, strsplit(id, ".", fixed = TRUE)[[1]][[1]])
  structure(
    list(name = name, id = id, secret = secret, type = type, redirect_uris = redirect_uris, appname = name, key = id),
    class = c("tokcore_google_client", "tokcore_shown", "gargle_oauth_client", "oauth_app")
  )
}

#' @rdname gargle_oauth_client
#' @export
gargle_oauth_client_from_json <- function(path, name = NULL) {
  if (!is_text(path)) refuse("path must be a string", "the file of the client, or its JSON")
  file <- .Call(c_google_read_client, utf8(expanded_file(path)))
  # The secret, which the engine tells nobody, is for the object alone.
  members <- .Call(c_json_members, utf8(if (is_json(path)) path else text_of_file(path)))
  secret <- members[[file$type]][["client_secret"]]
  redirect_uris <- if (length(file$redirect_uris)) file$redirect_uris
  gargle_oauth_client(file$id, secret, redirect_uris, file$type, first_of(name, file$name))
}

text_of_file <- function(path) {
  paste(readLines(path.expand(path), warn = FALSE, encoding = "UTF-8"), collapse = "\n")
}

# The client that is meant by one, by several of which each suits other sessions, or by a function that gives either.
fitting_client <- function(client) {
  if (is.function(client)) client <- client()
  are_several <- is.list(client) && !is_client(client) && length(client) && all(vapply(client, is_client, NA))
  if (!are_several) return(client)
  types <- vapply(client, function(each) first_of(each[["type"]], "installed"), "")
  client[[match(gargle_oauth_client_type(), types, nomatch = 1)]]
}

is_client <- function(x) inherits(x, c("gargle_oauth_client", "oauth_app"))

# The client as the chain takes it: a path, or JSON.
client_text <- function(client) {
  if (is.null(client)) return(NULL)
  if (is_text(client)) return(expanded_file(client))
  if (!is_client(client)) {
    refuse("client must be made by gargle_oauth_client(), or be the path of a client's file", "see its help page")
  }
  type <- first_of(client[["type"]], "installed")
  id <- first_of(client[["id"]], client[["key"]])
  .Call(c_client_json, utf8(type), utf8(id), utf8(client[["secret"]]), utf8(client[["redirect_uris"]]))
}

#' @export
format.tokcore_google_client <- function(x, ...) {
  members <- list(name = x[["name"]], id = x[["id"]], secret = if (!is.null(x[["secret"]])) "<redacted>", type = x[["type"]],
                  redirect_uris = x[["redirect_uris"]])
  c("<Google OAuth client>", show_members(Filter(Negate(is.null), members), hidden = character()))
}
