test_that("no way of showing an object shows a secret", {
  client <- oauth_client("id", "https://as.example/token", secret = "canary-1", authorization_endpoint = "https://as.example/a")
  source <- tok_source(client, "client_credentials")
  token <- oauth_token("canary-2", expires_in = 3600, refresh_token = "canary-3", id_token = "canary-4",
                       api_key = "canary-5", team = list(name = "kites", access_token = "canary-6"))
  tok_adopt(source, token)
  values <- list(client, source, token, tok_header(source), tok_report(client), as.data.frame(token), as.list(token),
                 tok_flow_begin(client))
  for (value in values) {
    text <- c(capture.output(print(value)), capture.output(str(value)), format(value),
              capture.output(print(list(value))), capture.output(str(list(value))))
    expect_no_match(paste(text, collapse = "\n"), "canary")
  }
  expect_no_match(paste(capture.output(dput(token)), collapse = ""), "canary")
  expect_no_match(paste(token), "canary")
  expect_match(paste(format(token), collapse = "\n"), "kites")
  expect_match(format(token)[[3]], "REDACTED")
  expect_identical(token$team$access_token, "canary-6")
  expect_identical(tok_export(token)$refresh_token, "canary-3")
})

test_that("a saved token comes back as a stub that says so", {
  file <- tempfile()
  on.exit(unlink(file))
  saveRDS(oauth_token("canary"), file)
  expect_no_match(rawToChar(memDecompress(readBin(file, "raw", 1e5), "gzip"), multiple = TRUE)[[1]], "canary")
  stub <- readRDS(file)
  expect_match(format(stub), "cannot be restored")
  expect_error(stub$access_token, class = "tokcore_error_invalid_argument")
})

test_that("a token of httr2 has its members", {
  now <- as.POSIXct(1700000000, origin = "1970-01-01")
  token <- oauth_token("abc", "bearer", 3600, "def", scope = "a b", instance_url = "https://x", .date = now)
  expect_equal(as.numeric(token$expires_at), 1700003600)
  expect_identical(token$instance_url, "https://x")
  expect_null(token$nothing)
  expect_identical(tok_authorization(token), "Bearer abc")
  expect_error(token$access_token <- "x", "cannot be changed")
})
