# Stores that R code keeps. The engine knows the functions by a number and calls host_*() with texts: the number first
# (src/rust/src/oauth/custom.rs). The answer is a list of the value, or the words of an error.

hosts <- new.env(parent = emptyenv())
hosts$count <- 0
hosts$functions <- new.env(parent = emptyenv())

custom_store <- function(custom) {
  needed <- c("load", "store", "delete")
  known <- c(needed, "keys")
  if (!is.list(custom) || !all(vapply(custom, is.function, NA)) || !all(needed %in% names(custom))) {
    refuse("custom must be a list of the functions load, store and delete", "see the help page of tok_store()")
  }
  unknown <- setdiff(names(custom), known)
  if (length(unknown)) refuse(paste("custom has no function", unknown[[1]]), paste("it has", paste(known, collapse = ", ")))
  hosts$count <- hosts$count + 1
  number <- format(hosts$count, scientific = FALSE)
  assign(number, custom, envir = hosts$functions)
  .Call(c_store_custom, number)
}

host_load <- function(texts, flag) {
  host_call(texts, "load", function(content) {
    if (!is.null(content) && !is_text(content)) stop("load() must return one string, or NULL", call. = FALSE)
    content
  })
}

host_store <- function(texts, flag) host_call(texts, "store", done)

host_delete <- function(texts, flag) host_call(texts, "delete", done)

# What they return is nobody's business, but they have to run.
done <- function(value) {
  force(value)
  NULL
}

host_keys <- function(texts, flag) {
  host_call(texts, "keys", function(keys) {
    if (!is.null(keys) && !is.character(keys)) stop("keys() must return a character vector, or NULL", call. = FALSE)
    keys
  })
}

is_text <- function(value) is.character(value) && length(value) == 1 && !is.na(value)

# The error is kept aside, so that the condition which leaves the engine has its classes; see new_condition().
host_call <- function(texts, name, check) {
  action <- hosts$functions[[texts[[1]]]][[name]]
  if (is.null(action)) return(list(NULL))
  tryCatch(
    list(check(do.call(action, as.list(texts[-1]), quote = TRUE))),
    error = function(e) {
      hosts$failed <- e
      host_words(e)
    }
  )
}

host_words <- function(condition) gsub("[[:space:]]+", " ", conditionMessage(condition))

forget_host <- function(texts, flag) rm(list = intersect(texts, names(hosts$functions)), envir = hosts$functions)

# The host's own error behind a failure of the engine, once.
hosts_error <- function(failure) {
  failed <- hosts$failed
  hosts$failed <- NULL
  # With the engine's own words around them.
  if (!is.null(failed) && grepl(host_words(failed), failure$message, fixed = TRUE)) failed
}
