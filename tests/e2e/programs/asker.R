# Asks for a token whenever a line says so, and says what came of it: asker.R CLIENT.toml. See asker.py.

library(tokcore)

answer <- function(line) {
  tryCatch(
    {
      if (line == "renew") tok_invalidate(source) else tok_forget_token(source)
      c("token", tok_token(source)$access_token)
    },
    tokcore_error = function(e) c("error", e$kind, if (is.null(e$reason)) "" else e$reason, e$message, e$hint)
  )
}

# R would take a second line for a part of the message.
say <- function(words) {
  writeLines(paste(gsub("\n", " ", words, fixed = TRUE), collapse = "\t"))
  flush(stdout())
}

source <- tok_source(tok_oauth_client(commandArgs(TRUE)[1]))
say("ready")
lines <- file("stdin", "r")
while (length(line <- readLines(lines, 1)) == 1) say(answer(line))
