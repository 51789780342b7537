test_that("a client shows its options", {
  expect_snapshot(tok_client())
  expect_snapshot(tok_client(backend = "connect", server_address = "https://connect.example.com", timeout_ms = 60000))
})

test_that("impossible options are refused", {
  refused <- function(...) expect_error(tok_client(...), class = "tokcore_error_invalid_argument")
  refused(backend = "nowhere")
  refused(verify_tls = NA)
  refused(verify_tls = "yes")
  refused(timeout_ms = "1000")
  refused(timeout_ms = -1)
  refused(timeout_ms = NaN)
  refused(timeout_ms = c(1, 2))
  refused(server_address = "")
})

test_that("what is no client is refused", {
  for (wrong in list(1, "client", new.env(), structure(list(), class = "tokcore_client"))) {
    expect_error(tok_detect(wrong), "tok_client", class = "tokcore_error_invalid_argument")
  }
  file <- tempfile()
  saveRDS(tok_client(), file)
  expect_error(tok_credentials(guid, client = readRDS(file)), "tok_client", class = "tokcore_error_invalid_argument")
  expect_error(tok_use(readRDS(file)), "tok_client", class = "tokcore_error_invalid_argument")
})

test_that("time limits hold", {
  workbench <- local_workbench()
  with_world(session_at(workbench$hang), {
    begun <- Sys.time()
    expect_error(tok_credentials(guid, client = tok_client(timeout_ms = 300)), class = "tokcore_error_timeout")
    expect_lt(as.numeric(Sys.time() - begun, units = "secs"), 5)
  })
})

test_that("detection tells what was looked at, and asks nobody", {
  with_world(list(), {
    nothing <- tok_detect()
    expect_null(nothing$backend)
    expect_true("POSIT_PRODUCT" %in% nothing$tests$source)
    expect_output(print(nothing), "nothing applies")
  })
  with_world(session_at("http://127.0.0.1:9"), {
    found <- tok_detect()
    expect_identical(found[c("backend", "subject", "rule")], list(backend = "workbench", subject = "cookie", rule = "X06"))
    expect_no_match(shown(found), cookie, fixed = TRUE)
  })
})
