# Stores of the tests: each in a folder of its own, with its key beside it. `TOKCORE_STORE` is put aside by the callers who
# test what it stands for.

# A folder for a store that is gone with the calling test, and a home for the store's key.
local_store <- function(frame = parent.frame()) {
  home <- tempfile("home")
  dir.create(home, mode = "0700")
  local_variables(XDG_CONFIG_HOME = file.path(home, "config"), XDG_STATE_HOME = file.path(home, "state"), frame = frame)
  do.call(on.exit, list(substitute(unlink(home, recursive = TRUE), list(home = home)), add = TRUE, after = FALSE), envir = frame)
  file.path(home, "store")
}

# Environment variables during the calling test; NA takes one away.
local_variables <- function(..., frame = parent.frame()) {
  values <- c(...)
  before <- Sys.getenv(names(values), NA, names = TRUE)
  set_variables(values)
  do.call(on.exit, list(bquote(.(set_variables)(.(before))), add = TRUE, after = FALSE), envir = frame)
}

set_variables <- function(values) {
  gone <- names(values)[is.na(values)]
  if (length(gone)) Sys.unsetenv(gone)
  kept <- values[!is.na(values)]
  if (length(kept)) do.call(Sys.setenv, as.list(kept))
}

local_options <- function(..., frame = parent.frame()) {
  before <- options(...)
  do.call(on.exit, list(bquote(options(.(before))), add = TRUE, after = FALSE), envir = frame)
}

# One function of the package during the calling test.
local_function <- function(name, value, frame = parent.frame()) {
  before <- get(name, asNamespace("tokcore"))
  replace_function(name, value)
  do.call(on.exit, list(bquote(.(replace_function)(.(name), .(before))), add = TRUE, after = FALSE), envir = frame)
}

replace_function <- function(name, value) {
  namespace <- asNamespace("tokcore")
  unlockBinding(name, namespace)
  assign(name, value, namespace)
  lockBinding(name, namespace)
}

# A grant that nobody needs to sign in for.
a_grant <- function(store, client = "post", account = "jane@example.com", scopes = "read", ...) {
  grant <- list(client_id = client, token_endpoint = "https://as.example/token", scopes = I(scopes), account = account,
                refresh_token = "refresh-canary-31", access_token = "access-canary-31",
                expires_at = floor(as.numeric(Sys.time())) + 3600, ...)
  .Call(tokcore:::c_store_adopt, tok_store(store), tokcore:::as_settings(grant))
}

# A person has signed in, and the grant is in the store.
signed_in_source <- function(store, scopes = "openid offline_access", ...) {
  source <- tok_source(oidc_client(store = store), scopes = scopes, prompt = "consent", open_browser = TRUE, ...)
  suppressMessages(with_person(tok_token(source)))
  source
}

# All that the files of a folder hold, as text.
bytes_of <- function(folder) {
  files <- list.files(folder, recursive = TRUE, all.files = TRUE, full.names = TRUE)
  unlist(lapply(files, function(file) {
    bytes <- readBin(file, raw(), file.size(file))
    rawToChar(bytes[bytes != 0])
  }))
}

store_case <- function(file, id) {
  cases <- jsonlite::fromJSON(file.path(vectors_folder(), "store", file), simplifyVector = FALSE)$cases
  Find(function(case) case$id == id, cases)
}
