# From R's arguments to the engine's settings: NULL is dropped, strings become UTF-8, times become seconds. Names, types
# and defaults are the engine's.

as_settings <- function(values) {
  if (is.null(values)) return(list())
  if (!is.list(values)) values <- as.list(values)
  values <- Filter(Negate(is.null), values)
  lapply(values, as_setting)
}

as_setting <- function(value) {
  if (inherits(value, "POSIXct")) return(floor(as.numeric(value)))
  if (is.list(value)) as_settings(value) else utf8(value)
}

# A key as httr2 takes it: one of the package openssl, text, or the name of a file.
as_key <- function(key) {
  if (inherits(key, "key")) return(list(key = openssl::write_pem(key)))
  if (is.character(key) && length(key) > 1) key <- paste(key, collapse = "\n")
  if (is.character(key) && !grepl("-----BEGIN|^[[:space:]]*\\{", key)) return(list(key_file = path.expand(key)))
  list(key = key)
}

# The text of a key, for the functions that sign something themselves.
key_text <- function(key) {
  key <- as_key(key)
  if (is.null(key$key_file)) return(utf8(key$key))
  paste(readLines(key$key_file, warn = FALSE), collapse = "\n")
}

# Callers who write a statement with the help of a function want it made anew each time.
as_claims <- function(claim) {
  if (is.function(claim)) claim <- claim()
  Filter(Negate(is.null), unclass(claim))
}

is_text <- function(value) is.character(value) && length(value) == 1 && !is.na(value)

is_na <- function(value) is.atomic(value) && length(value) == 1 && is.na(value)
