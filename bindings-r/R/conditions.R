#' Errors of tokcore
#'
#' Every failure is a condition with the classes `tokcore_error_<kind>`, `tokcore_error` and `error`, so that [tryCatch()]
#' can tell one kind from another. The message says what failed and, in its last line, what to do next.
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
#'   * `http_status`: the status of the answer that failed, an integer;
#'   * `sign_in_url`: where the user can sign in;
#'   * `detail`: what the server wrote for people.
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
  condition <- new_condition(failure, caller(sys.call(-1)))
  if (!inherits(condition, "interrupt")) stop(condition)
  # What R itself does on an interrupt: handlers first, then the end of the computation.
  signalCondition(condition)
  invokeRestart("abort")
}

new_condition <- function(failure, call) {
  attempts <- data.frame(source = failure$source, outcome = failure$outcome)
  nature <- if (failure$kind == "cancelled") c("interrupt", "condition") else c("error", "condition")
  structure(
    class = c(paste0("tokcore_error_", failure$kind), "tokcore_error", nature),
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
      detail = failure$detail
    )
  )
}

full_message <- function(failure, attempts) {
  url <- failure$sign_in_url
  known <- is.null(url) || grepl(url, failure$hint, fixed = TRUE)
  lines <- c(
    failure$message,
    if (nrow(attempts)) paste0("  ", attempts$source, ": ", attempts$outcome),
    paste0("Next step: ", failure$hint, if (!known) paste0(" (", url, ")"))
  )
  paste(lines, collapse = "\n")
}

# The call as the user sees it, without its arguments: one of them may be a secret.
caller <- function(call) {
  fun <- if (is.call(call)) call[[1]]
  if (is.symbol(fun) || is.call(fun)) as.call(list(fun))
}
