kept_in <- function(kept, ...) {
  functions <- list(
    load = function(key) kept[[key]],
    store = function(key, content) assign(key, content, envir = kept),
    delete = function(key) rm(list = key, envir = kept),
    keys = function() ls(kept)
  )
  tok_store(custom = utils::modifyList(functions, list(...)))
}

test_that("functions of the host keep credentials", {
  kept <- new.env()
  store <- kept_in(kept)
  ask <- function() tok_token(tok_source(second_client(store = store), "client_credentials", scopes = "read"))$access_token
  first <- ask()
  # An exchange may have been finished elsewhere; then this call hands over what waits.
  expect_identical(tok_store_list(store)$client_id, "post")
  expect_length(ls(kept), 1)
  # Another store of the same host finds it.
  store <- kept_in(kept)
  expect_identical(ask(), first)
  expect_no_match(shown(store), "canary")
  expect_identical(tok_store_remove(store = store, all = TRUE), 1)
  expect_length(ls(kept), 0)
})

test_that("an error of the host keeps its message and its classes", {
  db_is_down <- function(...) stop(structure(class = c("db_error", "error", "condition"), list(message = "db is\ndown", call = NULL)))
  source <- tok_source(oidc_client(store = kept_in(new.env(), load = db_is_down)), scopes = "openid")
  e <- tryCatch(tok_token(source), db_error = function(e) e)
  expect_s3_class(e, c("tokcore_error_store", "tokcore_error"))
  expect_match(conditionMessage(e), "db is down")
  expect_s3_class(e$parent, "db_error")
  # It is told once; what fails next has nothing to do with it.
  expect_null(failure_of(tok_token(NULL))$parent)

  # What cannot be kept is handed out all the same.
  deaf <- kept_in(new.env(), store = db_is_down)
  token <- tok_token(tok_source(second_client(store = deaf), "client_credentials", scopes = "read"))
  expect_s3_class(token, "tokcore_token")
})

test_that("jumps out of a host's function go where they want to", {
  store <- kept_in(new.env(), load = function(key) invokeRestart("elsewhere"))
  source <- tok_source(second_client(store = store), "client_credentials", scopes = "read")
  expect_identical(withRestarts(tok_token(source), elsewhere = function() "there"), "there")
  expect_s3_class(oauth_flow_client_credentials(second_client(), scope = "read"), "tokcore_token")
})

test_that("what functions return is checked", {
  odd <- kept_in(new.env(), load = function(key) 1)
  expect_error(tok_token(tok_source(second_client(store = odd), "client_credentials")), "one string")
  expect_error(tok_store_list(kept_in(new.env(), keys = function() 1)), "character vector")
  expect_error(tok_store(custom = list(load = identity)), "load, store and delete", class = "tokcore_error_invalid_argument")
  expect_error(tok_store("x", custom = list()), "neither path nor key")
  three <- list(load = identity, store = identity, delete = identity)
  expect_error(tok_store(custom = c(three, list(lod = identity))), "no function lod")
})

# A token endpoint that takes a second to answer, and says when it was asked.
slow_program <- r"(
files <- FILES
for (port in sample(20000:60000, 50)) {
  listener <- tryCatch(serverSocket(port), error = function(e) NULL)
  if (!is.null(listener)) break
}
writeLines(sprintf('http://127.0.0.1:%d/token', port), paste0(files$address, '.new'))
file.rename(paste0(files$address, '.new'), files$address)
peer <- socketAccept(listener, open = 'r+b', blocking = TRUE, timeout = 20)
length <- 0
while (nzchar(line <- readLines(peer, 1)))
  if (grepl('^content-length:', line, ignore.case = TRUE)) length <- as.integer(sub('.*: *', '', line))
readBin(peer, raw(), length)
file.create(files$asked)
Sys.sleep(1)
body <- '{"access_token":"late-canary","token_type":"Bearer","expires_in":3600}'
writeBin(charToRaw(sprintf(
  'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s',
  nchar(body), body)), peer)
close(peer)
)"

test_that("what is finished after an interrupt is kept by the next call", {
  files <- list(address = tempfile(), asked = tempfile())
  start_r(sub("FILES", paste(deparse(files), collapse = ""), slow_program, fixed = TRUE))
  expect_true(wait_for(function() file.exists(files$address)))
  kept <- new.env()
  store <- kept_in(kept)
  source <- tok_source(oauth_client("slow", readLines(files$address), store = store), "client_credentials")
  # To R, the end of the time is an interrupt like any other.
  setTimeLimit(elapsed = 0.5, transient = TRUE)
  left <- tryCatch(tok_token(source), interrupt = function(e) e$kind, error = function(e) "an error")
  setTimeLimit()
  expect_identical(left, "cancelled")
  expect_true(file.exists(files$asked))
  expect_length(ls(kept), 0)
  Sys.sleep(1.5)
  # Nobody was called from elsewhere; the next call hands over what waits, and sees it.
  expect_length(ls(kept), 0)
  expect_identical(tok_store_list(store)$client_id, "slow")
  expect_length(ls(kept), 1)
  expect_identical(tok_token(source)$access_token, "late-canary")
})

test_that("stores that nobody uses are let go", {
  before <- length(ls(tokcore:::hosts$functions))
  store <- kept_in(new.env())
  rm(store)
  for (i in 1:2) gc()
  expect_lte(length(ls(tokcore:::hosts$functions)), before)
})
