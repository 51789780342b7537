test_that("the same object is handed out while it is current", {
  source <- tok_source(second_client(), "client_credentials", scopes = "read", cache_key = "same")
  token <- tok_token(source)
  expect_true(identical(token, tok_token(source)))
  expect_identical(tok_token(tok_source(second_client(), "client_credentials", scopes = "read", cache_key = "same"))$access_token,
                   token$access_token)
  tok_invalidate(source, token)
  renewed <- tok_token(source)
  expect_false(identical(renewed$access_token, token$access_token))
  # The old token is nobody's any more: no effect on its successor.
  tok_invalidate(source, token)
  expect_true(identical(tok_token(source), renewed))
})

test_that("an API's refusal is answered with another token, or given back", {
  source <- tok_source(second_client(), "client_credentials", scopes = "read", cache_key = "recover")
  token <- tok_token(source)
  expect_null(tok_recover(source, token, 404))
  renewed <- tok_recover(source, token, 401, "Bearer error=\"invalid_token\"")
  expect_false(identical(renewed$access_token, token$access_token))
  wants <- failure_of(tok_recover(source, renewed, 403, "Bearer error=\"insufficient_scope\", scope=\"admin\""))
  expect_match(conditionMessage(wants), "admin")
})

test_that("a token is shown to the server, and taken back", {
  source <- tok_source(second_client(), "client_credentials", scopes = "read", cache_key = "revoke")
  token <- tok_token(source)
  about <- tok_introspect(source)
  expect_true(about$active)
  expect_identical(capture.output(print(about)), format(about))
  expect_match(format(about), "active: +TRUE", all = FALSE)
  expect_identical(tok_revoke(source)$outcome, "revoked")
  expect_false(tok_introspect(source, token)$active)
})

test_that("a token from elsewhere is taken over", {
  source <- tok_source(second_client(), "client_credentials", cache_key = "adopt")
  adopted <- tok_adopt(source, oauth_token("from-elsewhere", expires_in = 3600))
  expect_identical(tok_token(source)$access_token, "from-elsewhere")
  expect_identical(unclass(tok_header(source))[["Authorization"]], "Bearer from-elsewhere")
})

test_that("forked processes use a source", {
  skip_if_not_installed("parallel")
  source <- tok_source(second_client(), "client_credentials", scopes = "read", cache_key = "fork")
  mine <- tok_token(source)$access_token
  theirs <- parallel::mclapply(1:2, function(i) {
    kept <- tok_token(source)$access_token
    tok_invalidate(source)
    c(kept, tok_token(source)$access_token)
  }, mc.cores = 2)
  for (child in theirs) {
    expect_type(child, "character")
    expect_length(unique(child), 2)
  }
  expect_true(nzchar(tok_token(source)$access_token))
})

test_that("httr2's cached token is a source's", {
  first <- oauth_token_cached(second_client(), oauth_flow_client_credentials, list(scope = "write"), cache_key = "c")
  again <- oauth_token_cached(second_client(), "oauth_flow_client_credentials", list(scope = "write"), cache_key = "c")
  expect_identical(first$access_token, again$access_token)
  anew <- oauth_token_cached(second_client(), oauth_flow_client_credentials, list(scope = "write"), cache_key = "c",
                             reauth = TRUE)
  expect_false(identical(anew$access_token, first$access_token))
  expect_error(oauth_token_cached(second_client(), mean), class = "tokcore_error_invalid_argument")
})

test_that("jumps of R code leave no trace", {
  with_person({
    client <- second_client("public", NULL)
    left <- tryCatch(oauth_flow_auth_code(client, scope = "read", open_browser = FALSE), message = function(m) "left")
    expect_identical(left, "left")
    # Nothing is left over: the next call is an ordinary one.
    expect_s3_class(oauth_flow_client_credentials(second_client(), scope = "read"), "tokcore_token")
  })
})

test_that("settings are the engine's: unknown names and wrong types are named", {
  expect_error(tok_source(second_client(), scopez = "a"), "did you mean scopes", class = "tokcore_error_config_invalid")
  expect_error(oauth_client("a", "https://as.example/token", isuer = "x"), "did you mean issuer")
  expect_error(tok_source(second_client(), pkce = "canary"), "pkce")
  expect_error(oauth_client("a", "http://as.example/token"), class = "tokcore_error_config_invalid")
  expect_error(oauth_flow_bearer_jwt(second_client(), list(), signature_params = list(size = 512)), "no name")
  expect_error(tok_token(NULL), "tok_source", class = "tokcore_error_invalid_argument")
  expect_error(oauth_client("a", "https://as.example/token", auth = function(...) NULL), "auth must be a string")
})

test_that("servers and APIs say what they are, by issuer or client", {
  found <- tok_discover(server_of("oidc"))
  expect_identical(found$issuer, server_of("oidc"))
  expect_identical(found$token_endpoint, tok_discover(oidc_client())$token_endpoint)
  expect_match(format(found), "^token_endpoint: +http", all = FALSE)
  refused <- failure_of(oauth_server_metadata("http://as.invalid"))
  expect_s3_class(refused, "tokcore_error_config_invalid")
  told <- failure_of(oauth_server_metadata("http://as.invalid", allow_insecure_http = TRUE))
  expect_s3_class(told, "tokcore_error_transport")

  api <- paste0(server_of("oidc"), "/api")
  about <- tok_resource_metadata(oidc_client(), api)
  expect_identical(about$resource, api)
  expect_identical(unlist(about$authorization_servers), server_of("oidc"))
  expect_match(format(about), "authorization_servers", all = FALSE)
  expect_s3_class(failure_of(tok_resource_metadata(oidc_client(), paste0(api, "/write"))), "tokcore_error")
})
