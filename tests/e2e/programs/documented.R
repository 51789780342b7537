# What the Workbench user guide shows for rstudioapi, as one program: list, find, get, credentials.
# TOKCORE_TEST_RSTUDIOAPI may name a copy of its auth.R; without it, tokcore's package of the same functions is used.

copy <- Sys.getenv("TOKCORE_TEST_RSTUDIOAPI")
if (nzchar(copy)) {
  hasFun <- isAvailable <- function(...) FALSE
  versionInfo <- function() stop("not inside RStudio")
  source(copy)
} else {
  library(tokcore)
}

for (integration in getOAuthIntegrations()) {
  cat(integration$name, integration$display_name, integration$guid, "\n")
  cat("  scopes", paste(unlist(integration$scopes), collapse = ", "), "\n")
  if (integration$authenticated) cat("  signed in\n")
}

github <- findOAuthIntegration(name = "^github$")
cat("by name:", github$guid, "\n")
cat("by guid:", getOAuthIntegration(github$guid)$name, "\n")

given <- tryCatch(getOAuthCredentials(audience = github$guid), error = function(e) conditionMessage(e))
if (is.character(given)) {
  cat("error:", given, "\n")
} else {
  cat("fields:", paste(sort(names(given)), collapse = ", "), "\n")
  cat("expires:", format(given$expiry, "%Y-%m-%dT%H:%M:%S%z", tz = "UTC"), "\n")
  cat("token has", nchar(given$access_token), "characters\n")
}
