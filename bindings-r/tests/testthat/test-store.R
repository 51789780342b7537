test_that("R writes nothing unless somebody has asked for it", {
  local_store()
  local_variables(TOKCORE_STORE = NA)
  place <- function(...) .Call(tokcore:::c_oauth_client_place, oauth_client("a", "https://as.example/token", ...))$store
  expect_identical(place(), "existing")
  expect_identical(place(store = "/x"), "/x")
  local_options(tokcore.store = "/y")
  expect_identical(place(), "/y")
  local_options(tokcore.store = TRUE)
  expect_null(place())
  local_options(tokcore.store = NULL)
  local_variables(TOKCORE_STORE = "/z")
  expect_null(place())
  expect_error(oauth_client("a", "https://as.example/token", store = 1), "store must be", class = "tokcore_error")
  local_variables(TOKCORE_STORE = NA)
  tok_token(tok_source(second_client(), "client_credentials", scopes = "read", cache_key = "unasked"))
  expect_false(dir.exists(Sys.getenv("XDG_STATE_HOME")))
})

test_that("a store that somebody has made is used without a word", {
  local_store()
  local_variables(TOKCORE_STORE = NA)
  client <- oauth_client("elsewhere", "https://as.example/token")
  expect_error(tok_token(tok_source(client)), class = "tokcore_error")
  a_grant("user", client = "elsewhere", scopes = "read")
  source <- tok_source(oauth_client("elsewhere", "https://as.example/token"), scopes = "read")
  expect_s3_class(tok_token(source), "tokcore_token")
})

test_that("a store is listed, pruned and emptied, and shows no secret", {
  store <- local_store()
  a_grant(store)
  a_grant(store, account = "joe@example.com")
  a_grant(store, client = "other", scopes = c("read", "write"))
  all <- tok_store_list(store)
  expect_identical(nrow(all), 3L)
  expect_s3_class(all$expires, "POSIXct")
  expect_setequal(all$state, "ok")
  expect_identical(tok_store_list(store, account = "joe@*")$account, "joe@example.com")
  expect_identical(tok_store_list(store, client = oauth_client("other", "https://as.example/token"))$scopes, "read write")
  expect_identical(nrow(tok_store_list(store, scope = "write")), 1L)
  for (value in list(tok_store(store), all, tok_sitrep(store))) expect_no_match(shown(value), "canary")
  expect_no_match(paste(capture.output(gargle_oauth_sitrep(store)), collapse = "\n"), "canary")
  expect_false(any(grepl("canary|example.com", bytes_of(store), useBytes = TRUE)))

  expect_identical(tok_store_prune(30, store), 0)
  expect_identical(tok_store_remove(substr(all$key[[1]], 1, 10), store), 1)
  expect_error(tok_store_remove(store = store), "nothing says", class = "tokcore_error_invalid_argument")
  left <- nrow(tok_store_list(store, client = "post"))
  expect_identical(tok_store_remove(client = "post", store = store), as.numeric(left))
  expect_identical(tok_store_remove(store = store, all = TRUE), as.numeric(2 - left))
  expect_identical(nrow(tok_store_list(store)), 0L)
  expect_error(tok_store_remove("abcd", store), class = "tokcore_error_not_found")
})

test_that("a store travels in a file with a passphrase", {
  store <- local_store()
  a_grant(store)
  file <- tempfile()
  tok_store_export(file, "correct horse", store)
  expect_identical(format(file.mode(file)), "600")
  expect_false(grepl("canary", rawToChar(Filter(function(byte) byte != 0, readBin(file, raw(), 1e6))), useBytes = TRUE))
  other <- file.path(dirname(store), "other")
  expect_error(tok_store_import(file, "wrong horse", other), class = "tokcore_error_store")
  arrived <- tok_store_import(file, "correct horse", other)
  expect_identical(arrived$outcome, "added")
  expect_identical(arrived$account, "jane@example.com")
  expect_error(tok_store_export(file, "x", store), "there already")
  expect_error(tok_store_import(file, store = other), "passphrase", class = "tokcore_error_invalid_argument")
})

test_that("what gcloud keeps is recognised, and needs no passphrase", {
  store <- local_store()
  file <- tempfile()
  writeLines('{"type": "authorized_user", "client_id": "g", "client_secret": "s", "refresh_token": "rt-canary",
               "account": "jane@example.com"}', file)
  arrived <- tok_store_import(file, store = store, scopes = "drive")
  expect_identical(arrived[c("account", "outcome")], data.frame(account = "jane@example.com", outcome = "added"))
  stored <- tok_store_list(store)
  expect_identical(stored$issuer, "https://accounts.google.com")
  expect_match(stored$scopes, "https://www.googleapis.com/auth/drive", fixed = TRUE)
})

test_that("the report says where and why, also where nothing can be kept", {
  store <- local_store()
  place <- attr(tok_sitrep(store, probe = TRUE), "place")
  expect_identical(place$value[place$name == "folder"], store)
  expect_match(paste(format(tok_sitrep(store)), collapse = "\n"), "chosen by: +the setting")
  local_variables(TOKCORE_STORE = "memory")
  expect_match(paste(format(tok_sitrep()), collapse = "\n"), "problem: +nothing is kept")
  local_variables(TOKCORE_STORE = store)
  expect_match(paste(format(tok_sitrep()), collapse = "\n"), "TOKCORE_STORE")
  expect_identical(oauth_cache_path(), store)
})

test_that("looking creates nothing, and a store from a file is none", {
  store <- local_store()
  expect_identical(nrow(tok_store_list(store)), 0L)
  expect_output(print(tok_sitrep(store)), "0 credentials")
  expect_identical(tok_store_prune(30, store), 0)
  expect_false(dir.exists(store))
  saved <- tempfile()
  saveRDS(tok_store(store), saved)
  expect_error(tok_store_list(readRDS(saved)), "tok_store", class = "tokcore_error_invalid_argument")
  expect_match(shown(readRDS(saved)), "tok_store")
  # httr2's functions are content with nothing.
  local_variables(TOKCORE_STORE = "memory")
  expect_null(oauth_cache_path())
  expect_identical(oauth_cache_prune(), 0)
  expect_identical(oauth_cache_clear(second_client(), cache_disk = TRUE), 0L)
})

test_that("what is revoked is not in the store any more", {
  store <- local_store()
  source <- signed_in_source(store)
  expect_identical(tok_revoke(source)$outcome, "revoked")
  expect_identical(nrow(tok_store_list(store)), 0L)
  expect_error(tok_token(source), class = "tokcore_error_interaction_required")
})

test_that("a sign-in is shared by processes and ends with a logout", {
  store <- local_store()
  source <- signed_in_source(store)
  output <- tempfile()
  start_r(c(
    "library(tokcore)",
    sprintf("client <- oauth_client('public', issuer = '%s', store = '%s')", server_of("oidc"), store),
    "source <- tok_source(client, scopes = 'openid offline_access', prompt = 'consent')",
    "for (i in 1:3) { tok_invalidate(source); token <- tok_token(source) }",
    "cat(token$account, nchar(token$access_token) > 0, 'done')"
  ), output)
  expect_true(wait_for(function() file.exists(output) && any(grepl("done", readLines(output, warn = FALSE)))))
  expect_match(readLines(output, warn = FALSE), "alice TRUE done", all = FALSE)
  # The other process has renewed it three times; ours goes on with what is there.
  tok_invalidate(source)
  expect_identical(tok_token(source)$account, "alice")
  out <- tok_logout(source)
  expect_true(out$found)
  expect_identical(out$outcome, "revoked")
  expect_identical(nrow(tok_store_list(store)), 0L)
  expect_error(tok_token(source), class = "tokcore_error_interaction_required")
})

test_that("httr2's cache_disk keeps, and its absence does not", {
  store <- local_store()
  local_variables(TOKCORE_STORE = store)
  get <- function(...) {
    oauth_token_cached(second_client(), oauth_flow_client_credentials, list(scope = "read"), cache_key = "disk", ...)
  }
  memory <- get()
  expect_identical(nrow(tok_store_list()), 0L)
  expect_no_warning(disk <- get(cache_disk = TRUE))
  expect_false(identical(disk$access_token, memory$access_token))
  expect_identical(tok_store_list()$client_id, "post")
  expect_identical(get(cache_disk = TRUE)$access_token, disk$access_token)
  anew <- get(cache_disk = TRUE, reauth = TRUE)
  expect_false(identical(anew$access_token, disk$access_token))
  expect_identical(get(cache_disk = TRUE)$access_token, anew$access_token)
  expect_identical(oauth_cache_clear(second_client(), cache_disk = TRUE), 0L)
  expect_identical(oauth_cache_clear(second_client(), cache_disk = TRUE, cache_key = "disk"), 1L)
  expect_identical(nrow(tok_store_list()), 0L)
  expect_false(identical(get()$access_token, memory$access_token))
  expect_identical(oauth_cache_prune(), 0)
})

test_that("people of a Shiny application do not share", {
  store <- local_store()
  partition <- function(grant = "authorization_code", ...) {
    client <- tokcore:::for_session(oauth_client("a", "https://as.example/token", ...), grant)
    .Call(tokcore:::c_oauth_client_place, client)$partition
  }
  expect_null(partition())
  local_function("shiny_session", function() list(token = "t1"))
  expect_identical(partition(), "shiny-session:t1")
  expect_null(partition("client_credentials"))
  expect_identical(partition(partition = "mine"), "mine")
  mine <- tok_source(second_client(), "password", username = "u", password = "password-canary", scopes = "read")
  first <- tok_token(mine)$access_token
  local_function("shiny_session", function() list(token = "t2", user = "jane"))
  expect_identical(partition(), "shiny-user:jane")
  hers <- tok_source(second_client(), "password", username = "u", password = "password-canary", scopes = "read")
  expect_false(identical(tok_token(hers)$access_token, first))
})
