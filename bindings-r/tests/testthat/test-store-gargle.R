# gargle's arguments and folder; the rows of tests/vectors/store that are R's.

test_that("cache means what it means in gargle", {
  local_store()
  local_variables(TOKCORE_STORE = NA)
  local_options(rlang_interactive = FALSE, gargle_oauth_cache = NULL, tokcore.store = NULL)
  expect_identical(tokcore:::place_of_cache(FALSE), "memory", label = "H01")
  expect_s3_class(tokcore:::place_of_cache(TRUE), "tokcore_store")
  expect_identical(tokcore:::folder_of(tokcore:::place_of_cache(TRUE)), file.path(Sys.getenv("XDG_STATE_HOME"), "tokcore"))
  expect_identical(tokcore:::place_of_cache(NA), "memory", label = "H03")
  expect_false(getOption("gargle_oauth_cache"))
  for (cache in store_case("cache.json", "H04")$cache_is_refused) {
    expect_error(tokcore:::place_of_cache(eval(parse(text = cache))), "cache must be", class = "tokcore_error_invalid_argument")
  }
  # A person is asked, once; a folder that is there has been agreed to.
  local_options(rlang_interactive = TRUE)
  answers <- c("x", "2")
  local_function("ask", function(prompt, hidden) {
    answer <- answers[[1]]
    answers <<- answers[-1]
    answer
  })
  expect_identical(suppressMessages(tokcore:::place_of_cache(NA)), "memory")
  answers <- "1"
  expect_s3_class(suppressMessages(tokcore:::place_of_cache(NA)), "tokcore_store")
  local_options(rlang_interactive = FALSE)
  dir.create(file.path(Sys.getenv("XDG_STATE_HOME"), "tokcore"), recursive = TRUE, mode = "0700")
  expect_s3_class(tokcore:::place_of_cache(NA), "tokcore_store")
})

test_that("a source keeps where its cache says", {
  store <- local_store()
  local_variables(TOKCORE_STORE = NA)
  ask <- function(...) tok_token(tok_source(second_client(), "client_credentials", scopes = "read", cache_key = "where", ...))
  memory <- ask(cache = FALSE)$access_token
  expect_identical(ask(cache = FALSE)$access_token, memory)
  expect_identical(ask()$access_token, ask()$access_token)
  expect_false(dir.exists(Sys.getenv("XDG_STATE_HOME")))
  expect_message(kept <- ask(cache = store)$access_token, NA)
  expect_false(identical(kept, memory))
  expect_identical(ask(cache = store)$access_token, kept)
  expect_identical(nrow(tok_store_list(store)), 1L)
  expect_identical(format(file.mode(store)), "700", label = "H05")
})

test_that("a folder inside of a project stays out of what is published", {
  folder <- local_store()
  project <- file.path(dirname(folder), "project")
  dir.create(file.path(project, "deep"), recursive = TRUE)
  case <- store_case("cache.json", "H08")
  file.create(file.path(project, unlist(case$project_has)))
  before <- setwd(project)
  on.exit(setwd(before))
  make <- function(path) suppressMessages(tokcore:::place_of_cache(path))
  make(case$cache)
  expect_identical(readLines(".gitignore"), case$gitignore)
  expect_identical(readLines(".Rbuildignore"), case$rbuildignore)
  unlink(case$cache, recursive = TRUE)
  make(case$cache)
  expect_length(readLines(".gitignore"), store_case("cache.json", "H09")$lines)
  # From wherever it is named: patterns are those of the project.
  make(file.path(getwd(), "deep", ".secrets"))
  expect_identical(readLines(".gitignore"), c(".secrets", "/deep/.secrets/"), label = "H10")
  expect_identical(readLines(".Rbuildignore")[[2]], "^deep/\\.secrets$")
})

test_that("gargle's folder is where gargle has it", {
  skip_on_os("mac")
  for (id in c("H06", "H07")) {
    case <- store_case("cache.json", id)
    local_variables(R_USER_CACHE_DIR = NA, XDG_CACHE_HOME = NA)
    do.call(Sys.setenv, case$env)
    expect_identical(tokcore:::gargle_folder(), case$folder, label = id)
  }
})

test_that("email means what it means in gargle", {
  for (pair in store_case("accounts.json", "E16")$suffixes) {
    expect_identical(tokcore:::gargle_suffix(eval(parse(text = pair[[1]]))), pair[[2]], label = pair[[1]])
  }
  expect_null(tokcore:::account_of(NULL))
  expect_identical(tokcore:::account_of(NA), "new")
  expect_identical(tokcore:::account_of(NA_character_), "new")
  expect_identical(tokcore:::account_of(FALSE), "new")
  expect_identical(tokcore:::account_of(TRUE), "any")
  expect_identical(tokcore:::account_of("*@example.com"), "*@example.com")
  for (email in list(1, c("a@example.com", "b@example.com"), list())) {
    expect_error(tokcore:::account_of(email), "email must be", class = "tokcore_error_invalid_argument")
  }
  expect_error(tok_source(second_client(), email = ""), "empty text", class = "tokcore_error_config_invalid")
})

test_that("email chooses among the accounts that are stored", {
  store <- local_store()
  a_grant(store, account = "a@example.com")
  a_grant(store, account = "b@example.com")
  client <- oauth_client("post", "https://as.example/token", store = store, authorization_endpoint = "https://as.example/a")
  account <- function(...) {
    tryCatch(tok_token(tok_source(client, scopes = "read", ...))$account, tokcore_error = function(e) e$kind)
  }
  expect_identical(account(email = "a@example.com"), "a@example.com", label = "E01")
  expect_identical(account(email = "B@example.com"), "b@example.com", label = "E02")
  expect_identical(account(email = "c@example.com"), "interaction_required", label = "E03")
  expect_identical(account(), "ambiguous_account", label = "E05")
  expect_identical(account(email = TRUE), "ambiguous_account", label = "E07")
  expect_identical(account(email = "b*@example.com"), "b@example.com", label = "E12")
  expect_identical(account(email = NA), "interaction_required", label = "E13")
  key <- tok_store_list(store, account = "b@example.com")$key
  tok_store_default(key, store)
  expect_identical(account(), "b@example.com")
  expect_match(paste(format(tok_sitrep(store)), collapse = "\n"), "b@example.com (default)", fixed = TRUE)
})

test_that("the menu of accounts asks until the answer is one", {
  answers <- c("9", "", "2")
  local_function("ask", function(prompt, hidden) {
    answer <- answers[[1]]
    answers <<- answers[-1]
    answer
  })
  expect_message(number <- tokcore:::choose(c("Which?", "new", "a@example.com"), FALSE), "2: a@example.com")
  expect_identical(number, 2L)
  answers <- "0"
  expect_identical(suppressMessages(tokcore:::choose(c("Which?", "new"), FALSE)), 0L)
  local_function("ask", function(prompt, hidden) NULL)
  expect_null(suppressMessages(tokcore:::choose(c("Which?", "new"), FALSE)))
})

test_that("a person chooses among the accounts, or gives up", {
  store <- local_store()
  a_grant(store, account = "a@example.com")
  a_grant(store, account = "b@example.com")
  client <- oauth_client("post", "https://as.example/token", store = store, authorization_endpoint = "https://as.example/a")
  local_options(rlang_interactive = TRUE)
  answers <- "0"
  local_function("ask", function(prompt, hidden) answers)
  ask <- function() suppressMessages(tok_token(tok_source(client, scopes = "read")))
  expect_identical(tryCatch(ask(), interrupt = function(e) e$kind), "cancelled")
  answers <- "3"
  expect_identical(ask()$account, "b@example.com", label = "E05")
})

test_that("the report has gargle's shape", {
  store <- local_store()
  case <- store_case("cache.json", "H22")
  a_grant(store, account = "a@example.com", scopes = c("https://www.googleapis.com/auth/drive", case$hides))
  a_grant(store, account = "b@example.com", scopes = case$hides)
  output <- capture.output(found <- gargle_oauth_sitrep(store))
  expect_identical(names(found), unlist(case$columns))
  expect_identical(nrow(found), case$tokens)
  expect_identical(found$scopes, c("drive", ""))
  expect_match(output, substr(found$hash[[1]], 1, case$hash_characters), fixed = TRUE, all = FALSE)
  expect_no_match(output, substr(found$hash[[1]], 1, case$hash_characters + 1), fixed = TRUE)
  expect_length(capture.output(none <- gargle_oauth_sitrep(file.path(store, "none"))), store_case("cache.json", "H23")$lines)
  expect_null(none)
  short <- store_case("cache.json", "H24")$shorten
  expect_identical(tokcore:::shorten(short$text, short$first), short$gives)
  for (short in store_case("cache.json", "H25")$shorten) {
    expect_identical(tokcore:::shorten(short$text, short$first, short$last), short$gives)
  }
})
