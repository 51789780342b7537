# Asks Debian's gargle for tokens: a question of JSON on a line of the input, an answer on a line of the output.
#
# A question has scopes, and may have how (the end of a credentials_*() function's name; without it the whole chain is
# asked), path, subject, service_account, and env, where null takes a variable away. An answer has token, or error, or
# neither: gargle's NULL.

suppressPackageStartupMessages(library(gargle))

with_environment <- function(env, code) {
  before <- Sys.getenv(names(env), NA, names = TRUE)
  restore <- function(env) {
    there <- !vapply(env, function(value) is.null(value) || is.na(value), NA)
    Sys.unsetenv(names(env)[!there])
    if (any(there)) do.call(Sys.setenv, as.list(env[there]))
  }
  on.exit(restore(as.list(before)))
  restore(env)
  force(code)
}

ask <- function(question) {
  # What gargle learns of one machine is nothing of the next one's.
  options(gargle_verbosity = "silent", gargle.gce.timeout = 5, gargle_oauth_cache = FALSE)
  scopes <- unlist(question$scopes)
  given <- question[intersect(names(question), c("path", "subject", "service_account"))]
  how <- question$how
  ask <- if (is.null(how)) token_fetch else get(paste0("credentials_", how), asNamespace("gargle"))
  if (identical(how, "app_default")) given$path <- NULL
  token <- do.call(ask, c(list(scopes), given))
  list(token = token$credentials$access_token)
}

answer <- function(question) {
  env <- question$env
  if (identical(question$how, "app_default")) env$GOOGLE_APPLICATION_CREDENTIALS <- question$path
  answer <- function() tryCatch(ask(question), error = function(e) list(error = conditionMessage(e)))
  if (length(env)) with_environment(env, answer()) else answer()
}

lines <- file("stdin", "r")
while (length(line <- readLines(lines, 1)) == 1) {
  given <- suppressWarnings(answer(jsonlite::fromJSON(line, simplifyVector = FALSE)))
  given <- given[!vapply(given, is.null, NA)]
  cat(if (length(given)) jsonlite::toJSON(given, auto_unbox = TRUE) else "{}", "\n", sep = "")
  flush(stdout())
}
