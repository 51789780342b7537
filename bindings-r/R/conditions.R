#' Errors of tokcore
#'
#' Every failure is a condition with the classes `tokcore_error_<kind>`, `tokcore_error` and `error`, so that [tryCatch()]
#' can tell one kind from another. The message says what failed and, in its last line, what to do next.
#'
#' An error that an authorization server sent also has the classes `tokcore_oauth_<code>`, with the server's code, and
#' `tokcore_oauth`. With `options(tokcore.httr2_conditions = TRUE)` the classes of httr2, `httr2_oauth_<code>` and
#' `httr2_oauth`, are added, for handlers that were written for it.
#'
#' An interrupted call (Esc, Ctrl-C) signals a condition of the classes `tokcore_error_cancelled`, `tokcore_error`,
#' `interrupt` and `condition`. It is no `error`: as with every interrupt in R, handlers of errors do not see it, and
#' unhandled it ends the computation.
#'
#' @section Fields:
#'   * `kind`: the kind, see `tok_error_kinds()`; `code`: its number, the same in C;
#'   * `hint`: the next step, a string;
#'   * `attempts`: a data frame of the sources that were asked, with the columns `source` and `outcome`;
#'   * `retry_after_ms`: how long the server asked to wait, in milliseconds;
#'   * `oauth_error`: the error code of RFC 6749 that the server sent;
#'   * `reason`: what exactly went wrong, such as `"state_mismatch"`, where the kind alone does not tell;
#'   * `http_status`: the status of the answer that failed, an integer;
#'   * `sign_in_url`: where the user can sign in;
#'   * `detail`: what the server wrote for people;
#'   * `parent`: the error of a function of [tok_store()], whose classes the condition has too.
#'
#'   Fields that do not apply are `NULL`. None holds a secret.
#'
#' @returns `tok_error_kinds()`: a data frame with one row per kind and the columns `code`, `kind`, `class` and
#'   `next_step`.
#' @examples
#' tok_error_kinds()
#'
#' \dontrun{
#' tryCatch(
#'   getOAuthIntegrations(),
#'   tokcore_error_not_in_session = function(e) message("Not in a session: ", e$hint),
#'   tokcore_error = function(e) message(conditionMessage(e))
#' )
#' }
#' @name tokcore_error
NULL

#' @rdname tokcore_error
#' @export
tok_error_kinds <- function() kinds

# Called from C with a failure object when no Rust frame is left; does not return.
raise <- function(failure) {
  condition <- new_condition(failure, caller(entered_by()))
  if (!inherits(condition, "interrupt")) stop(condition)
  # What R itself does on an interrupt: handlers first, then the end of the computation.
  signalCondition(condition)
  invokeRestart("abort")
}

new_condition <- function(failure, call) {
  attempts <- data.frame(source = failure$source, outcome = failure$outcome)
  nature <- if (failure$kind == "cancelled") c("interrupt", "condition") else c("error", "condition")
  parent <- hosts_error(failure)
  inherited <- setdiff(class(parent), c("error", "condition", "NULL"))
  structure(
    class = c(oauth_classes(failure), paste0("tokcore_error_", failure$kind), "tokcore_error", inherited, nature),
    list(
      message = full_message(failure, attempts),
      call = call,
      kind = failure$kind,
      code = failure$code,
      hint = failure$hint,
      attempts = attempts,
      retry_after_ms = failure$retry_after_ms,
      oauth_error = failure$oauth_error,
      http_status = failure$http_status,
      sign_in_url = failure$sign_in_url,
      detail = failure$detail,
      reason = failure$reason,
      parent = parent
    )
  )
}

# What the server said, as a class; the option adds the classes of httr2, for handlers that were written for it.
oauth_classes <- function(failure) {
  code <- failure$oauth_error
  as_httr2 <- isTRUE(getOption("tokcore.httr2_conditions"))
  if (is.null(code)) {
    return(if (as_httr2 && failure$kind == "protocol") c("httr2_oauth_parse", "httr2_oauth"))
  }
  c(paste0("tokcore_oauth_", code), "tokcore_oauth", if (as_httr2) c(paste0("httr2_oauth_", code), "httr2_oauth"))
}

# A failure that R itself finds, in the engine's form; or the engine's own, in words that fit what was called.
refuse <- function(message, hint, as = list(kind = "invalid_argument", code = 1L)) {
  failure <- list(kind = as$kind, code = as$code, reason = as$reason, message = message, hint = hint, source = character(),
                  outcome = character())
  stop(new_condition(failure, caller(entered_by())))
}

full_message <- function(failure, attempts) {
  url <- failure$sign_in_url
  known <- is.null(url) || grepl(url, failure$hint, fixed = TRUE)
  lines <- c(
    without_digest(failure$message, attempts),
    if (nrow(attempts)) paste0("  ", attempts$source, ": ", attempts$outcome),
    paste0("Next step: ", failure$hint, if (!known) paste0(" (", url, ")"))
  )
  paste(lines, collapse = "\n")
}

# The message of a chain ends with what the lines below it say.
without_digest <- function(message, attempts) {
  if (!nrow(attempts)) return(message)
  digest <- paste0(sub("^credentials_", "", attempts$source), ": ", attempts$outcome, collapse = "; ")
  sub(paste0(" (", digest, ")"), "", message, fixed = TRUE)
}

# The outermost call of one of tokcore's functions: the one that the user wrote.
entered_by <- function() {
  for (at in seq_len(sys.nframe())) {
    if (identical(topenv(environment(sys.function(at))), topenv())) return(sys.call(at))
  }
}

# The call as the user sees it, without its arguments: one of them may be a secret.
caller <- function(call) {
  fun <- if (is.call(call)) call[[1]]
  if (is.symbol(fun) || is.call(fun)) as.call(list(fun))
}
