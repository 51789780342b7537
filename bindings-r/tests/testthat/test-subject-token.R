# Proofs of identity from a function of the caller's. What the exchange makes of them is tested end to end.

pool <- paste0(
  '{"type": "external_account", "audience": "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/q", ',
  '"subject_token_type": "urn:ietf:params:oauth:token-type:jwt", "token_url": "https://sts.googleapis.com/v1/token"}'
)

proved_by <- function(subject_token) tok_token(credentials_external_account(path = pool, subject_token = subject_token))

test_that("a function is told what is wanted, and its error keeps message and classes", {
  local_chain()
  seen <- NULL
  vault_is_down <- function(request) {
    seen <<- request
    stop(structure(class = c("vault_error", "error", "condition"), list(message = "the vault\nis down", call = NULL)))
  }
  e <- tryCatch(tok_token(token_fetch(path = pool, subject_token = vault_is_down)), vault_error = function(e) e)
  expect_s3_class(e, c("tokcore_error_config_invalid", "tokcore_error"))
  expect_match(conditionMessage(e), "the vault is down")
  expect_s3_class(e$parent, "vault_error")
  expect_match(seen$audience, "workloadIdentityPools/p/providers/q$")
  expect_equal(seen$subject_token_type, "urn:ietf:params:oauth:token-type:jwt")
  # An explanation asks nobody.
  seen <- NULL
  said <- tok_explain(path = pool, subject_token = vault_is_down)
  expect_equal(attr(said, "first"), "credentials_external_account")
  expect_null(seen)
})

test_that("tokcore's own errors keep their kind", {
  local_chain()
  e <- failure_of(proved_by(function(request) oauth_flow_auth_code_parse("error=access_denied", "state")))
  expect_false(inherits(e, "tokcore_error_config_invalid"))
  # It may ask tokcore in its turn.
  nested <- failure_of(proved_by(function(request) oauth_flow_client_credentials(oauth_client("a", "http://127.0.0.1:9/token"))))
  expect_s3_class(nested, "tokcore_error_transport")
})

test_that("jumps out of the function go where they want to, and nothing is kept behind", {
  local_chain()
  gc()
  before <- length(ls(hosts$functions))
  there <- withRestarts(proved_by(function(request) invokeRestart("elsewhere")), elsewhere = function() "there")
  expect_identical(there, "there")
  caught <- tryCatch(proved_by(function(request) signalCondition(structure(class = c("interrupt", "condition"), list()))),
                     interrupt = function(e) "interrupted")
  expect_identical(caught, "interrupted")
  gc()
  expect_error(proved_by(function(request) "")) # whoever comes next tidies up
  gc()
  expect_lte(length(ls(hosts$functions)), before + 1)
})

test_that("what is given and what it gives is checked", {
  local_chain()
  expect_match(failure_of(proved_by("a proof"))$message, "subject_token must be a function")
  expect_match(failure_of(proved_by(function(request) NULL))$message, "must return one string")
  expect_match(failure_of(proved_by(function(request) ""))$message, "empty text")
  nothing <- failure_of(token_fetch(subject_token = function(request) "proof", methods = c("gce", "user_oauth2")))
  expect_match(nothing$message, "this is another credential")
})
