# A little Workbench, in an R process of its own, so that the package's tests need nothing else. What it does depends on
# the first part of the path: /good answers, /refuse says that the user is not signed in, /hang never answers.

workbench_program <- r"(
arguments <- ARGUMENTS
token <- '{"access_token":"access-canary-5f1c","expiry":"2031-12-31T23:59:59Z"}'
item <- function(guid, name, shown, signed_in) sprintf(
  '{"uid":"%s","type":"custom","name":"%s","display_name":"%s","client_id":"c","auth_url":"https://a.example/a",
    "token_url":"https://a.example/t","scopes":["read","write"],"issuer":"https://a.example","authenticated":%s}',
  guid, name, shown, signed_in)
answers <- list(
  oauth_token = token,
  oauth_integrations = sprintf('{"providers":[{"type":"custom","integrations":[%s,%s]}]}',
    item("75cc881c-25b4-53f2-bb9e-f7459f7c909e", "github-main", "My GitHub Hub", "true"),
    item("9038f24b-fc00-50be-b702-6da95521e9ca", "azure", "Azure", "false")),
  delegated_azure_token =
    '{"token":{"access_token":"azure-canary-71","token_type":"Bearer","expires_in":3600,"scope":"user_impersonation"}}',
  id_token = '{"token":"id-canary-93","expiry":"2031-12-31T23:59:59Z"}'
)
for (port in sample(20000:60000, 50)) {
  listener <- tryCatch(serverSocket(port), error = function(e) NULL)
  if (!is.null(listener)) break
}
writeLines(sprintf("http://127.0.0.1:%d", port), paste0(arguments$address, ".new"))
file.rename(paste0(arguments$address, ".new"), arguments$address)
held <- list()
while (file.exists(arguments$alive)) {
  ready <- socketSelect(list(listener), timeout = 0.2)
  if (!ready) next
  peer <- socketAccept(listener, open = "r+b", blocking = TRUE, timeout = 5)
  request <- readLines(peer, 1)
  path <- strsplit(strsplit(request, " ")[[1]][[2]], "/")[[1]][-1]
  cat(path, "\n", file = arguments$log, append = TRUE)
  if (path[[1]] == "hang") {
    held <- c(held, list(peer))
    next
  }
  length <- 0
  while (nzchar(line <- readLines(peer, 1)))
    if (grepl("^content-length:", line, ignore.case = TRUE)) length <- as.integer(sub(".*: *", "", line))
  readBin(peer, raw(), length)
  body <- if (path[[1]] == "refuse") '{"result":false,"detail":"Not signed in"}' else answers[[path[[2]]]]
  writeBin(charToRaw(sprintf(
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s",
    nchar(body, "bytes"), body)), peer)
  close(peer)
}
)"

# Starts it, and ends it with the calling test.
local_workbench <- function(frame = parent.frame()) {
  files <- list(address = tempfile(), log = tempfile(), alive = tempfile())
  file.create(files$alive)
  do.call(on.exit, list(substitute(unlink(f), list(f = files$alive)), add = TRUE), envir = frame)
  start_r(sub("ARGUMENTS", paste(deparse(files), collapse = ""), workbench_program, fixed = TRUE))
  if (!wait_for(function() file.exists(files$address))) stop("the server of the tests did not start")
  address <- readLines(files$address)
  list(
    good = paste0(address, "/good"),
    refuse = paste0(address, "/refuse"),
    hang = paste0(address, "/hang"),
    requests = function() if (file.exists(files$log)) readLines(files$log) else character()
  )
}
