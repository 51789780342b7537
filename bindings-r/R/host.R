# Functions of the host that the engine keeps: it knows them by a number, and calls host_*() with texts, the number first
# (src/rust/src/oauth/host.rs). The answer is a list of the value, or the words of an error.

hosts <- new.env(parent = emptyenv())
hosts$count <- 0
hosts$functions <- new.env(parent = emptyenv())

# The number of these functions, a list by name.
keep_host <- function(functions) {
  hosts$count <- hosts$count + 1
  number <- format(hosts$count, scientific = FALSE)
  assign(number, functions, envir = hosts$functions)
  number
}

forget_host <- function(texts, flag) rm(list = intersect(texts, names(hosts$functions)), envir = hosts$functions)

# The value of the function `name` for texts, as `check` lets it through.
host_call <- function(texts, name, check, arguments = as.list(texts[-1])) {
  action <- hosts$functions[[texts[[1]]]][[name]]
  if (is.null(action)) return(list(NULL))
  tryCatch(list(check(do.call(action, arguments, quote = TRUE))), error = failed_words)
}

# tokcore's own errors keep their kind; the others are kept aside, so that the condition which leaves the engine has their
# classes, see new_condition().
failed_words <- function(e) {
  if (inherits(e, "tokcore_error")) return(c(strsplit(e$message, "\n")[[1]][[1]], e$kind, e$hint))
  hosts$failed <- e
  host_words(e)
}

host_words <- function(condition) gsub("[[:space:]]+", " ", conditionMessage(condition))

# The host's own error behind a failure of the engine, once.
hosts_error <- function(failure) {
  failed <- hosts$failed
  hosts$failed <- NULL
  # With the engine's own words around them.
  if (!is.null(failed) && grepl(host_words(failed), failure$message, fixed = TRUE)) failed
}
