#' Where credentials outlive the session
#'
#' A store keeps credentials for the sessions to come, and shares them among all processes and languages of a user: sealed,
#' one file each. `tok_store()` names one; nothing is read or written before it is used.
#'
#' R makes no store unless somebody has asked for it: give a client a `store` (`oauth_client(..., store = "user")`), say it
#' once for all sessions, with `options(tokcore.store = "user")` or the environment variable `TOKCORE_STORE`, or sign in
#' elsewhere, such as with `tokcore login` at the shell: a store that is there is used. What may be named is listed under
#' `path`; as an option, `TRUE` stands for the user's store and in it only what cannot be had again without a person, `FALSE`
#' for the memory of the session. Without any of this credentials live as long as the session.
#'
#' In a Shiny session, what a person signed in to is kept apart from other people's: the client gets a `partition` of its own,
#' unless it was given one.
#'
#' @section Your own place:
#' `custom` keeps credentials in a database or a vault: a list of the functions `load(key)`, which returns what is kept under
#' the key, one string, or `NULL`; `store(key, content)`; `delete(key)`; and, if it can, `keys()`, which returns all keys. A
#' content holds tokens: keep it out of logs. The functions are called on R's own thread only, during calls of tokcore. What
#' happens elsewhere, such as the end of an exchange that was interrupted, waits in memory until the next call. An error in
#' one of them is a `tokcore_error_store` that keeps its message and its classes, with the original as `parent`.
#'
#' @param path `"user"` for the user's own store, `"memory"` for none, or a folder. By default what the option and the
#'   environment variable say, else `"user"`.
#' @param key The key of the store: 32 bytes as base64url text. By default the store has one of its own.
#' @param custom Functions that keep credentials, see below.
#' @param store A store; a string is taken as its `path`.
#' @param account,client,issuer,scope Which credentials are meant: an address or a pattern such as `"*@example.com"`, a client
#'   (or its id), an issuer, a scope that was granted. What is not given excludes none.
#' @param key_prefix The key of one credential, or its beginning, as the list shows it.
#' @param all `TRUE` to remove everything.
#' @param max_idle_days How long what nobody used is kept.
#' @param file The file to write or to read. `tok_store_import()` also takes the JSON of an `authorized_user`, as gcloud writes
#'   it: [token_fetch()] finds what is in it for the same client.
#' @param passphrase Protects the file; JSON has none. Asked for when it is `NULL` and somebody is there.
#' @param scopes What the grant in a JSON file is good for, where the file does not say; short names too.
#' @returns
#'   * `tok_store()`: an object of class `tokcore_store`;
#'   * `tok_store_list()`: a data frame, one row per credential, without any secret: `account`, `client`, `client_id`,
#'     `issuer`, `scopes`, `grant`, `state` (`"ok"`, `"stale"`, `"expired"`, `"revoked"`, `"unreadable"`), `why`, `created`,
#'     `refreshed`, `last_used`, `expires`, `is_default`, `source`, `key`, `filepath`;
#'   * `tok_store_remove()`, `tok_store_prune()`: how many were removed, invisibly. Nothing is revoked; see [tok_logout()];
#'   * `tok_store_default()`: `NULL`, invisibly. The account is meant from then on when none is named;
#'   * `tok_store_export()`: the file's name, invisibly;
#'   * `tok_store_import()`: a data frame with the columns `key`, `account` and `outcome` (`"added"`, `"replaced"`,
#'     `"kept"`).
#'
#'   Every failure is a [tokcore_error].
#' @examples
#' store <- tok_store(file.path(tempdir(), "store"))
#' tok_store_list(store)
#' unlink(file.path(tempdir(), "store"), recursive = TRUE)
#' @export
tok_store <- function(path = NULL, key = NULL, custom = NULL) {
  if (!is.null(custom)) {
    if (!is.null(path) || !is.null(key)) refuse("a custom store has neither path nor key", "give custom alone")
    return(custom_store(custom))
  }
  if (is.null(path) && is.null(key)) {
    said <- getOption("tokcore.store")
    if (inherits(said, "tokcore_store")) return(said)
    path <- store_setting(said, "the option tokcore.store")
  }
  .Call(c_store, as_settings(list(path = expanded(path), key = key)))
}

# What names a store: a path or R's switch for it. NULL leaves it to the engine, which asks TOKCORE_STORE.
store_setting <- function(said, name = "store") {
  if (is.null(said) || isTRUE(said)) return(NULL)
  if (isFALSE(said)) return("memory")
  if (is.character(said) && length(said) == 1 && !is.na(said) && nzchar(said)) return(said)
  refuse(paste(name, "must be \"user\", \"memory\" or a folder"), "see the help page of tok_store()")
}

expanded <- function(path) if (is.character(path)) path.expand(path) else path

as_store <- function(store) {
  if (inherits(store, "tokcore_store")) store else if (is.null(store)) tok_store() else tok_store(store_setting(store))
}

#' @rdname tok_store
#' @export
tok_store_list <- function(store = NULL, account = NULL, client = NULL, issuer = NULL, scope = NULL) {
  entry_frame(.Call(c_store_list, as_store(store), chosen(account, client, issuer, scope)))
}

# Which credentials are meant, with the engine's names.
chosen <- function(account = NULL, client = NULL, issuer = NULL, scope = NULL) {
  if (inherits(client, "tokcore_oauth_client")) client <- .Call(c_oauth_client_place, client)$client_id
  as_settings(list(account = account, client_id = client, issuer = issuer, scope = scope))
}

entry_frame <- function(entries) {
  text <- function(name) vapply(entries, function(entry) text_of(entry[[name]]), "")
  time <- function(name) {
    seconds <- vapply(entries, function(entry) as.numeric(first_of(entry[[name]], NA)), 0)
    as.POSIXct(seconds, origin = "1970-01-01", tz = "UTC")
  }
  data.frame(
    account = first_known(text("account"), text("email")), client = first_known(text("client_name"), text("client_id")), client_id = text("client_id"), issuer = text("issuer"),
    scopes = vapply(entries, function(entry) paste(unlist(entry$scopes), collapse = " "), ""), grant = text("grant"),
    state = text("state"), why = text("why"), created = time("created_at_unix_s"), refreshed = time("refreshed_at_unix_s"),
    last_used = time("last_used_at_unix_s"), expires = time("expires_at_unix_s"),
    is_default = vapply(entries, function(entry) isTRUE(entry$is_default), NA), source = text("source"),
    key = text("key"), filepath = text("path")
  )
}

first_of <- function(value, otherwise) if (is.null(value)) otherwise else value
first_known <- function(first, second) replace(first, is.na(first), second[is.na(first)])
text_of <- function(value) if (is.null(value)) NA_character_ else as.character(value)

#' @rdname tok_store
#' @export
tok_store_remove <- function(key_prefix = NULL, store = NULL, account = NULL, client = NULL, issuer = NULL, scope = NULL,
                             all = FALSE) {
  store <- as_store(store)
  meant <- chosen(account, client, issuer, scope)
  if (!is.null(key_prefix)) {
    if (length(meant) || isTRUE(all)) refuse("a key says it all", "give the key alone, or what is meant without a key")
    .Call(c_store_remove, store, utf8(key_prefix))
    return(invisible(1))
  }
  if (!length(meant) && !isTRUE(all)) {
    refuse("nothing says which credentials are meant", "give a key, an account or a client, or all = TRUE")
  }
  invisible(.Call(c_store_clear, store, meant))
}

#' @rdname tok_store
#' @export
tok_store_prune <- function(max_idle_days = 30, store = NULL) {
  invisible(.Call(c_store_prune, as_store(store), max_idle_days))
}

#' @rdname tok_store
#' @export
tok_store_default <- function(key_prefix, store = NULL) {
  invisible(.Call(c_store_default, as_store(store), utf8(key_prefix)))
}

#' @rdname tok_store
#' @export
tok_store_export <- function(file, passphrase = NULL, store = NULL, account = NULL, client = NULL, issuer = NULL,
                             scope = NULL) {
  if (file.exists(file)) refuse("the file is there already", "name one that is not there")
  bytes <- .Call(c_store_export, as_store(store), chosen(account, client, issuer, scope), asked_passphrase(passphrase))
  # Nobody else may read it, from its first byte on.
  mask <- Sys.umask("077")
  on.exit(Sys.umask(mask))
  writeBin(bytes, file)
  invisible(file)
}

#' @rdname tok_store
#' @export
tok_store_import <- function(file, passphrase = NULL, store = NULL, scopes = NULL) {
  bytes <- readBin(file, raw(), file.size(file))
  if (.Call(c_store_is_sealed, bytes)) passphrase <- asked_passphrase(passphrase)
  as.data.frame(.Call(c_store_import, as_store(store), bytes, passphrase, utf8(as.character(scopes))))
}

asked_passphrase <- function(passphrase) {
  if (!is.null(passphrase)) return(utf8(passphrase))
  if (!is_interactive()) refuse("a passphrase is needed", "give one, such as passphrase = Sys.getenv(\"PASSPHRASE\")")
  ask("Passphrase:", TRUE)
}

#' Sign out
#'
#' Tells the server that the tokens of a grant are no longer wanted, and forgets the grant: in the store and in this process.
#' Without an answer of the server the grant is forgotten all the same.
#'
#' @param source A [tok_source()], a token of [token_fetch()], or an [oauth_client()] with the settings of the request.
#' @param ... For a client: settings of the request, as for [tok_source()].
#' @param revoke `FALSE` forgets without telling the server.
#' @returns A list with `found`, whether there was a grant, `outcome` (`"revoked"`, `"local_only"`, `"unsupported"`; `NULL`
#'   when the server was not told) and `problem`, invisibly. Every failure is a [tokcore_error].
#' @examples
#' \dontrun{
#' tok_logout(source)
#' }
#' @export
tok_logout <- function(source, ..., revoke = TRUE) {
  source <- source_of(source)
  told <- if (inherits(source, "tokcore_source")) {
    .Call(c_source_logout, source, revoke)
  } else {
    wish <- kept_wish(source, ...)
    .Call(c_logout, wish$client, wish$request, revoke)
  }
  invisible(told)
}

#' @export
format.tokcore_store <- function(x, ...) {
  report <- tryCatch(.Call(c_store_report, x, FALSE), tokcore_error = function(e) list(name = "problem", value = e$message))
  c("<tokcore store>", paste0(format(paste0(report$name, ":")), " ", report$value))
}
