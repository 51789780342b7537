test_that("a machine gets tokens", {
  for (client in list(second_client(), second_client("basic", auth = "header"))) {
    token <- oauth_flow_client_credentials(client, scope = "read write")
    expect_s3_class(token, "tokcore_token")
    expect_identical(token$token_type, "Bearer")
    expect_identical(token$scope, "read write")
    expect_s3_class(token$expires_at, "POSIXct")
    expect_gt(as.numeric(token$expires_at), as.numeric(Sys.time()) + 200)
  }
  expect_null(token$refresh_token)
})

test_that("a password gets a token, which refreshes", {
  client <- second_client()
  token <- oauth_flow_password(client, "alice", "password-canary", scope = "read")
  expect_warning(renewed <- oauth_flow_refresh(client, token$refresh_token), "new refresh token")
  expect_false(identical(renewed$access_token, token$access_token))
  # Nobody can be asked for a password here.
  asked <- failure_of(oauth_flow_password(client, "alice"))
  expect_s3_class(asked, "tokcore_error_interaction_required")
})

test_that("a person signs in through the loopback listener, at both servers", {
  with_person({
    for (client in list(oidc_client(), second_client("public", NULL))) {
      scope <- if (identical(tok_report(client)$value[[1]], "public")) "read" else "openid read"
      suppressMessages(
        expect_message(token <- oauth_flow_auth_code(client, scope = scope, open_browser = TRUE), "sign in")
      )
      expect_s3_class(token, "tokcore_token")
    }
  })
})

test_that("without a person a sign-in fails at once", {
  begun <- Sys.time()
  failed <- failure_of(oauth_flow_auth_code(second_client("public", NULL), scope = "read"))
  expect_s3_class(failed, "tokcore_error_interaction_required")
  expect_lt(as.numeric(Sys.time() - begun, units = "secs"), 5)
})

test_that("a device is signed in, step by step", {
  client <- second_client("public", NULL)
  flow <- tok_flow_begin(client, grant = "device_code", scopes = "read")
  expect_true(nzchar(flow$user_code))
  expect_null(tok_flow_step(flow))
  person_enters(flow$verification_uri, flow$user_code)
  token <- NULL
  expect_true(wait_for(function() !is.null(token <<- tok_flow_step(flow, 0.5))))
  expect_identical(token$scope, "read")
  expect_s3_class(failure_of(tok_flow_step(flow)), "tokcore_error_invalid_state")
})

test_that("a key's statement gets a token", {
  base <- server_of("oidc")
  keys <- json_of(base, "/__keys")
  account <- keys[["service-account"]]
  client <- oauth_client("service-account", key = account$pem, issuer = base, key_id = account$kid, auth = "none")
  token <- oauth_flow_bearer_jwt(client, list(iss = "service-account", sub = "alice", aud = base), scope = "read")
  expect_s3_class(token, "tokcore_token")
  # The same, signed by a function of the caller's.
  signed <- function(claim, key, ...) {
    jwt_encode_sig(jwt_claim("service-account", "alice", base), account$pem, header = list(kid = account$kid))
  }
  expect_s3_class(oauth_flow_bearer_jwt(client, list(), signature = signed, scope = "read"), "tokcore_token")

  machine <- oauth_client("key-rs256", key = keys[["key-rs256"]]$pem, key_id = keys[["key-rs256"]]$kid, issuer = base,
                          auth = "jwt_sig")
  expect_s3_class(oauth_flow_client_credentials(machine, scope = "read"), "tokcore_token")
})

test_that("one token is exchanged for another, and a vendor's grant is sent as it is", {
  client <- oidc_client("tokcore-e2e", secret = "client-secret-canary", auth = "body")
  suppressMessages(with_person(subject <- oauth_flow_auth_code(client, scope = "openid read", open_browser = TRUE)))
  token <- oauth_flow_token_exchange(client, subject$access_token, "access_token", scope = "read")
  expect_match(token$issued_token_type, "access_token")
  unknown <- failure_of(tok_grant(client, "urn:example:made-up", token_params = list(colour = "blue")))
  expect_s3_class(unknown, "tokcore_oauth_unsupported_grant_type")
})

test_that("a web host answers in two requests", {
  client <- second_client("public", NULL)
  key <- as.raw(1:32)
  settings <- list(scopes = "read", redirect_uri = "http://127.0.0.1/cb")
  flow <- do.call(tok_flow_begin, c(list(client), settings))
  sealed <- tok_flow_seal(flow, key, "session-1")
  again <- do.call(tok_flow_open, c(list(client, sealed, key, "session-1"), settings))
  expect_s3_class(again, "tokcore_flow")
  refused <- failure_of(do.call(tok_flow_open, c(list(client, sealed, key, "session-2"), settings)))
  expect_identical(refused$reason, "state_mismatch")
  expect_s3_class(failure_of(tok_flow_respond(again, "code=abc&state=other")), "tokcore_error_protocol")
})
