# The world around a call: environment variables, child processes, waiting.

guid <- "75cc881c-25b4-53f2-bb9e-f7459f7c909e"
cookie <- "user|Mon%2C%2001%20Jan%202035%2000%3A00%3A00%20GMT|c29tZSBzaWduYXR1cmU="

# Everything that decides where tokcore looks; see tests/vectors/client-environment.json.
variables <- c(
  "POSIT_PRODUCT", "RSTUDIO_PRODUCT", "RSTUDIO_VERSION", "RS_SERVER_ADDRESS", "RS_SESSION_RPC_COOKIE",
  "PWB_SESSION_RUNTIME_DIR", "CONNECT_SERVER", "CONNECT_API_KEY", "CONNECT_CONTENT_GUID",
  "CONNECT_CONTENT_SESSION_TOKEN", "CONNECT_CONTENT_SESSION_TOKEN_FILE", "TOKCORE_BACKEND", "TOKCORE_BROKER",
  "XDG_RUNTIME_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR", "http_proxy",
  "https_proxy", "all_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"
)

# The environment of every test of the project: the file, a link in a checkout, says what is removed, kept and set.
clean_environment <- function(file = testthat::test_path("clean-env.txt")) {
  entries <- trimws(readLines(file))
  entries <- entries[nzchar(entries) & !startsWith(entries, "#")]
  is_set <- grepl("=", entries, fixed = TRUE)
  is_kept <- startsWith(entries, "+")
  # A pattern that nothing is named by stands for no pattern at all.
  named_by <- function(patterns) grepl(paste(c("^$", utils::glob2rx(patterns)), collapse = "|"), names(Sys.getenv()))
  Sys.unsetenv(names(Sys.getenv())[named_by(entries[!is_set & !is_kept]) & !named_by(sub("^[+]", "", entries[is_kept]))])
  settings <- strsplit(entries[is_set], "=", fixed = TRUE)
  do.call(Sys.setenv, stats::setNames(lapply(settings, `[[`, 2), vapply(settings, `[[`, "", 1)))
}

# Runs `code` with exactly these variables set, among those that matter, and with an empty memory.
with_world <- function(values, code, unset = variables) {
  names <- union(c(unset, grep("^TOKCORE_AUDIENCE_", names(Sys.getenv()), value = TRUE)), names(values))
  before <- Sys.getenv(names, unset = NA, names = TRUE)
  on.exit({
    Sys.unsetenv(names)
    if (any(!is.na(before))) do.call(Sys.setenv, as.list(before[!is.na(before)]))
    tok_use(NULL)
    tok_forget()
  })
  Sys.unsetenv(names)
  if (length(values)) do.call(Sys.setenv, as.list(values))
  tok_forget()
  force(code)
}

session_at <- function(address) {
  list(POSIT_PRODUCT = "WORKBENCH", RS_SERVER_ADDRESS = address, RS_SESSION_RPC_COOKIE = cookie)
}

# Waits until `ready()` and says whether that came about.
wait_for <- function(ready, seconds = 20) {
  end <- Sys.time() + seconds
  while (!isTRUE(ready())) {
    if (Sys.time() > end) return(FALSE)
    Sys.sleep(0.02)
  }
  TRUE
}

# Starts `lines` in an R process of its own, which finds the tokcore under test.
start_r <- function(lines, output = NULL) {
  script <- tempfile(fileext = ".R")
  writeLines(c(sprintf(".libPaths(%s)", paste(deparse(.libPaths()), collapse = "")), lines), script)
  system2(file.path(R.home("bin"), "Rscript"), c("--vanilla", script), wait = FALSE,
          stdout = if (is.null(output)) FALSE else output, stderr = if (is.null(output)) FALSE else output)
}

# One request to a server of the tests. Returns the body.
http <- function(address, method, path, body = "") {
  parts <- regmatches(address, regexec("^http://([^:/]+):([0-9]+)$", address))[[1]]
  connection <- socketConnection(parts[[2]], as.integer(parts[[3]]), open = "r+b", blocking = TRUE, timeout = 10)
  on.exit(close(connection))
  writeBin(charToRaw(paste0(
    method, " ", path, " HTTP/1.1\r\nHost: ", parts[[2]], "\r\nContent-Length: ", nchar(body, "bytes"),
    "\r\nConnection: close\r\n\r\n", body
  )), connection)
  # The server keeps the connection open: read what it announces, not to the end.
  length <- 0
  readLines(connection, 1)
  while (nzchar(line <- readLines(connection, 1))) {
    if (grepl("^content-length:", line, ignore.case = TRUE)) length <- as.integer(sub(".*: *", "", line))
  }
  answer <- raw()
  while (length(answer) < length) {
    part <- readBin(connection, raw(), length - length(answer))
    if (!length(part)) stop("the answer is cut short")
    answer <- c(answer, part)
  }
  text <- rawToChar(answer)
  Encoding(text) <- "UTF-8"
  text
}

# Everything that R shows of a value, in all the ways it can be asked.
shown <- function(value) {
  text <- c(
    capture.output(print(value)), capture.output(str(value)), capture.output(summary(value)), format(value),
    capture.output(print(list(inside = value))), capture.output(str(list(inside = value))),
    if (typeof(value) != "externalptr") c(toString(value), paste(value)), if (inherits(value, "condition")) conditionMessage(value)
  )
  paste(text, collapse = "\n")
}
