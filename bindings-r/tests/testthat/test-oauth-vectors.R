# The vectors with a public surface in R: answers over the wire, statements, PKCE, pasted texts.

test_that("answers of a token endpoint mean what the vectors say", {
  base <- server_of("hostile")
  table <- oauth_cases("responses.json")
  played <- 0
  for (case in table$cases) {
    # What the case says of the client and the request goes through the engine's settings; other fields are unit tests'.
    if (length(setdiff(names(case), c("id", "why", "body", "body_hex", "body_fill", "status", "content_type", "headers", "expect")))) next
    client <- oauth_client("c", paste0(base, "/vector/", case$id), "s", timeout_ms = 20000)
    outcome <- tryCatch(oauth_flow_client_credentials(client), tokcore_error = function(e) e)
    wanted <- case$expect
    if (!is.null(wanted$token)) {
      expect_s3_class(outcome, "tokcore_token")
      if (inherits(outcome, "tokcore_token")) {
        # A long token is told by its length; times of day are those of the vectors' clock, life times are not.
        if (is.character(wanted$token$access_token)) {
          expect_true(identical(outcome$access_token, wanted$token$access_token), info = case$id)
        }
        if (grepl("expires_in", paste0("", case[["body"]])) && !is.null(wanted$token$lifetime_s)) {
          expect_s3_class(outcome$expires_at, "POSIXct")
        }
      }
    } else {
      expect_s3_class(outcome, "tokcore_error")
      if (!is.null(wanted$reason)) expect_identical(outcome$reason, wanted$reason, info = case$id)
      if (!is.null(wanted$oauth_error)) expect_s3_class(outcome, paste0("tokcore_oauth_", wanted$oauth_error))
    }
    expect_no_match(paste(c(format(outcome), if (inherits(outcome, "condition")) conditionMessage(outcome)), collapse = ""),
                    "canary", info = case$id)
    played <- played + 1
  }
  expect_gt(played, 60)
})

decode_first <- function(jwt) jsonlite::base64url_dec(sub("[.].*", "", jwt))

test_that("statements are signed as the vectors say", {
  table <- oauth_cases("jose.json")
  played <- 0
  for (case in table$cases) {
    if (is.null(case$payload) || is.null(case$expect$token) || !is.null(case$passphrase) || !is.null(case$header)) next
    # A certificate is not what a caller of R gives; a payload that is no JSON is none of a statement.
    if (!startsWith(case$payload, "{") || !is.null(case$certificate) || grepl("x5", case$id)) next
    size <- if (is.null(case$algorithm)) 256 else as.numeric(sub("[^0-9]*", "", case$algorithm))
    if (is.na(size)) size <- 256
    claim <- jsonlite::fromJSON(case$payload, simplifyVector = FALSE)
    key <- if (!is.null(case$key)) table$keys[[case$key]] else case$key_text
    # A key with a name of its own, or a form that a caller of R does not have, is a unit test's.
    if (is.null(case$secret) && !is.character(key)) next
    if (startsWith(paste0("", case$algorithm, collapse = ""), "PS")) next
    made <- if (is.null(case$secret)) jwt_encode_sig(claim, key, size) else jwt_encode_hmac(claim, case$secret, size)
    # ECDSA signs differently each time.
    same <- if (grepl('"alg":"ES', rawToChar(decode_first(case$expect$token)), fixed = TRUE)) 2 else 3
    parts <- function(jwt) strsplit(jwt, ".", fixed = TRUE)[[1]][seq_len(same)]
    expect_identical(parts(made), parts(case$expect$token), info = case$id)
    played <- played + 1
  }
  expect_gt(played, 5)
})

test_that("PKCE is the RFC's", {
  for (case in oauth_cases("encoding.json")$cases) {
    if (is.null(case$verifier) || is.null(case$expect$challenge)) next
    expect_identical(oauth_flow_auth_code_pkce(case$verifier)$challenge, case$expect$challenge, info = case$id)
  }
  fresh <- oauth_flow_auth_code_pkce()
  expect_identical(fresh$method, "S256")
  expect_false(identical(fresh$verifier, oauth_flow_auth_code_pkce()$verifier))
})

test_that("pasted texts are read as the vectors say", {
  client <- oauth_client("c", "https://as.example/token", authorization_endpoint = "https://as.example/authorize")
  played <- 0
  for (case in oauth_cases("paste.json")$cases) {
    if (length(setdiff(names(case), c("id", "why", "texts", "expect")))) next
    if (length(case$texts) != 1 || is.null(case$expect$code)) next
    flow <- tok_flow_begin(client, flow = "manual")
    state <- sub(".*[?&]state=([^&]+).*", "\\1", flow$authorization_url)
    text <- case$texts[[1]]
    if (!grepl("state=S", text, fixed = TRUE)) next
    given <- gsub("state=S", paste0("state=", state), text, fixed = TRUE)
    expect_identical(tok_flow_submit(flow, given)$outcome, "accepted", info = case$id)
    played <- played + 1
  }
  expect_gt(played, 3)
})

test_that("redirects are read, and another state is refused", {
  expect_identical(oauth_flow_auth_code_parse("?code=abc&state=S", "S"), "abc")
  expect_identical(oauth_flow_auth_code_parse(list(code = "a b&c", state = "S"), "S"), "a b&c")
  expect_identical(failure_of(oauth_flow_auth_code_parse("code=abc&state=T", "S"))$reason, "state_mismatch")
  expect_identical(failure_of(oauth_flow_auth_code_parse("code=a&code=b&state=S", "S"))$reason, "duplicate_parameter")
  denied <- failure_of(oauth_flow_auth_code_parse("error=access_denied&state=S", "S"))
  expect_s3_class(denied, c("tokcore_oauth_access_denied", "tokcore_oauth", "tokcore_error_denied"), exact = FALSE)
})
