# The token of token_fetch(), by itself and in the hands of httr, httr2 and gargle.

brought <- function() token_fetch("bigquery", token = "access-canary-5f1c", package = "mine")

test_that("it has the members that other packages look at", {
  token <- brought()
  expect_s3_class(token, c("Token2.0", "Token"))
  expect_true(is.environment(token))
  expect_equal(token$credentials$access_token, "access-canary-5f1c")
  expect_equal(token$package, "mine")
  expect_true(is.na(token$email))
  expect_false(token$can_refresh())
  expect_false(token$has_expired())
  expect_equal(token$attempts$source, "credentials_byo_oauth2")
  expect_equal(unclass(tok_header(token))[["Authorization"]], "Bearer access-canary-5f1c")
  expect_s3_class(tok_token(token), "tokcore_token")
  expect_match(failure_of(token$refresh())$message, "cannot be renewed")
  expect_error(token$credentials <- list(), "cannot be changed")
  expect_error(token$new_member <- 1)
})

test_that("what nobody signed in for cannot be signed out of, and says where it is taken away", {
  refused <- failure_of(tok_logout(brought()))
  expect_s3_class(refused, "tokcore_error_invalid_state")
  expect_match(refused$message, "no sign-in of its own")
})

test_that("nothing that shows it shows the secret", {
  token <- brought()
  expect_false(grepl("canary", shown(token)))
  expect_false(grepl("canary", paste(capture.output(dput(token)), collapse = "")))
  expect_false(grepl("canary", shown(token$credentials)))
  expect_false(grepl("canary", paste(capture.output(token$print()), collapse = "")))
  expect_match(shown(token), "tokcore token of the chain")
  file <- tempfile()
  saveRDS(token, file, compress = FALSE)
  expect_false(any(grepl("canary", readLines(file, warn = FALSE), useBytes = TRUE)))
  expect_match(format(readRDS(file)), "cannot be restored")
})

test_that("an end that is known is told", {
  token <- token_fetch(token = "with-an-end", token_expires_at = Sys.time() + 3600)
  expect_false(token$has_expired())
  expect_match(shown(token), "in 60 min")
  expect_s3_class(failure_of(token_fetch(token = "at-its-end", token_expires_at = Sys.time() - 60)), "tokcore_error_interaction_required")
})

test_that("tokens of all kinds can be brought", {
  access <- function(token) credentials_byo_oauth2(token = token)$credentials$access_token
  expect_equal(access(oauth_token("own")), "own")
  expect_equal(access(brought()), "access-canary-5f1c")
  expect_equal(access(structure(list(auth_token = brought()), class = "request")), "access-canary-5f1c")
  expect_match(failure_of(access(structure(list(), class = "request")))$message, "holds no token")
  skip_if_not_installed("httr2")
  expect_equal(access(httr2::oauth_token("of-httr2", expires_in = 60)), "of-httr2")
  skip_if_not_installed("httr")
  endpoint <- httr::oauth_endpoint(authorize = "https://as.example/a", access = "https://as.example/t")
  theirs <- httr::Token2.0$new(httr::oauth_app("app", "id", "secret"), endpoint, cache_path = FALSE,
                               credentials = list(access_token = "of-httr", refresh_token = "not-for-google"))
  expect_equal(access(theirs), "of-httr")
  expect_equal(access(httr::config(token = theirs)), "of-httr")
  local_chain()
  cred_funs_set(list(theirs = function(scopes, ...) theirs))
  expect_equal(token_fetch()$credentials$access_token, "of-httr")
})

test_that("another package's token that Google renews is renewed by tokcore", {
  theirs <- structure(list2env(list(
    credentials = list(access_token = "old", refresh_token = "refresh-canary"),
    app = list(key = "id", secret = "secret"), endpoint = list(access = "https://oauth2.googleapis.com/token")
  )), class = c("Gargle2.0", "Token2.0"))
  json <- brought_by(theirs)$settings$token
  expect_equal(jsonlite::fromJSON(json), list(client_id = "id", client_secret = "secret", refresh_token = "refresh-canary",
                                              type = "authorized_user"))
  theirs$endpoint$access <- "https://oauth2.googleapis.com.evil.example/token"
  expect_null(brought_by(theirs)$settings)
})

test_that("httr signs with it, and has it renewed", {
  skip_if_not_installed("httr")
  local_chain()
  cred_funs_add(second = from_second)
  api <- local_api()
  token <- token_fetch()
  first <- token$credentials$access_token
  expect_true(token$can_refresh())
  answer <- httr::content(httr::GET(paste0(api, "/echo"), httr::config(token = token)))
  expect_equal(answer$authorization, paste("Bearer", first))
  expect_message(answer <- httr::GET(paste0(api, "/refuse"), httr::config(token = token)), "Auto-refreshing")
  expect_equal(httr::status_code(answer), 200)
  expect_false(identical(token$credentials$access_token, first))
  expect_equal(httr::content(answer)$authorization, paste("Bearer", token$credentials$access_token))
})

test_that("gargle sends requests with it, and takes it as its own", {
  skip_if_not_installed("gargle")
  local_chain()
  cred_funs_add(second = from_second)
  api <- local_api()
  token <- token_fetch()
  for (with in list(token, httr::config(token = token))) {
    request <- gargle::request_build(path = "echo", base_url = api, token = with)
    expect_equal(httr::content(gargle::request_make(request))$authorization, paste("Bearer", token$credentials$access_token))
  }
  first <- token$credentials$access_token
  expect_identical(gargle::credentials_byo_oauth2(token = token), token)
  expect_false(identical(token$credentials$access_token, first))
  expect_s3_class(gargle::gargle_oauth_client("id", "secret"), "oauth_app")
  state <- gargle::init_AuthState("mine", auth_active = TRUE, cred = token)
  expect_true(state$has_cred())
})

test_that("httr2 signs with it, and has it renewed", {
  skip_if_not_installed("httr2")
  local_chain()
  cred_funs_add(second = from_second)
  api <- local_api()
  token <- token_fetch()
  first <- token$credentials$access_token
  answer <- httr2::request(paste0(api, "/refuse")) |> req_auth_tokcore(token) |> httr2::req_perform()
  expect_false(identical(token$credentials$access_token, first))
  expect_equal(httr2::resp_body_json(answer)$authorization, paste("Bearer", token$credentials$access_token))
})

test_that("what a package's token function gives is exported and signed out of like the token itself", {
  local_chain()
  a <- tok_auth_functions("a", "a", envir = NULL)
  a$a_auth(token = "handed-over")
  expect_equal(tok_export(a$a_token())$access_token, "handed-over")
  expect_match(failure_of(tok_logout(a$a_token()))$message, "has no sign-in of its own")
})

test_that("httr2 names the project that is charged", {
  skip_if_not_installed("httr2")
  local_chain()
  api <- local_api()
  token <- token_fetch(token = "of-somebody", quota_project = "charged")
  answer <- httr2::request(paste0(api, "/echo")) |> req_auth_tokcore(token) |> httr2::req_perform()
  expect_equal(httr2::resp_body_json(answer)$project, "charged")
})

test_that("two who hold it see the same renewal", {
  server_of("second")
  local_chain()
  cred_funs_add(second = from_second)
  a <- tok_auth_functions("a", "a", envir = NULL)
  b <- tok_auth_functions("b", "b", envir = NULL)
  a$a_auth()
  cred_funs_set_default()
  b$b_auth(token = a$a_token())
  before <- b$b_token()$auth_token$credentials$access_token
  a$a_token()$auth_token$refresh()
  after <- b$b_token()$auth_token$credentials$access_token
  expect_false(identical(before, after))
  expect_equal(after, a$a_token()$auth_token$credentials$access_token)
})
