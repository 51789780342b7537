#' What is stored, where, and why there
#'
#' `tok_sitrep()` reports on a store: which one it is and who chose it, how it is protected, and whose credentials are in it.
#' No server is asked, nothing is changed, no secret shown. `gargle_oauth_sitrep()` shows the same store as gargle's function
#' of that name shows its folder.
#'
#' @param store A [tok_store()]; a string is taken as its path.
#' @param probe `TRUE` also tries whether the store can be written to.
#' @param cache The same, with gargle's name; `NULL` for the option `gargle_oauth_cache` where that is a folder.
#' @returns `tok_sitrep()`: a data frame of class `tokcore_sitrep`, as [tok_store_list()] returns it; its attribute `place` is
#'   a data frame with the columns `name` and `value`. `gargle_oauth_sitrep()`: a data frame with the columns `email`,
#'   `client`, `scopes`, `hash` and `filepath`, invisibly; `NULL` when there is no such folder.
#' @examples
#' tok_sitrep(file.path(tempdir(), "store"))
#' @export
tok_sitrep <- function(store = NULL, probe = FALSE) {
  store <- as_store(store)
  place <- tryCatch(as.data.frame(.Call(c_store_report, store, probe)), tokcore_error = nowhere)
  entries <- tryCatch(tok_store_list(store), tokcore_error = function(e) {
    place <<- if ("problem" %in% place$name) place else rbind(place, nowhere(e))
    entry_frame(list())
  })
  structure(entries, class = c("tokcore_sitrep", "data.frame"), place = place)
}

# A store that cannot be used is what a report is for.
nowhere <- function(e) data.frame(name = c("problem", "next step"), value = c(strsplit(e$message, "\n")[[1]][[1]], e$hint))

#' @export
format.tokcore_sitrep <- function(x, ...) {
  place <- attr(x, "place")
  count <- paste0(nrow(x), " credential", if (nrow(x) != 1) "s")
  c("<tokcore store>", paste0(format(paste0(place$name, ":")), " ", place$value), count, if (nrow(x)) sitrep_table(x))
}

sitrep_table <- function(x) {
  day <- function(time) ifelse(is.na(time), "", format(time, "%Y-%m-%d", tz = "UTC"))
  expiry <- ifelse(is.na(x$expires), "", format(x$expires, "%Y-%m-%d %H:%M", tz = "UTC"))
  account <- ifelse(is.na(x$account), "", paste0(x$account, ifelse(x$is_default, " (default)", "")))
  columns <- list(account = account, client = x$client, scopes = short_scopes(x$scopes), state = x$state,
                  expires = expiry, used = day(x$last_used), key = shorten(x$key, 8))
  in_columns(columns)
}

# Columns of text below their names and a rule.
in_columns <- function(columns) {
  columns <- lapply(names(columns), function(name) {
    cells <- format(c(name, ifelse(is.na(columns[[name]]), "", columns[[name]])))
    c(cells[[1]], strrep("_", nchar(cells[[1]])), cells[-1])
  })
  sub(" +$", "", do.call(paste, columns))
}

# Scopes as people say them, without the one that gargle asks for by itself.
short_scopes <- function(scopes) {
  vapply(strsplit(scopes, " ", fixed = TRUE), function(words) {
    words <- setdiff(words, paste0(google_scope, "userinfo.email"))
    paste(sub(google_scope, "", words, fixed = TRUE), collapse = ", ")
  }, "")
}

google_scope <- "https://www.googleapis.com/auth/"

#' @export
print.tokcore_sitrep <- function(x, ...) {
  writeLines(format(x))
  invisible(x)
}

#' @rdname tok_sitrep
#' @export
gargle_oauth_sitrep <- function(cache = NULL) {
  said <- getOption("gargle_oauth_cache")
  by_option <- is.null(cache) && is_text(said)
  store <- as_store(if (by_option) said else cache)
  folder <- folder_of(store)
  if (is.null(folder) || !dir.exists(folder)) {
    writeLines(paste("There is no store at", first_of(folder, "all")))
    return(invisible())
  }
  entries <- tok_store_list(store)
  found <- data.frame(email = entries$account, client = entries$client, scopes = short_scopes(entries$scopes),
                      hash = entries$key, filepath = entries$filepath)
  lines <- c(
    if (by_option) "The option gargle_oauth_cache names the store.",
    paste0(nrow(found), " credential", if (nrow(found) != 1) "s", " in the store:"), folder, ""
  )
  writeLines(c(lines, in_columns(list(email = found$email, client = found$client, scopes = found$scopes,
                                      "hash..." = shorten(found$hash)))))
  invisible(found)
}

# Where a store of files is. Shape: NULL for another one.
folder_of <- function(store) {
  report <- tryCatch(.Call(c_store_report, store, FALSE), tokcore_error = function(e) NULL)
  folder <- report$value[report$name == "folder"]
  if (length(folder)) folder
}
