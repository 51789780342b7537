# Takes over what the real packages wrote.

# gargle's own folder with tokens as gargle makes them: by its classes, in an R process of its own.
gargle_cache <- function(folder) {
  skip_if_not_installed("gargle")
  done <- tempfile()
  start_r(c(
    "library(gargle)",
    "make <- function(id, name, email, scopes) gargle2.0_token(",
    "  email = email, package = 'gargle', scope = scopes,",
    "  app = gargle_oauth_client(id, 'secret-canary', name = name),",
    "  credentials = list(access_token = 'access-canary', refresh_token = paste0('refresh-canary-', id), expires_in = 3599),",
    sprintf("  cache = '%s')", folder),
    "drive <- 'https://www.googleapis.com/auth/drive'",
    "make('id-1', 'one', 'jane@example.com', drive)",
    "make('id-1', 'one', 'first_last@example.com', drive)",
    "make('id-2', 'two', 'joe@example.org', NULL)",
    # gargle deletes those when it sees them, so that this one comes last.
    "make('id-3', 'old-calliope', 'jane@example.com', drive)",
    sprintf("file.create('%s')", done)
  ))
  expect_true(wait_for(function() file.exists(done)))
}

test_that("sign-ins are taken over from gargle", {
  store <- local_store()
  folder <- tempfile("gargle")
  gargle_cache(folder)
  # What else may lie there, and a file under another name: the hash is nobody's business but gargle's.
  saveRDS(list(a = 1), file.path(folder, "ab12_list@example.com"))
  writeLines("no such thing", file.path(folder, "ab13_text@example.com"))
  one <- list.files(folder, "first_last")
  file.rename(file.path(folder, one), file.path(folder, "dd123_first_last@example.com"))

  expect_identical(nrow(tok_import_gargle(folder, "nobody@example.com", store = store)), 0L)
  taken <- tok_import_gargle(folder, store = store)
  expect_no_match(shown(taken), "canary")
  good <- taken[is.na(taken$problem), ]
  expect_setequal(good$account, c("jane@example.com", "first_last@example.com", "joe@example.org"))
  expect_match(taken$problem[grepl("list@", taken$file)], "no token of gargle")
  expect_match(taken$problem[grepl("text@", taken$file)], "not a file of R")
  retired <- grepl("retired", taken$problem)
  expect_identical(sum(retired), 1L, label = "H21")

  listed <- tok_store_list(store)
  expect_setequal(listed$account, good$account)
  jane <- listed[listed$account == "jane@example.com", ]
  expect_identical(jane$client, "one")
  expect_match(jane$scopes, "auth/drive")
  expect_identical(jane$state, "stale")
  expect_false(any(grepl("canary", bytes_of(store), useBytes = TRUE)))
  # gargle's files stay.
  expect_length(list.files(folder), nrow(taken))

  # The chain finds it.
  local_chain()
  said <- tok_explain("drive", client = gargle_oauth_client("id-1", "secret-canary"), email = "jane@example.com", store = store)
  expect_equal(said$code[said$method == "credentials_user_oauth2"], "found")

  # Once more, for a client of tokcore alone.
  other <- file.path(dirname(store), "other")
  client <- oauth_client("id-2", "https://oauth2.googleapis.com/token", store = other)
  mine <- tok_import_gargle(folder, client = client)
  expect_identical(mine$account[is.na(mine$problem)], "joe@example.org")
  expect_identical(tok_store_list(other)$client_id, "id-2")
})

test_that("files of gargle are told by their names", {
  case <- store_case("accounts.json", "E17")
  expect_identical(sub(tokcore:::gargle_name, "\\1", case$file), case$key)
  expect_identical(sub(tokcore:::gargle_name, "\\2", case$file), case$email)
  case <- store_case("accounts.json", "E18")
  expect_identical(grep(tokcore:::gargle_name, unlist(case$files), value = TRUE), unlist(case$tokens))
})

test_that("nothing in a file is run", {
  local_store()
  folder <- tempfile("gargle")
  dir.create(folder)
  ran <- tempfile()
  trap <- structure(new.env(parent = emptyenv()), class = c("Gargle2.0", "R6"))
  makeActiveBinding("app", function() file.create(ran), trap)
  eval(bquote(delayedAssign("credentials", file.create(.(ran)), assign.env = trap)))
  trap$email <- structure("a@example.com", class = "trap")
  saveRDS(trap, file.path(folder, "aa_a@example.com"))
  expect_match(tok_import_gargle(folder, store = "memory2")$problem, "without a client")
  expect_null(tokcore:::inert(trap, "credentials"))
  expect_null(tokcore:::inert(trap, "app"))
  expect_identical(tokcore:::member(trap, "email"), "a@example.com")
  expect_false(file.exists(ran))
  expect_error(tok_import_gargle(tempfile()), "no folder", class = "tokcore_error_invalid_argument")
})

test_that("sign-ins are taken over from httr2", {
  skip_if_not_installed("httr2")
  store <- local_store()
  cache <- tempfile("cache")
  local_variables(XDG_CACHE_HOME = cache, R_USER_CACHE_DIR = cache)
  theirs <- httr2::oauth_client("post", "https://as.example/token", secret = "secret-canary", name = "chosen")
  token <- httr2::oauth_token("access-canary", expires_in = 3600, refresh_token = "refresh-canary", scope = "read")
  # As httr2 keeps what a flow brought; the argument auth_url is not in all of its versions.
  given <- list(httr2::request("https://a.example"), theirs, cache_disk = TRUE, cache_key = "k")
  if ("auth_url" %in% names(formals(httr2::req_oauth_device))) given$auth_url <- "https://as.example/device"
  policies <- do.call(httr2::req_oauth_device, given)$policies
  caches <- list(policies$auth_oauth$cache, policies$auth_sign$cache, policies$auth_sign$params$cache)
  suppressMessages(Find(Negate(is.null), caches)$set(token))

  expect_error(tok_import_httr2(theirs, store = store), "no token", class = "tokcore_error_invalid_argument")
  taken <- tok_import_httr2(theirs, cache_key = "k", account = "jane@example.com", store = store)
  expect_no_match(shown(taken), "canary")
  expect_identical(taken$scopes, "read")
  client <- oauth_client("post", "https://as.example/token", "secret-canary", store = store)
  found <- tok_token(tok_source(client, scopes = "read", cache_key = "k"))
  expect_identical(found$access_token, "access-canary")
  expect_identical(found$refresh_token, "refresh-canary")

  # By a client of tokcore, which has a store of its own.
  other <- file.path(dirname(store), "other")
  client <- oauth_client("post", "https://as.example/token", "secret-canary", store = other)
  tok_import_httr2(client, cache_key = "k", cache_name = "chosen")
  expect_identical(tok_token(tok_source(client, scopes = "read", cache_key = "k"))$access_token, "access-canary")
})
