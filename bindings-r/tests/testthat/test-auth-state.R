# What a package remembers about its sign-in, and the functions that it gets: tests/vectors/google/auth_state.json.

meant <- function(value) {
  if (!is.list(value)) return(value)
  if (!is.null(value$client)) return(gargle_oauth_client("ID", "secret-canary", name = value$client))
  if (!is.null(value$token)) return(token_fetch(token = value$token))
  value
}

# A list whose members may be NULL.
all_meant <- function(values) lapply(values, meant)

called <- function(object, step) {
  arguments <- all_meant(step[-1])
  if (endsWith(step[[1]], "_auth")) arguments <- list(token = arguments[[1]])
  do.call(object[[step[[1]]]], arguments)
}

test_that("a package's state", {
  for (case in google_cases("auth_state.json")) {
    local_chain()
    failed <- failure_of({
      if ("functions" %in% names(case)) {
        object <- do.call(tok_auth_functions, c(list("p", "mine", envir = NULL), case$functions))
        state <- attr(object, "state")
      } else {
        object <- state <- do.call(init_AuthState, all_meant(case$new))
      }
      for (step in case$do) called(object, step)
    })
    if (!is.null(case$error_contains)) {
      expect_s3_class(failed, "tokcore_error_invalid_argument")
      expect_match(failed$message, case$error_contains, fixed = TRUE, info = case$id)
      next
    }
    expect_null(failed, info = case$id)
    for (name in names(case$calls)) expect_equal(object[[name]](), case$calls[[name]], info = case$id)
    for (name in names(case$fields)) {
      value <- state[[name]]
      expect_equal(if (name == "client") value$name else value, case$fields[[name]], info = case$id)
    }
  }
})

test_that("a state shows no secret", {
  client <- gargle_oauth_client("123-abc.apps.googleusercontent.com", "secret-canary")
  state <- init_AuthState("mine", client, "AIzaSy-api-canary", cred = token_fetch(token = "access-canary-5f1c"))
  expect_false(grepl("canary", shown(state)))
  expect_match(shown(state), "AIzaSy-...", fixed = TRUE)
  expect_false(grepl("canary", shown(client)))
  expect_equal(client$name, "123-abc")
})

test_that("clients from files", {
  web <- '{"web": {"client_id": "1-a.example", "client_secret": "s", "redirect_uris": ["https://a.example/back"]}}'
  client <- gargle_oauth_client_from_json(web)
  expect_equal(client$type, "web")
  expect_equal(client$redirect_uris, "https://a.example/back")
  expect_equal(jsonlite::fromJSON(client_text(client))$web$redirect_uris, "https://a.example/back")
  file <- tempfile(fileext = ".json")
  writeLines('{"installed": {"client_id": "1-a.example"}}', file)
  expect_null(gargle_oauth_client_from_json(file)$secret)
  key <- '{"type": "service_account", "private_key": "key-canary"}'
  failed <- failure_of(gargle_oauth_client_from_json(key))
  expect_match(failed$message, "key of a service account")
  expect_identical(c(failed$kind, failed$reason), c("config_invalid", "key_given_as_client_json"))
  expect_false(grepl("canary", shown(failed)))
  expect_match(failure_of(gargle_oauth_client("id", "s", type = "web"))$message, "redirect_uris")
  expect_match(failure_of(gargle_oauth_client_from_json("nowhere.json"))$message, "nowhere.json cannot be read")
})

test_that("the functions of a package", {
  local_chain()
  folder <- new.env()
  tok_auth_functions("lq", "littlequery", scopes = "mine.read", scope_aliases = c(mine.read = "https://s.example/read"),
                     client = function() gargle_oauth_client("fallback"), envir = folder)
  expect_setequal(ls(folder), paste0("lq_", c("auth", "deauth", "token", "has_token", "has_valid_token", "user",
                                              "auth_configure", "oauth_client", "api_key", "scopes")))
  seen <- NULL
  # Whoever names an option serves it.
  cred_funs_set(list(spy = function(scopes, impersonate = NULL, ...) {
    seen <<- c(list(scopes = scopes, impersonate = impersonate), list(...))
    oauth_token("t")
  }))
  folder$lq_auth(email = "jane@example.com", cache = FALSE, impersonate = "robot@example.com")
  expect_equal(seen$scopes, "mine.read")
  expect_equal(seen$package, "littlequery")
  expect_null(seen$client)
  expect_equal(seen$default_client$name, "fallback")
  expect_equal(seen$email, "jane@example.com")
  expect_equal(seen$impersonate, "robot@example.com")
  expect_true(folder$lq_has_valid_token())
  expect_equal(unname(folder$lq_token()$auth_token$sign("GET", "https://api.example")$headers), "Bearer t")
  expect_equal(tok_token(folder$lq_token())$access_token, "t")
  expect_equal(folder$lq_scopes(c("mine.read", "drive")), c("https://s.example/read", "https://www.googleapis.com/auth/drive"))
  folder$lq_auth_configure(client = gargle_oauth_client("own"), api_key = "key")
  expect_equal(folder$lq_oauth_client()$name, "own")
  folder$lq_auth_configure(client = NULL)
  expect_equal(folder$lq_oauth_client()$name, "fallback")
  expect_equal(folder$lq_api_key(), "key")
  folder$lq_deauth()
  expect_false(folder$lq_has_token())
  folder$lq_token()
  expect_true(folder$lq_has_token())
  expect_error(folder$lq_auth(token = stop("a mistake of the caller")), "a mistake of the caller")
})

test_that("a token that is over is not valid, and nobody is asked for another", {
  local_chain()
  lq <- tok_auth_functions("lq", "littlequery", envir = NULL)
  lq$lq_auth(token = "given")
  expect_true(lq$lq_has_valid_token())
  tok_invalidate(lq$lq_token()$auth_token)
  expect_true(lq$lq_has_token())
  expect_false(lq$lq_has_valid_token())
})

test_that("a package's users may give an encrypted credential", {
  local_chain()
  key <- secret_make_key()
  file <- tempfile(fileext = ".enc")
  user <- '{"type": "authorized_user", "client_id": "a", "client_secret": "b", "refresh_token": "c", "token": "stored",
            "expiry": "2099-01-01T00:00:00Z"}'
  old <- Sys.getenv("LQ_KEY", NA)
  Sys.setenv(LQ_KEY = key)
  on.exit(if (is.na(old)) Sys.unsetenv("LQ_KEY") else Sys.setenv(LQ_KEY = old))
  secret_encrypt_json(user, file, "LQ_KEY")
  lq <- tok_auth_functions("lq", "littlequery", envir = NULL)
  lq$lq_auth(path = file, key = "LQ_KEY")
  expect_equal(lq$lq_token()$auth_token$credentials$access_token, "stored")
})

test_that("a path that is no credential is explained", {
  client <- '{"installed": {"client_id": "1-a.example"}}'
  failed <- failure_of(check_is_service_account(client, "lq_auth_configure"))
  expect_match(failed$message, "file of an OAuth client")
  expect_match(failed$hint, "lq_auth_configure(path = ...)", fixed = TRUE)
  expect_identical(c(failed$kind, failed$reason), c("config_invalid", "client_json_given_as_key"))
  expect_null(check_is_service_account(NULL, "lq_auth_configure"))
  user <- '{"type": "authorized_user", "client_id": "a", "client_secret": "b", "refresh_token": "c"}'
  expect_null(check_is_service_account(user, "lq_auth_configure"))
  expect_s3_class(failure_of(check_is_service_account("nowhere.json", "lq_auth_configure")), "tokcore_error")
})
