# From the arguments and options of gargle to the settings of the chain. What they mean is the engine's; only values that R
# writes in its own way are translated here.

# What is asked of the chain: its settings, and the objects that the caller gives beside them. An explanation asks nobody where
# a sign-in is to be kept.
chain_wish <- function(scopes, given, may_ask = TRUE) {
  if (length(given) && (is.null(names(given)) || any(names(given) == ""))) {
    refuse("every argument after scopes needs a name", "such as path = \"key.json\"")
  }
  proofs <- given[["subject_token"]]
  # Only a function of R knows what these are.
  given <- given[!names(given) %in% c("subject_token", .Call(c_chain_options))]
  given <- renamed(given, "app", "client")
  brought <- brought_by(given[["token"]])
  given[["token"]] <- NULL
  said <- c(given, brought$settings)
  translated <- Filter(Negate(is.null), list(
    email = account_of(said[["email"]]),
    client = client_text(said[["client"]]),
    default_client = client_text(said[["default_client"]]),
    path = expanded_file(said[["path"]]),
    partition = first_of(said[["partition"]], shiny_person())
  ))
  settings <- with_defaults(c(list(scopes = scopes), translated, said[setdiff(names(said), names(translated))]))
  place <- kept_where(settings, brought$object, may_ask && is.null(proofs))
  is_object <- inherits(place, "tokcore_store")
  settings$store <- if (!is_object) place
  settings$cache <- NULL
  objects <- list(token = brought$object, subject_token = subject_token_host(proofs), store = if (is_object) place)
  list(settings = as_settings(settings), objects = Filter(Negate(is.null), objects))
}

renamed <- function(given, from, to) {
  if (is.null(given[[to]]) && from %in% names(given)) names(given)[names(given) == from] <- to
  given
}

# What R options say where the call does not.
with_defaults <- function(settings) {
  options <- list(
    gargle_oauth_email = account_of(getOption("gargle_oauth_email")),
    gargle_oob_default = getOption("gargle_oob_default"),
    httr_oob_default = oob_of_httr(),
    metadata_use_ip = getOption("gargle.gce.use_ip"),
    metadata_timeout_s = getOption("gargle.gce.timeout"),
    on_error = getOption("tokcore_on_error")
  )
  settings <- Filter(Negate(is.null), settings)
  c(settings, options[setdiff(names(options), names(settings))])
}

# A path as R writes it; JSON is left alone.
expanded_file <- function(path) {
  if (is_text(path) && !is_json(path)) path.expand(path) else path
}

is_json <- function(text) grepl("^[[:space:]\ufeff]*\\{", text)

# Where a user's sign-in is kept, by gargle's `cache` or tokcore's `store`: a store, or what names one. NULL leaves it to the
# engine.
kept_where <- function(settings, brought = NULL, may_ask = TRUE) {
  if (!is.null(settings[["store"]])) return(place_of(settings[["store"]]))
  cache <- first_of(settings[["cache"]], cache_by_option())
  if (is.null(cache) || is_na(cache)) {
    said <- default_store()
    # Asked only where a person would sign in, and nobody has said anything yet.
    asks <- may_ask && identical(said, "existing") && is_interactive() && would_sign_in(settings, brought)
    if (!asks) return(place_of(said))
    cache <- NA
  }
  place_of_cache(cache)
}

place_of <- function(store) if (inherits(store, "tokcore_store")) store else expanded(store_setting(store))

would_sign_in <- function(settings, brought) {
  settings$cache <- NULL
  settings$store <- "existing"
  said <- .Call(c_chain_explain, NULL, as_settings(settings), if (!is.null(brought)) list(token = brought), FALSE)
  is.null(said$first) && "sign_in_needed" %in% said$code
}
