skip_if_not_installed("httr2")

test_that("requests are signed, and a refused token is replaced once", {
  base <- server_of("second")
  source <- tok_source(second_client(), "client_credentials", scopes = "read", cache_key = "httr2")
  request <- req_auth_tokcore(httr2::request(paste0(base, "/api")), source)
  expect_identical(httr2::resp_status(httr2::req_perform(request)), 200L)
  spoilt <- tok_adopt(source, oauth_token("unknown-to-the-server", expires_in = 3600))
  expect_identical(httr2::resp_status(httr2::req_perform(request)), 200L)
  expect_false(identical(tok_token(source)$access_token, "unknown-to-the-server"))
})

test_that("the client proves itself as httr2's does", {
  url <- "https://as.example/token"
  ours <- oauth_client_req_auth_body(httr2::request(url), oauth_client("id", url, "se cret"))
  theirs <- httr2::oauth_client_req_auth_body(httr2::request(url), httr2::oauth_client("id", url, "se cret"))
  expect_identical(ours$body$data[order(names(ours$body$data))], theirs$body$data[order(names(theirs$body$data))])
  ours <- oauth_client_req_auth_header(httr2::request(url), oauth_client("id", url, "plain"))
  theirs <- httr2::oauth_client_req_auth_header(httr2::request(url), httr2::oauth_client("id", url, "plain"))
  header <- function(req) {
    names(req$headers) <- tolower(names(req$headers))
    sub("^basic", "Basic", req$headers[["authorization"]])
  }
  expect_identical(header(ours), header(theirs))
})

# A server of one request, which keeps what it was sent. Returns the file where the body will be.
one_request_server <- function(port) {
  body <- tempfile()
  start_r(c(
    sprintf("socket <- socketConnection(port = %d, server = TRUE, blocking = TRUE, open = 'r+b', timeout = 10)", port),
    "length <- 0",
    "while (nzchar(line <- readLines(socket, 1)))",
    "  if (grepl('^content-length:', line, ignore.case = TRUE)) length <- as.integer(sub('.*: *', '', line))",
    sprintf("writeBin(readBin(socket, raw(), length), '%s.new')", body),
    sprintf("file.rename('%s.new', '%s')", body, body),
    "writeLines(c('HTTP/1.1 400 Bad Request\\r', 'Content-Length: 0\\r', 'Connection: close\\r', '\\r'), socket)",
    "close(socket)"
  ))
  body
}

test_that("a grant sends the parameters that httr2 sends", {
  sent <- function(code) {
    port <- sample(20000:60000, 1)
    body <- one_request_server(port)
    url <- sprintf("http://127.0.0.1:%d/token", port)
    wait_for(function() {
      tryCatch(code(url), error = function(e) NULL)
      file.exists(body)
    })
    sort(strsplit(gsub("%20", "+", readChar(body, 1e4)), "&", fixed = TRUE)[[1]])
  }
  more <- list(extra = "1 2")
  ours <- sent(function(url) oauth_flow_client_credentials(oauth_client("id", url, "s&c"), "a b", more))
  theirs <- sent(function(url) httr2::oauth_flow_client_credentials(httr2::oauth_client("id", url, "s&c"), "a b", more))
  expect_identical(ours, theirs)
})

test_that("handlers for httr2's conditions see tokcore's when asked to", {
  before <- options(tokcore.httr2_conditions = TRUE)
  on.exit(options(before))
  caught <- tryCatch(oauth_flow_client_credentials(second_client(), scope = "nonsense"), httr2_oauth = function(e) e)
  expect_s3_class(caught, "httr2_oauth_invalid_scope")
  expect_s3_class(caught, "tokcore_oauth_invalid_scope")
})
