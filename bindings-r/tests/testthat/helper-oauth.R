# The servers of tests/servers, started around the run: their addresses are in the environment.

server_of <- function(name) {
  address <- Sys.getenv(paste0("TOKCORE_TEST_", toupper(name)))
  if (!nzchar(address)) testthat::skip(paste("the server", name, "is not running: see tests/servers/README.md"))
  address
}

# The folder of the servers and of the people who sign in.
servers_folder <- function() {
  folder <- file.path(dirname(dirname(vectors_folder())), "tests", "servers")
  if (!dir.exists(folder)) testthat::skip("the people who sign in are not here")
  folder
}

vectors_folder <- function() {
  folder <- Sys.getenv("TOKCORE_VECTORS")
  if (!nzchar(folder)) testthat::skip("TOKCORE_VECTORS does not say where the vectors are")
  folder
}

oauth_cases <- function(file) {
  jsonlite::fromJSON(file.path(vectors_folder(), "oauth", file), simplifyVector = FALSE)
}

# By R's own means: the answer may come in chunks.
json_of <- function(address, path) {
  connection <- url(paste0(address, path))
  on.exit(close(connection))
  jsonlite::fromJSON(paste(readLines(connection, warn = FALSE), collapse = "\n"), FALSE)
}

second_client <- function(id = "post", secret = paste0(id, "-secret-canary"), ...) {
  base <- server_of("second")
  oauth_client(
    id, paste0(base, "/token"), secret,
    authorization_endpoint = paste0(base, "/authorize"), device_authorization_endpoint = paste0(base, "/device/code"),
    revocation_endpoint = paste0(base, "/revoke"), introspection_endpoint = paste0(base, "/introspect"), ...
  )
}

oidc_client <- function(id = "public", ...) oauth_client(id, issuer = server_of("oidc"), ...)

# A person with a browser sits in front of R.
with_person <- function(code) {
  signin <- file.path(servers_folder(), "signin.py")
  python <- Sys.which("python3")
  local_browser <- tempfile(fileext = ".sh")
  # R's own libraries come first in R's environment, and are not what other programs were built with.
  visit <- sprintf("exec %s %s \"$1\" --visit", shQuote(python), shQuote(signin))
  writeLines(c("#!/bin/sh", "unset LD_LIBRARY_PATH", visit), local_browser)
  Sys.chmod(local_browser, "0700")
  before <- options(rlang_interactive = TRUE)
  old <- Sys.getenv("BROWSER", NA)
  Sys.setenv(BROWSER = local_browser)
  on.exit({
    options(before)
    if (is.na(old)) Sys.unsetenv("BROWSER") else Sys.setenv(BROWSER = old)
    unlink(local_browser)
  })
  force(code)
}

# What the person does elsewhere, at the same time.
person_enters <- function(uri, code) {
  arguments <- c(file.path(servers_folder(), "signin.py"), uri, "--code", code)
  system2(
    "env", c("-u", "LD_LIBRARY_PATH", Sys.which("python3"), shQuote(arguments)),
    wait = FALSE, stdout = FALSE, stderr = FALSE
  )
}

failure_of <- function(code) tryCatch({ force(code); NULL }, tokcore_error = function(e) e)
