#' What httr2's functions remember
#'
#' httr2's functions for what [oauth_token_cached()] remembers. On disk that is the user's [tok_store()].
#'
#' @param client An [oauth_client()].
#' @param cache_disk `TRUE` for what is on disk, in all partitions; `FALSE` for what this session remembers.
#' @param cache_key The same as for [oauth_token_cached()].
#' @param max_age_days How long what nobody used is kept.
#' @returns `oauth_cache_path()`: the folder of the store, `NULL` when nothing is kept on disk; it need not be there yet. The
#'   others: how many were removed, invisibly.
#' @examples
#' oauth_cache_path()
#' @export
oauth_cache_path <- function() folder_of(tok_store())

#' @rdname oauth_cache_path
#' @export
oauth_cache_clear <- function(client, cache_disk = FALSE, cache_key = NULL) {
  forgotten <- forget_remembered(client, cache_key)
  if (!isTRUE(cache_disk)) return(invisible(forgotten))
  nobody_said <- isTRUE(attr(client, "store_by_default"))
  if (nobody_said && keeps_nothing()) return(invisible(0L))
  store <- if (nobody_said) tok_store() else .Call(c_client_store, client)
  place <- .Call(c_oauth_client_place, client)
  entries <- .Call(c_store_list, store, as_settings(list(client_id = place$client_id)))
  meant <- Filter(function(entry) is_of(entry, place) && has_cache_key(entry, cache_key), entries)
  for (entry in meant) .Call(c_store_remove, store, entry$key)
  invisible(length(meant))
}

is_of <- function(entry, place) {
  if (is.null(place$issuer)) identical(entry$token_endpoint, place$token_endpoint) else identical(entry$issuer, place$issuer)
}

# The engine adds a hash of what else distinguishes the token.
has_cache_key <- function(entry, cache_key) {
  identical(first_of(sub("#[0-9a-f]{64}$", "", first_of(entry$cache_key, "")), ""), first_of(cache_key, ""))
}

#' @rdname oauth_cache_path
#' @export
oauth_cache_prune <- function(max_age_days = 30) {
  if (keeps_nothing()) invisible(0) else tok_store_prune(max_age_days, tok_store())
}

# Whether somebody has said that nothing outlives a session.
keeps_nothing <- function() {
  said <- first_of(getOption("tokcore.store"), Sys.getenv("TOKCORE_STORE"))
  isFALSE(said) || identical(said, "memory")
}

# The sources of oauth_token_cached() in this session, by client and `cache_key`.
remembered <- new.env(parent = emptyenv())

remembered_name <- function(client, cache_key) {
  place <- .Call(c_oauth_client_place, client)
  paste(c(place$client_id, place$issuer, place$token_endpoint, cache_key), collapse = "\n")
}

remember <- function(source, client, cache_key, cache_disk) {
  name <- remembered_name(client, cache_key)
  known <- remembered[[name]]
  known[[paste(.Call(c_source_about, source)$key, isTRUE(cache_disk))]] <- source
  assign(name, known, envir = remembered)
}

forget_remembered <- function(client, cache_key) {
  name <- remembered_name(client, cache_key)
  sources <- remembered[[name]]
  for (source in sources) tok_forget_token(source)
  if (length(sources)) rm(list = name, envir = remembered)
  length(sources)
}
