# Asks what a line of JSON says, in a fork of its own, and says in another line what came of it. See table_asker.py.

suppressPackageStartupMessages(library(tokcore))

say <- function(what) {
  writeLines(jsonlite::toJSON(what, auto_unbox = TRUE, null = "null", na = "null", digits = NA), stdout())
  flush(stdout())
}

# A list of one text stays a list, and so does one of none.
listed <- function(text) I(if (is.null(text)) character() else strsplit(text, " ", fixed = TRUE)[[1]])

fetch <- function(asked) {
  found <- do.call(token_fetch, asked$options)
  token <- tok_token(found)
  headers <- as.list(tok_header(found, "https://www.googleapis.com/"))
  list(token = shown(token), about = found$about, headers = headers)
}

shown <- function(token) {
  list(
    access_token = token$access_token, refresh_token = token$refresh_token, scopes = listed(token$scope),
    account = token$account, warnings = I(as.character(token$warnings)), id_claims = token$id_claims,
    expires_at_unix_s = if (!is.null(token$expires_at)) floor(as.numeric(token$expires_at))
  )
}

explain <- function(asked) {
  found <- do.call(tok_explain, c(asked$options, probe = isTRUE(asked$probe)))
  rows <- lapply(seq_len(nrow(found)), function(at) {
    row <- as.list(found[at, ])
    list(code = row$code, words = row$words, about = row[c("kind", "principal", "project_id")])
  })
  list(found = stats::setNames(rows, found$method))
}

check <- function(asked) {
  check_is_service_account(asked$given, hint = "pkg_auth_configure")
  list(checked = TRUE)
}

client <- function(asked) {
  client <- gargle_oauth_client_from_json(asked$options$given, asked$options$name)
  redirect_uris <- I(as.character(client$redirect_uris))
  list(told = list(client_id = client$id, name = client$name, type = client$type, redirect_uris = redirect_uris))
}

client_type <- function(asked) {
  options(gargle_oauth_client_type = asked$options$option)
  list(told = list(type = gargle_oauth_client_type()))
}

settings <- function(asked) {
  source <- do.call(tok_source, c(list(oauth_client("nobody", "https://as.example/token")), asked$options))
  list(told = list(kind = class(source)[[1]]))
}

look <- function(looks) function(asked) list(told = looks(do.call(oauth_token, asked$options$token)))

machine <- function(asked) list(told = tok_google_machine())

calls <- list(
  fetch = fetch, explain = explain, check = check, client = client, client_type = client_type, settings = settings,
  userinfo = look(token_userinfo), tokeninfo = look(token_tokeninfo), email = look(token_email), machine = machine
)

answer <- function(asked) {
  do.call(Sys.setenv, asked$env)
  # A person who reads what is said.
  options(rlang_interactive = isTRUE(asked$alone))
  withCallingHandlers(
    tryCatch(
      calls[[asked$call]](asked),
      tokcore_error = function(e) {
        told <- list(kind = e$kind, reason = e$reason, message = e$message, hint = e$hint)
        list(error = told, shown = paste(c(format(e), conditionMessage(e)), collapse = " "))
      }
    ),
    message = function(told) {
      if (isTRUE(asked$alone)) say(list(say = conditionMessage(told)))
      invokeRestart("muffleMessage")
    }
  )
}

lines <- file("stdin", "r")
while (length(line <- readLines(lines, 1)) == 1) {
  asked <- jsonlite::fromJSON(line, simplifyVector = FALSE)
  if (isTRUE(asked$alone)) {
    say(answer(asked))
  } else {
    child <- parallel::mcparallel(say(answer(asked)))
    if (inherits(parallel::mccollect(child)[[1]], "try-error")) say(list(crash = TRUE))
  }
}
