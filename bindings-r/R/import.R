#' Sign-ins from gargle and httr2
#'
#' Takes over what people signed in to with gargle or httr2, so that nobody has to sign in again. What is taken over stays
#' where it was. With a server that gives a new refresh token at each renewal, go on with one of the two packages only.
#'
#' gargle's files are read with care: what is no token of gargle is passed over, and nothing in a file is run. httr2 reads its
#' own cache, so the package has to be installed; in its newest versions it may renew an expired token while it reads.
#'
#' @param path gargle's folder.
#' @param email Whose tokens: an address, a pattern such as `"*@example.com"`, or `TRUE` for all.
#' @param client For gargle: an [oauth_client()], whose id, issuer and endpoints the tokens are kept for; by default each is
#'   kept for the client in its file, at Google. For httr2: the client, httr2's own or an [oauth_client()].
#' @param cache_key,cache_name httr2's `cache_key`, and the `name` of its client where that was chosen.
#' @param scopes,account What httr2 does not remember: the scopes of the token, and whose it is.
#' @param store Where to: a [tok_store()], or its path.
#' @returns A data frame with one row per token and the columns `account`, `client` and `scopes`, and for gargle `file` and
#'   `problem`: why the file was passed over, `NA` when it was not. No secret is shown.
#' @examples
#' \dontrun{
#' tok_import_gargle()
#' tok_import_httr2(client, scopes = "read")
#' }
#' @export
tok_import_gargle <- function(path = gargle_folder(), email = TRUE, client = NULL, store = NULL) {
  if (!dir.exists(path)) refuse(paste("there is no folder", path), "name gargle's folder")
  store <- import_store(store, client)
  files <- sort(list.files(path, pattern = gargle_name))
  files <- files[fits_suffix(sub(gargle_name, "\\2", files), gargle_suffix(email))]
  rows <- lapply(files, function(file) {
    found <- tryCatch(gargle_grant(file.path(path, file)), error = function(e) conditionMessage(e))
    if (is.list(found) && !is.null(client)) found <- at_client(found, .Call(c_oauth_client_place, client))
    if (is.character(found)) return(import_row(list(), file = file, problem = found))
    .Call(c_store_adopt, store, as_settings(found))
    import_row(found, file = file, problem = NA_character_)
  })
  if (length(rows)) do.call(rbind, rows) else import_row(list(), file = "", problem = "")[0, ]
}

# Where the user asked for: an argument, or the store that the client was given.
import_store <- function(store, client) {
  is_placed <- inherits(client, "tokcore_oauth_client") && !isTRUE(attr(client, "store_by_default"))
  if (is.null(store) && is_placed) .Call(c_client_store, client) else as_store(store)
}

fits_suffix <- function(suffix, wanted) {
  if (wanted %in% c("", "*")) return(rep(TRUE, length(suffix)))
  grepl(utils::glob2rx(wanted), suffix, ignore.case = TRUE)
}

# The same grant for a client of tokcore; words where it is another client's.
at_client <- function(grant, place) {
  if (!identical(grant$client_id, place$client_id)) return("a token of another client")
  grant[c("issuer", "token_endpoint", "partition")] <- list(place$issuer, place$token_endpoint, place$partition)
  grant$client_name <- first_of(place$name, grant$client_name)
  grant
}

import_row <- function(grant, ...) {
  scopes <- if (is.null(grant$scopes)) NA_character_ else paste(grant$scopes, collapse = " ")
  data.frame(account = text_of(grant$account), client = text_of(first_of(grant$client_name, grant$client_id)),
             scopes = scopes, ...)
}

# What a file of gargle says, as the engine's settings of a grant. Errors say in a few words why it is passed over.
gargle_grant <- function(file) {
  if (file.size(file) > 1048576) stop("too large for a token", call. = FALSE)
  token <- tryCatch(readRDS(file), error = function(e) stop("not a file of R", call. = FALSE))
  if (!is.environment(token) || !inherits(token, "Gargle2.0")) stop("no token of gargle", call. = FALSE)
  app <- inert(token, "app")
  if (is.null(app)) app <- inert(token, "client")
  id <- first_of(member(app, "key"), member(app, "id"))
  name <- first_of(member(app, "appname"), member(app, "name"))
  credentials <- inert(token, "credentials")
  refresh_token <- member(credentials, "refresh_token")
  if (is.null(id)) stop("a token without a client", call. = FALSE)
  if (is.null(refresh_token)) stop("a token that cannot be renewed", call. = FALSE)
  # gargle deletes them when it sees them: their client is out of service.
  if (!is.null(name) && endsWith(name, "-calliope")) stop("a token of a client that gargle has retired", call. = FALSE)
  scopes <- inert(inert(token, "params"), "scope")
  # As the chain has Google, so that token_fetch() finds it.
  list(client_id = id, client_name = name, issuer = "https://accounts.google.com",
       token_endpoint = google_endpoint()$access, grant = "authorization_code",
       scopes = if (is.character(scopes)) I(unique(as.character(scopes))), account = member(token, "email"),
       refresh_token = refresh_token)
}

# A text in it, or NULL.
member <- function(object, name) {
  value <- inert(object, name)
  if (is.character(value) && length(value) == 1 && !is.na(value) && nzchar(value)) as.character(unclass(value))
}

# A part of an object from a file, by which nothing is run: neither a method of its class, nor an active binding, nor a
# promise.
inert <- function(object, name) {
  if (is.environment(object)) {
    if (!exists(name, envir = object, inherits = FALSE) || bindingIsActive(name, object)) return(NULL)
    # The expression of a promise, or else the value.
    value <- eval(call("substitute", as.name(name), object), baseenv())
    return(if (is.language(value) || is.function(value)) NULL else value)
  }
  if (!is.list(object)) return(NULL)
  object <- unclass(object)
  if (name %in% names(object)) object[[name]]
}

#' @rdname tok_import_gargle
#' @export
tok_import_httr2 <- function(client, cache_key = NULL, scopes = NULL, account = NULL, store = NULL, cache_name = NULL) {
  need_httr2()
  store <- import_store(store, client)
  place <- if (inherits(client, "httr2_oauth_client")) {
    list(client_id = client$id, token_endpoint = client$token_url)
  } else {
    .Call(c_oauth_client_place, client)
  }
  token <- httr2_cached_token(httr2_client_for(client, place, cache_name), cache_key)
  if (is.null(token)) refuse("httr2 has no token of this client on disk", "check cache_key, and cache_name if it was chosen")
  granted <- if (is.null(scopes)) strsplit(first_of(token$scope, ""), " +")[[1]] else scopes
  grant <- c(place[c("client_id", "issuer", "token_endpoint", "partition")], list(
    client_name = place$name, grant = "authorization_code", scopes = I(granted), account = account,
    cache_key = cache_key, access_token = token$access_token, token_type = token$token_type,
    expires_at = token$expires_at, refresh_token = token$refresh_token, id_token = token$id_token
  ))
  .Call(c_store_adopt, store, as_settings(grant))
  import_row(grant)
}

# httr2 finds a token by the client's name, which follows from its id unless it was chosen.
httr2_client_for <- function(client, place, name) {
  if (inherits(client, "httr2_oauth_client") && is.null(name)) return(client)
  given <- list(id = place$client_id, token_url = first_of(place$token_endpoint, "https://unknown.invalid/token"))
  do.call(httr2::oauth_client, c(given, if (!is.null(name)) list(name = name)))
}

# httr2 hands its cache to a request, from which it can be read without a renewal; where it no longer does, its own function
# is asked, with a flow that ends there.
httr2_cached_token <- function(client, cache_key) {
  # A device's, which needs no other package. No request is ever sent.
  given <- list(httr2::request("https://unknown.invalid"), client, cache_disk = TRUE, cache_key = cache_key)
  if ("auth_url" %in% names(formals(httr2::req_oauth_device))) given$auth_url <- "https://unknown.invalid"
  policies <- do.call(httr2::req_oauth_device, given)$policies
  caches <- list(policies$auth_oauth$cache, policies$auth_sign$cache, policies$auth_sign$params$cache)
  cache <- Find(function(cache) is.list(cache) && is.function(cache$get), caches)
  if (!is.null(cache)) return(cache$get())
  if (!"oauth_token_cached" %in% getNamespaceExports("httr2")) return(NULL)
  tryCatch(
    getExportedValue("httr2", "oauth_token_cached")(client, function(...) stop("nothing is cached"), cache_disk = TRUE,
                                                    cache_key = cache_key),
    error = function(e) NULL
  )
}
