# A valid token in this process, from R: tokcore's source, an empty .Call behind a closure, and httr2 where it is installed.
#
# Usage: Rscript token.R EMPTY_R_LIBRARY
here <- dirname(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE)))
source(file.path(here, "timing.R"))
words <- commandArgs(trailingOnly = TRUE)

# As in a package: the closure's names are found in its own environment, and it is compiled.
package <- new.env(parent = baseenv())
package$empty <- getDLLRegisteredRoutines(dyn.load(words[[1]]))$.Call$empty
closure <- compiler::cmpfun(eval(quote(function(source) .Call(empty, source)), package))

source <- tokcore::tok_source(tokcore::oauth_client("bench", "https://as.example/token"), "client_credentials")
invisible(tokcore::tok_adopt(source, tokcore::oauth_token("valid", expires_in = 86400)))
stopifnot(tokcore::tok_token(source)$access_token == "valid")

names <- list2env(list(f = closure, g = tokcore::tok_token, source = source), parent = baseenv())
figures <- in_turns_ns(list(
  list(expression = quote(f(source)), names = names),
  list(expression = quote(g(source)), names = names)
))
emit("empty .Call in a closure", "valid token", "ns", figures[[1]])
emit("tokcore R", "valid token", "ns", figures[[2]])

# What a request of httr2 costs beyond an unsigned one: its cache is asked and the header is set. Its flows cannot start
# here, so that the token must come from the cache.
if (requireNamespace("httr2", quietly = TRUE)) {
  token <- httr2::oauth_token("valid", expires_in = 86400)
  cache <- list(get = function() token, set = function(token) NULL, clear = function() NULL)
  request <- httr2::req_oauth(httr2::request("https://api.example"), stop, list(), cache)
  sign <- utils::getFromNamespace(intersect(c("auth_sign", "auth_oauth_sign"), ls(asNamespace("httr2")))[[1]], "httr2")
  emit("httr2", "valid token", "ns", each_ns(function() sign(request), 2000L))
}
