# A service account's new token, again and again.
#
# Usage: Rscript service_account.R tokcore|gargle KEY_FILE CALLS
here <- dirname(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE)))
source(file.path(here, "timing.R"))
words <- commandArgs(trailingOnly = TRUE)
path <- words[[2]]
calls <- as.integer(words[[3]])
scope <- "https://www.googleapis.com/auth/cloud-platform"

# Each call alone: they are long enough for R's clock.
each <- function(call) {
  for (i in 1:3) call()
  vapply(seq_len(calls), function(i) {
    begun <- now()
    call()
    (now() - begun) * 1e9
  }, 0)
}

if (words[[1]] == "tokcore") {
  fetch <- function() tokcore::token_fetch(scope, path = path, trust = "custom")
  source <- fetch()$source
  emit("tokcore R", "token, statement kept", "ns", each(function() {
    tokcore::tok_forget_token(source)
    tokcore::tok_token(source)
  }))
  emit("tokcore R", "token, key read again", "ns", each(function() {
    tokcore::tok_forget_token(source)
    fetch()
  }))
} else {
  # Google's address is written into gargle; the file's is put in its place.
  file <- jsonlite::fromJSON(path)
  endpoint <- httr::oauth_endpoint(authorize = NULL, access = file$token_uri)
  gargle <- asNamespace("gargle")
  unlockBinding("gargle_oauth_endpoint", gargle)
  assign("gargle_oauth_endpoint", function() endpoint, gargle)
  fetch <- function() gargle::credentials_service_account(scopes = scope, path = path)
  stopifnot(nzchar(fetch()$credentials$access_token))
  emit("gargle", "token", "ns", each(fetch))
}
