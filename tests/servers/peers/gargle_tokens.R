# Asks Debian's gargle for tokens: a JSON list of questions in, a list of answers out.
#
# A question has name, scopes, how (the end of a credentials_*() function's name), and may have path, env and subject. An
# answer has token, or error, or neither: gargle's NULL.

suppressPackageStartupMessages(library(gargle))
options(gargle_verbosity = "silent", gargle.gce.timeout = 5)

ask <- function(question) {
  env <- unlist(question$env)
  if (length(env)) do.call(Sys.setenv, as.list(env))
  on.exit(Sys.unsetenv(names(env)))
  scopes <- unlist(question$scopes)
  token <- switch(question$how,
    service_account = credentials_service_account(scopes, question$path, subject = question$subject),
    app_default = {
      Sys.setenv(GOOGLE_APPLICATION_CREDENTIALS = question$path)
      on.exit(Sys.unsetenv("GOOGLE_APPLICATION_CREDENTIALS"), add = TRUE)
      credentials_app_default(scopes)
    },
    gce = credentials_gce(scopes),
    external_account = credentials_external_account(scopes, question$path)
  )
  list(token = token$credentials$access_token)
}

answer <- function(question) {
  c(name = question$name, tryCatch(ask(question), error = function(e) list(error = conditionMessage(e))))
}

questions <- jsonlite::fromJSON(file("stdin"), simplifyVector = FALSE)
cat(jsonlite::toJSON(lapply(questions, answer), auto_unbox = TRUE, null = "null"))
