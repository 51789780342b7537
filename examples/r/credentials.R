# Lists the integrations, takes a token and calls an API with it. Try: tokcore demo -- Rscript examples/r/credentials.R
library(tokcore)
say <- function(...) writeLines(enc2utf8(sprintf(...)), useBytes = TRUE)
status <- function(x) if (is.null(x)) "unknown" else if (x) "signed in" else "not signed in"
for (item in getOAuthIntegrations()) {
  say("R       integration  %-10s  %-13s  %s", item$name, status(item$authenticated), item$guid)
}
audience <- Sys.getenv("TOKCORE_DEMO_GUID")
if (audience == "") audience <- findOAuthIntegration(authenticated = TRUE)$guid
credentials <- getOAuthCredentials(audience)
left <- floor(as.numeric(credentials$expiry) - as.numeric(Sys.time()))
say("R       token expires %s", if (is.na(left)) "at an unknown time" else sprintf("in %.0f s", left))
api <- Sys.getenv("TOKCORE_DEMO_API")
if (api != "") {
  # R's own connections tell the status only when they fail, by a warning.
  headers <- c(Authorization = paste("Bearer", credentials$access_token), Accept = "text/plain")
  answer <- tryCatch(
    paste("200", sprintf("(%s)", readLines(connection <- url(api, headers = headers), warn = FALSE))),
    warning = function(w) sub(".*HTTP status was '([0-9]+) (.*)'.*", "\\1 (\\2)", conditionMessage(w))
  )
  say("R       GET %s \u2192 %s", sub("^[^/]+//[^/]+", "", api), answer)
}
