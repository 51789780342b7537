# One getOAuthCredentials() that asks the server, from R.
#
# Usage: Rscript call.R tokcore|rstudioapi CALLS, in the environment of a session.
here <- dirname(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE)))
source(file.path(here, "timing.R"))
words <- commandArgs(trailingOnly = TRUE)

# As after library(): looking a name up with `::` costs as much as a third of the call.
get <- getExportedValue(words[[1]], "getOAuthCredentials")
if (words[[1]] == "tokcore") tokcore::tok_use(tokcore::tok_client(reuse_ms = 0))
call <- function() get(guid)
stopifnot(nzchar(call()$access_token))
emit(if (words[[1]] == "tokcore") "tokcore R" else words[[1]], "call", "ns", each_ns(call, as.integer(words[[2]])))
