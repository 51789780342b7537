# Asks the chain once, and says what came of it: chain_asker.R NAME=VALUE... See chain_asker.py.

library(tokcore)

words <- commandArgs(TRUE)
options <- as.list(sub("^[^=]*=", "", words))
names(options) <- sub("=.*", "", words)
options <- lapply(options, function(value) switch(value, "true" = TRUE, "false" = FALSE, value))
answer <- tryCatch(
  {
    token <- do.call(token_fetch, options)
    c("token", token$credentials$access_token, "")
  },
  tokcore_error = function(e) c("error", e$kind, if (is.null(e$reason)) "" else e$reason, e$message, e$hint)
)
writeLines(paste(gsub("\n", " ", answer, fixed = TRUE), collapse = "\t"))
