# What the tests of the chain share.

google_cases <- function(file) jsonlite::fromJSON(file.path(vectors_folder(), "google", file), simplifyVector = FALSE)$cases

# The standard order comes back with the end of the test, and no option of somebody's session plays a part.
local_chain <- function(frame = parent.frame()) {
  local_cred_funs(.local_envir = frame)
  before <- options(gargle_oauth_email = NULL, gargle_oauth_cache = NULL, gargle_verbosity = NULL, tokcore_on_error = NULL)
  do.call(on.exit, list(as.call(list(options, before)), add = TRUE), envir = frame)
}

local_continue <- function(frame = parent.frame()) {
  before <- options(tokcore_on_error = "continue")
  do.call(on.exit, list(as.call(list(options, before)), add = TRUE), envir = frame)
}

# A little API, in an R process of its own: /echo answers with the header fields that it got, /refuse the same, but refuses
# the token that it saw first.
api_program <- r"(
arguments <- ARGUMENTS
for (port in sample(20000:60000, 50)) {
  listener <- tryCatch(serverSocket(port), error = function(e) NULL)
  if (!is.null(listener)) break
}
writeLines(sprintf("http://127.0.0.1:%d", port), paste0(arguments$address, ".new"))
file.rename(paste0(arguments$address, ".new"), arguments$address)
first <- NULL
while (file.exists(arguments$alive)) {
  if (!socketSelect(list(listener), timeout = 0.2)) next
  peer <- socketAccept(listener, open = "r+b", blocking = TRUE, timeout = 5)
  path <- strsplit(readLines(peer, 1), " ")[[1]][[2]]
  header <- c(authorization = "", "x-goog-user-project" = "")
  while (length(line <- readLines(peer, 1)) && nzchar(line)) {
    name <- tolower(sub(":.*", "", line))
    if (name %in% names(header)) header[[name]] <- sub("^[^:]*: *", "", line)
  }
  if (is.null(first)) first <- header[["authorization"]]
  is_refused <- grepl("refuse", path) && identical(first, header[["authorization"]])
  body <- sprintf('{"authorization":"%s","project":"%s"}', header[["authorization"]], header[["x-goog-user-project"]])
  writeBin(charToRaw(sprintf(
    "HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s",
    if (is_refused) "401 Unauthorized\r\nWWW-Authenticate: Bearer error=\"invalid_token\"" else "200 OK",
    nchar(body, "bytes"), body)), peer)
  close(peer)
}
)"

# Starts it, and ends it with the calling test. Returns its address.
local_api <- function(frame = parent.frame()) {
  files <- list(address = tempfile(), alive = tempfile())
  file.create(files$alive)
  do.call(on.exit, list(substitute(unlink(f), list(f = files$alive)), add = TRUE), envir = frame)
  start_r(sub("ARGUMENTS", paste(deparse(files), collapse = ""), api_program, fixed = TRUE))
  if (!wait_for(function() file.exists(files$address))) stop("the API of the tests did not start")
  readLines(files$address)
}

# A credential function whose token can be renewed. Each call is another credential: nothing is renewed twice in a moment.
from_second <- function(scopes, ...) {
  tok_source(second_client(), "client_credentials", scopes = "read", cache_key = basename(tempfile()))
}
