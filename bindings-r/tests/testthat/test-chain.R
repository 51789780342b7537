# The order of the chain and what comes of asking it: the tables of tests/vectors/google, with functions of R.

always <- function(scopes, ...) oauth_token("of-always")
maybe <- function(scopes, arg1 = NULL, ...) if (!is.null(arg1)) oauth_token("of-maybe")
failure <- function(scopes, ...) stop(structure(class = c("own_error", "error", "condition"), list(message = "failure failed")))
interrupted <- function(scopes, ...) {
  signalCondition(structure(class = c("interrupt", "condition"), list(message = "", call = NULL)))
  invokeRestart("abort")
}
thing <- function(scopes, ...) "a thing"
methods <- list(always = always, maybe = maybe, failure = failure, interrupted = interrupted, thing = thing)
silent <- function(scopes, ...) NULL

funs_of <- function(changes) {
  funs <- lapply(changes, function(change) if (!is.null(change[[2]])) silent)
  names(funs) <- vapply(changes, function(change) change[[1]], "")
  funs
}

do_step <- function(step) {
  if (!is.null(step$add)) return(do.call(cred_funs_add, funs_of(step$add)))
  if ("set" %in% names(step)) return(cred_funs_set(funs_of(step$set)))
  changed <- step[["while"]]
  if (is.list(changed)) {
    with_cred_funs(funs_of(changed$add), expect_equal(names(cred_funs_list()), unlist(step$names)), "modify")
  } else {
    with_cred_funs(code = expect_equal(names(cred_funs_list()), unlist(step$names)))
  }
}

test_that("the order and what changes it", {
  for (case in google_cases("registry.json")) {
    local_chain()
    if (is.list(case$start)) cred_funs_set(funs_of(lapply(case$start, list, "f")))
    told <- NULL
    for (step in case$do) told <- c(told, conditionMessage(first_of(failure_of(do_step(step)), simpleCondition(""))))
    expect_equal(names(cred_funs_list()), as.character(unlist(case$names)), info = case$id)
    if (is.null(case$error_contains)) expect_equal(paste(told, collapse = ""), "", info = case$id)
    else expect_match(tail(told, 1), case$error_contains, info = case$id, fixed = TRUE)
  }
})

test_that("which functions are taken", {
  for (case in google_cases("r_functions.json")) {
    local_chain()
    fun <- eval(parse(text = case$fun))
    failed <- failure_of(cred_funs_add(it = fun))
    expect_equal(is.null(failed), case$valid, info = case$id)
    if (!case$valid) expect_match(failed$message, "element 1 (it)", fixed = TRUE, info = case$id)
    expect_equal("it" %in% names(cred_funs_list()), case$valid, info = case$id)
  }
})

test_that("what the chain finds", {
  for (case in google_cases("chain.json")) {
    if (!is.list(case$chain)) next
    names <- unlist(case$chain)
    own <- intersect(names, names(methods))
    if (length(setdiff(names, c(own, grep("^credentials_", names, value = TRUE))))) next
    local_chain()
    cred_funs_set(c(methods[own], cred_funs_list_default())[names])
    call <- function() do.call(token_fetch, lapply(as.list(case$request), unlist))
    env <- as.list(case$env)
    found <- with_world(env, tryCatch(call(), tokcore_error = identity, interrupt = function(e) "interrupted"))
    wanted <- case$expect
    # An error of R has no kind of the engine's.
    if (identical(wanted$error$kind, "server")) wanted$error$kind <- "config_invalid"
    wanted$codes <- sub("^server$", "config_invalid", unlist(wanted$codes))
    if (!is.null(wanted$error)) {
      if (wanted$error$kind == "cancelled") {
        expect_equal(found, "interrupted", info = case$id)
        next
      }
      expect_s3_class(found, paste0("tokcore_error_", wanted$error$kind))
      expect_equal(found$reason, first_of(wanted$error$reason, found$reason), info = case$id)
      expect_match(found$message, first_of(wanted$error$message_contains, ""), fixed = TRUE, info = case$id)
      expect_match(found$hint, first_of(wanted$error$hint_contains, ""), fixed = TRUE, info = case$id)
    } else if (!is.null(wanted$token)) {
      expect_equal(found$credentials$access_token, sub(" ", "-", wanted$token), info = case$id)
      expect_equal(found$attempts$code, wanted$codes, info = case$id)
    } else {
      expect_equal(found, wanted$other, info = case$id)
    }
  }
})

test_that("a list is spliced, and an older name of an argument is known", {
  local_chain()
  cred_funs_clear()
  funs <- list(a = silent, b = silent)
  cred_funs_add(!!!funs, c = silent)
  expect_equal(names(cred_funs_list()), c("c", "b", "a"))
  expect_warning(cred_funs_set(ls = list(z = silent)), "called funs now")
  expect_equal(names(cred_funs_list()), "z")
})

test_that("the order holds the functions themselves, tokcore's own among them", {
  local_chain()
  cred_funs_set(list(mine = always, gce = credentials_gce))
  expect_identical(cred_funs_list(), list(mine = always, gce = credentials_gce))
  cred_funs_set_default()
  expect_identical(cred_funs_list(), cred_funs_list_default())
  expect_identical(cred_funs_list()$credentials_user_oauth2, credentials_user_oauth2)
})

test_that("a function gets the scopes and everything that was given", {
  local_chain()
  seen <- NULL
  cred_funs_set(list(spy = function(scopes, thing, frame = NULL, ...) {
    seen <<- list(scopes = scopes, thing = thing, frame = frame, rest = list(...))
    oauth_token("t")
  }))
  token_fetch("bigquery", thing = globalenv(), frame = mtcars, package = "mine")
  expect_identical(seen, list(scopes = "bigquery", thing = globalenv(), frame = mtcars, rest = list(package = "mine")))
  # Whose token it would be is no small matter: a function that serves it says so by naming it.
  expect_match(failure_of(token_fetch(thing = 1, subject = "jane@example.com"))$message, "spy cannot serve subject")
  cred_funs_set(list(knows = function(scopes, subject = NULL, ...) oauth_token(subject)))
  expect_equal(token_fetch(subject = "jane@example.com")$credentials$access_token, "jane@example.com")
  cred_funs_set(list(spy = function(scopes, thing, ...) {
    seen <<- list(scopes = scopes)
    oauth_token("t")
  }))
  token_fetch(thing = NULL)
  expect_null(seen$scopes)
})

test_that("a warning reaches the caller, and the token comes", {
  local_chain()
  cred_funs_set(list(warns = function(scopes, ...) {
    warning("beware")
    oauth_token("after-a-warning")
  }))
  expect_warning(token <- token_fetch(), "beware")
  expect_equal(token$credentials$access_token, "after-a-warning")
})

test_that("an error keeps its classes, and shows no value of the caller", {
  local_chain()
  cred_funs_set(list(failure = failure))
  failed <- failure_of(token_fetch())
  expect_s3_class(failed, "own_error")
  expect_s3_class(failed$parent, "own_error")
  expect_equal(failed$attempts$source, "failure")
  cred_funs_set(list(refuses = function(scopes, ...) stop("no")))
  failed <- failure_of(token_fetch(token = "access-canary-5f1c"))
  expect_false(grepl("canary", shown(failed)))
  expect_false(grepl("canary", paste(deparse(failed$parent$call), collapse = "")))
  expect_equal(failed$call, quote(token_fetch()))
})

test_that("a method of the chain may ask the chain", {
  local_chain()
  cred_funs_add(inner = function(scopes, deep = TRUE, ...) {
    if (deep) token_fetch(scopes, deep = FALSE, ...)
  })
  token <- token_fetch(token = "inner-most")
  expect_equal(token$credentials$access_token, "inner-most")
  cred_funs_set(list(inner = function(scopes, ...) credentials_service_account(scopes, on_error = "continue", ...)))
  local_continue()
  expect_null(token_fetch())
})

test_that("a jump out of a method ends the call", {
  local_chain()
  cred_funs_set(list(jumps = function(scopes, ...) invokeRestart("away", "landed"), always = always))
  expect_equal(withRestarts(token_fetch(), away = identity), "landed")
  expect_equal(with_cred_funs(list(always = always), token_fetch()$credentials$access_token), "of-always")
})

test_that("what was asked is told, one line for each", {
  local_chain()
  failed <- with_world(list(NO_GCE_CHECK = "true"), failure_of(token_fetch(methods = c("byo_oauth2", "app_default"))))
  expect_s3_class(failed, "tokcore_error_not_configured")
  expect_match(failed$message, "\n  credentials_byo_oauth2: no token is given\n  credentials_app_default: ", fixed = TRUE)
  expect_equal(sum(gregexpr("no token is given", failed$message, fixed = TRUE)[[1]] > 0), 1)
  expect_message(with_gargle_verbosity("debug", token_fetch(token = "t")), "credentials_byo_oauth2: ")
  expect_silent(token_fetch(token = "t"))
})

test_that("arguments and options are checked", {
  local_chain()
  expect_match(failure_of(token_fetch(NULL, "key.json"))$message, "needs a name")
  expect_match(failure_of(token_fetch(emial = "x"))$message, "did you mean email")
  expect_match(failure_of(token_fetch(email = c("a", "b")))$message, "email must be")
  expect_match(failure_of(token_fetch(token = 17))$message, "token must be")
  before <- options(tokcore_on_error = "nonsense", gargle_verbosity = "loud")
  expect_s3_class(failure_of(token_fetch(token = "t")), "tokcore_error_config_invalid")
  options(tokcore_on_error = NULL)
  expect_match(failure_of(token_fetch(token = "t"))$message, "gargle_verbosity")
  options(before)
})

test_that("an explanation asks for no token", {
  local_chain()
  cred_funs_set(list(mine = failure, byo = credentials_byo_oauth2))
  said <- tok_explain("bigquery", token = "access-canary-5f1c")
  expect_equal(said$code, c("custom", "found"))
  expect_equal(attr(said, "first"), "byo")
  expect_equal(attr(said, "verdict"), "custom")
  expect_match(format(said)[[4]], "the program's own method mine")
  expect_false(grepl("canary", shown(said)))
  expect_match(format(tok_explain())[[3]], "no token is given")
  cred_funs_set(list(byo = credentials_byo_oauth2))
  nothing <- format(tok_explain())
  expect_match(nothing[[3]], "no method has a credential here")
  expect_match(nothing[[4]], "^next: give a key")
  stops <- tok_explain(token = "{}")
  expect_equal(attr(stops, "verdict"), "stops")
  expect_match(format(stops)[[3]], "^    next: ")
})

test_that("where a sign-in is kept", {
  local_chain()
  before <- options(tokcore.store = NULL)
  folder <- tempfile()
  with_world(list(TOKCORE_STORE = "memory"), {
    expect_null(kept_where(list()))
    expect_match(shown(kept_where(list(cache = TRUE))), "memory")
    expect_equal(kept_where(list(cache = FALSE)), "memory")
    expect_equal(folder_of(kept_where(list(cache = folder))), normalizePath(folder))
    expect_true(dir.exists(folder))
    expect_equal(kept_where(list(store = "user", cache = FALSE)), "user")
    expect_match(failure_of(kept_where(list(cache = 17)))$message, "cache must be")
  })
  with_world(list(TOKCORE_STORE = ""), expect_equal(kept_where(list()), "existing"))
  options(gargle_oauth_cache = FALSE)
  expect_equal(kept_where(list()), "memory")
  options(gargle_oauth_cache = NULL, tokcore.store = tok_store(folder))
  expect_equal(folder_of(kept_where(list())), normalizePath(folder))
  own <- tok_store(custom = list(load = function(key) NULL, store = function(key, content) NULL, delete = function(key) NULL))
  options(tokcore.store = own)
  expect_identical(kept_where(list()), own)
  options(tokcore.store = NULL)
  expect_identical(kept_where(list(store = own)), own)
  expect_identical(kept_where(list(cache = own)), own)
  options(before)
})

test_that("the answer to our question gives way to what is said later", {
  local_chain()
  before <- options(tokcore.store = NULL, gargle_oauth_cache = FALSE)
  answered$cache <- FALSE
  with_world(list(TOKCORE_STORE = ""), {
    expect_equal(kept_where(list()), "memory")
    options(tokcore.store = "user")
    expect_equal(kept_where(list()), "user")
    # An option that nobody's answer has set is somebody's word.
    answered$cache <- NULL
    expect_equal(kept_where(list()), "memory")
  })
  options(before)
})

test_that("gargle's options, as gargle's functions give them", {
  before <- options(gargle_oauth_email = NULL, gargle_oauth_cache = NULL, gargle_oob_default = NULL, httr_oob_default = FALSE)
  expect_null(gargle_oauth_email())
  expect_true(is.na(gargle_oauth_cache()))
  expect_null(gargle_oob_default())
  options(gargle_oauth_email = "*@example.com", gargle_oauth_cache = FALSE, gargle_oob_default = FALSE, httr_oob_default = TRUE)
  expect_equal(gargle_oauth_email(), "*@example.com")
  expect_false(gargle_oauth_cache())
  expect_false(gargle_oob_default())
  options(before)
})

test_that("which type of client suits the session", {
  before <- options(gargle_oauth_client_type = NULL)
  on.exit(options(before))
  hosted <- list(RSTUDIO = "1", RSTUDIO_PROGRAM_MODE = "server")
  both <- list(gargle_oauth_client("1-desktop", "s"), gargle_oauth_client("2-page", "s", "https://a.example/back", "web"))
  with_world(list(), expect_equal(gargle_oauth_client_type(), "installed"))
  with_world(hosted, {
    expect_equal(gargle_oauth_client_type(), "web")
    expect_equal(init_AuthState("mine", both)$client$id, "2-page")
    functions <- tok_auth_functions("lq", "littlequery", client = both, envir = NULL)
    expect_equal(functions$lq_oauth_client()$id, "2-page")
    options(gargle_oauth_client_type = "installed")
    expect_equal(functions$lq_oauth_client()$id, "1-desktop")
    expect_equal(init_AuthState("mine", both)$client$id, "1-desktop")
    # Of one alone there is no choice.
    expect_equal(fitting_client(function() both[[2]])$id, "2-page")
    expect_equal(fitting_client(both[2])$id, "2-page")
  })
  options(gargle_oauth_client_type = "desktop")
  expect_match(failure_of(gargle_oauth_client_type())$message, "no type of client")
  expect_match(failure_of(init_AuthState("mine", list("no client")))$message, "client must be")
})
