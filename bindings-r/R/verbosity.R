#' How much is said
#'
#' gargle's functions for the option `gargle_verbosity`: `"info"`, the default; `"debug"`, which also tells what each
#' credential function of [token_fetch()] said; `"silent"`, which leaves out everything but warnings and errors.
#'
#' @param level One of these.
#' @param env The environment, usually of a function, with whose end the change ends.
#' @param code What is evaluated meanwhile.
#' @returns `gargle_verbosity()`: the level. `local_gargle_verbosity()`: the one before, invisibly.
#'   `with_gargle_verbosity()`: the value of `code`.
#' @examples
#' gargle_verbosity()
#' with_gargle_verbosity("debug", token_fetch(token = "an access token from elsewhere"))
#' @export
gargle_verbosity <- function() {
  level <- first_of(getOption("gargle_verbosity"), "info")
  levels <- c("debug", "info", "silent")
  if (is_text(level) && level %in% levels) return(level)
  refuse("the option gargle_verbosity is none of debug, info and silent", "options(gargle_verbosity = \"info\")")
}

#' @rdname gargle_verbosity
#' @export
local_gargle_verbosity <- function(level, env = parent.frame()) {
  before <- options(gargle_verbosity = level)
  at_end_of(env, function() options(before))
  invisible(before$gargle_verbosity)
}

#' @rdname gargle_verbosity
#' @export
with_gargle_verbosity <- function(level, code) {
  local_gargle_verbosity(level)
  force(code)
}

tell_attempts <- function(attempts) {
  if (gargle_verbosity() == "debug" && nrow(attempts)) message(paste0(attempts$source, ": ", attempts$outcome, collapse = "\n"))
}
