# What the conformance runner does with a case: makes its call, and compares what came of it.

client_of <- function(case) {
  options <- as.list(case[["options"]])
  do.call(tok_client, options[names(options) != "interactive"])
}

# The call of a case, as often as it says. R has one thread: calls at once become calls in a row.
play <- function(case) {
  client <- client_of(case)
  tok_use(client)
  call <- case$call
  if (!is.null(case$expect[["detection"]])) {
    return(list(tok_detect(client, !is.null(call[["user_session_token"]]))))
  }
  once <- function() {
    tryCatch(
      switch(call$method,
        credentials = tok_credentials(call[["audience"]], call[["user_session_token"]], client = client),
        integrations = getOAuthIntegrations(),
        integration = getOAuthIntegration(call$guid),
        find_by = suppressWarnings(do.call(findOAuthIntegration, call$filter)),
        azure_token = getDelegatedAzureToken(call$resource),
        identity_token = getIdentityToken(),
        stop("unknown method ", call$method)
      ),
      error = function(e) e
    )
  }
  times <- max(1, case[["repeat"]], case[["threads"]])
  replicate(times, once(), simplify = FALSE)
}

play_shim <- function(case) {
  tok_use(client_of(case))
  tryCatch(getOAuthCredentials(case$call[["audience"]]), error = function(e) e)
}

kind_slug <- function(name) sub("^_", "", tolower(gsub("([A-Z])", "_\\1", name)))

expect_outcome <- function(case, outcomes) {
  for (outcome in outcomes) {
    wanted <- case$expect
    if (!is.null(wanted[["error"]])) {
      expect_failure_of(wanted$error, outcome)
    } else if (!is.null(wanted[["found"]])) {
      expect_found(wanted$found[["r"]], outcome)
    } else if (inherits(outcome, "error")) {
      fail(conditionMessage(outcome))
    } else if (!is.null(wanted[["detection"]])) {
      expect_equal(outcome[["backend"]], wanted$detection$backend)
      expect_equal(outcome[["subject"]], wanted$detection$subject)
    } else if (!is.null(wanted[["ok"]])) {
      expect_members(wanted$ok, outcome)
    } else if ("integration" %in% names(wanted)) {
      expect_integration(wanted[["integration"]], outcome)
    } else {
      expect_length(outcome, length(wanted$integrations))
      for (at in seq_along(wanted$integrations)) expect_integration(wanted$integrations[[at]], outcome[[at]])
    }
    if (!is.null(case[["r_shim"]][["error"]]) && case$call$method != "credentials") expect_shim(case, outcome)
  }
}

expect_failure_of <- function(wanted, found) {
  expect_s3_class(found, paste0("tokcore_error_", kind_slug(wanted$kind)))
  expect_equal(tok_error_kinds()$code[tok_error_kinds()$kind == found$kind], found$code)
  has <- function(text, parts) {
    for (part in unlist(parts)) expect_true(grepl(tolower(part), tolower(text), fixed = TRUE), info = part)
  }
  has(conditionMessage(found), wanted[["message_contains"]])
  has(found$hint, wanted[["hint_contains"]])
  has(paste(found$attempts$source, collapse = ", "), wanted[["attempts_contain"]])
  # The first line is the engine's message; the others are R's: attempts and the next step.
  message <- sub("\n.*", "", conditionMessage(found))
  for (part in unlist(wanted[["message_lacks"]])) expect_false(grepl(part, message, fixed = TRUE), info = part)
  for (field in c("http_status", "oauth_error", "retry_after_ms")) {
    if (!is.null(wanted[[field]])) expect_equal(found[[field]], wanted[[field]])
  }
}

expect_found <- function(wanted, found) {
  if (is.list(wanted)) {
    # The error is R's own; "regex" is the vectors' name for it.
    expect_s3_class(found, "simpleError")
    expect_match(conditionMessage(found), sub("regex", "regular expression", wanted$error))
  } else {
    expect_equal(found[["name"]], wanted)
  }
}

# One shape for the three kinds of tokens, in the vectors' words.
expect_members <- function(wanted, found) {
  token <- if (is.null(found[["access_token"]])) found[["token"]] else found[["access_token"]]
  expires_at <- if (is.null(found[["expiry"]])) found[["expires_at"]] else as.numeric(found$expiry)
  if (is.null(expires_at)) expires_at <- NA_real_
  for (name in names(wanted)) {
    switch(name,
      access_token = expect_identical(token, wanted$access_token),
      expires_at_unix_s = expect_equal(expires_at, null_to_na(wanted[[name]])),
      expires_in_s =
        if (is.null(wanted[[name]])) {
          expect_true(is.na(expires_at))
        } else {
          expect_lt(abs(expires_at - as.numeric(Sys.time()) - wanted[[name]]), 60)
        },
      expect_identical(found[[name]], wanted[[name]])
    )
  }
}

null_to_na <- function(value) if (is.null(value)) NA_real_ else value

expect_integration <- function(wanted, found) {
  for (name in names(wanted)) {
    if (name == "extra") {
      for (member in names(wanted$extra)) expect_equal(found[[member]], wanted$extra[[member]])
    } else {
      expect_equal(found[[name]], wanted[[name]])
    }
  }
  if (is.null(wanted)) expect_null(found)
}

expect_requests <- function(case, seen) {
  wanted <- case$expect
  if (!is.null(wanted[["detection"]])) wanted$requests <- 0L
  if (!is.null(wanted[["requests"]])) expect_length(seen, wanted$requests)
  if (!is.null(wanted[["paths"]])) expect_equal(lapply(seen, `[[`, "path"), wanted$paths)
  if (!is.null(wanted[["cookies"]])) {
    expect_equal(lapply(seen, function(request) request$headers[["x-rs-session-server-rpc-cookie"]]), wanted$cookies)
  }
  first <- wanted[["request"]]
  for (name in c("method", "path", "query")) {
    if (!is.null(first[[name]])) expect_equal(seen[[1]][[name]], first[[name]])
  }
}

# What rstudioapi's function would have done, where tokcore follows it.
expect_shim <- function(case, found) {
  shim <- case[["r_shim"]]
  if (is.null(shim[["error"]])) {
    expect_named(found, c("access_token", "expiry", "audience"))
    expect_identical(found$access_token, case$expect$ok$access_token)
    expect_s3_class(found$expiry, "POSIXct")
    expect_identical(attr(found$expiry, "tzone"), "UTC")
    expect_identical(found$audience, case$call$audience)
  } else {
    expect_s3_class(found, c("tokcore_error", "error"))
    for (part in unlist(shim$error)) {
      expect_true(grepl(tolower(part), tolower(conditionMessage(found)), fixed = TRUE), info = part)
    }
  }
}

expect_no_secret <- function(case, outcomes) {
  text <- paste(vapply(outcomes, function(outcome) if (is.null(outcome)) "" else shown(outcome), ""), collapse = "\n")
  for (secret in case$secrets) expect_false(grepl(secret, text, fixed = TRUE), info = "a secret is shown")
}
