# Stores that R code keeps: what the engine calls (src/rust/src/oauth/custom.rs).

custom_store <- function(custom) {
  needed <- c("load", "store", "delete")
  known <- c(needed, "keys")
  if (!is.list(custom) || !all(vapply(custom, is.function, NA)) || !all(needed %in% names(custom))) {
    refuse("custom must be a list of the functions load, store and delete", "see the help page of tok_store()")
  }
  unknown <- setdiff(names(custom), known)
  if (length(unknown)) refuse(paste("custom has no function", unknown[[1]]), paste("it has", paste(known, collapse = ", ")))
  .Call(c_store_custom, keep_host(custom))
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
