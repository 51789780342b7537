# Which store a client's credentials are in. R makes none unless somebody has asked for it: by an argument, by the option
# `tokcore.store`, by the environment variable TOKCORE_STORE, or by a sign-in elsewhere, such as at the shell.

# A client by its settings, of which `store` may be a store, a path or a switch.
placed_client <- function(settings) {
  store <- settings$store
  nobody_said <- is.null(store)
  if (nobody_said) store <- default_store()
  settings$store <- if (!inherits(store, "tokcore_store")) expanded(store_setting(store))
  client <- .Call(c_oauth_client, as_settings(settings))
  if (inherits(store, "tokcore_store")) client <- .Call(c_client_in_store, client, store)
  noted(client, nobody_said)
}

# The user's store where there is one, else the memory of the session, unless somebody has said otherwise for all sessions.
default_store <- function() {
  said <- getOption("tokcore.store")
  if (!is.null(said)) said else if (!nzchar(Sys.getenv("TOKCORE_STORE"))) "existing"
}

# Whether the client's own store was nobody's choice stays known: httr2's `cache_disk` may still make one.
noted <- function(client, nobody_said) {
  attr(client, "store_by_default") <- if (nobody_said) TRUE
  client
}

# The client with what one call says of it.
client_with <- function(client, ...) {
  said <- as_settings(list(...))
  if (!length(said)) return(client)
  noted(.Call(c_oauth_client_with, client, said), isTRUE(attr(client, "store_by_default")))
}

# The client with its credentials in a store, or in the memory of the session.
client_in <- function(client, place) {
  if (inherits(place, "tokcore_store")) .Call(c_client_in_store, client, place) else client_with(client, store = place)
}

# httr2's switch: the disk when it is TRUE, else the memory of the session. A client that was given a store keeps it when the
# switch is not given.
client_on_disk <- function(client, cache_disk, is_given) {
  nobody_said <- isTRUE(attr(client, "store_by_default"))
  if (isTRUE(cache_disk)) return(if (nobody_said) client_in(client, tok_store()) else client)
  if (nobody_said || is_given) client_in(client, "memory") else client
}

# A client and a request whose credential is remembered.
kept_wish <- function(client, grant = "authorization_code", ..., cache = NULL) {
  if (!is.null(cache)) client <- client_in(client, place_of_cache(cache))
  list(client = for_session(client, grant), request = as_request(grant = grant, ...))
}

# What a person of a Shiny application signed in to is not another person's, although one process serves both.
for_session <- function(client, grant) {
  person <- shiny_person()
  needs_person <- is.character(grant) && all(grant %in% c("authorization_code", "device_code", "password", "refresh_token"))
  if (is.null(person) || !needs_person || !is.null(.Call(c_oauth_client_place, client)$partition)) return(client)
  client_with(client, partition = person)
}

# Who looks at the application: the user whom the server knows, in all their sessions, else this one session.
shiny_person <- function() {
  session <- shiny_session()
  if (is.null(session)) return(NULL)
  if (is_text(session$user)) paste0("shiny-user:", session$user) else paste0("shiny-session:", session$token)
}

shiny_session <- function() {
  if (isNamespaceLoaded("shiny")) getExportedValue("shiny", "getDefaultReactiveDomain")()
}
