resource <- "https://graph.microsoft.com/"

test_that("the list has rstudioapi's shape", {
  workbench <- local_workbench()
  with_world(session_at(workbench$good), {
    token <- getDelegatedAzureToken(resource)
    expect_named(token, c("access_token", "token_type", "scope", "expires_at"))
    expect_identical(token$access_token, "azure-canary-71")
    expect_lt(abs(token$expires_at - as.numeric(Sys.time()) - 3600), 60)
  })
})

test_that("the object is what AzureAuth's users ask for", {
  workbench <- local_workbench()
  with_world(session_at(workbench$good), {
    token <- getDelegatedAzureToken(resource, as = "AzureToken")
    expect_s3_class(token, "AzureToken")
    expect_s3_class(token, "R6")
    expect_true(is.environment(token))
    expect_identical(token$resource, resource)
    expect_identical(token$credentials$token_type, "Bearer")
    expect_match(token$credentials$expires_on, "^[0-9]{10}$")
    expect_true(token$can_refresh())
    expect_true(token$validate())

    token$credentials$expires_on <- "1000"
    expect_false(token$validate())
    expect_identical(token$refresh(), token)
    expect_true(token$validate())
  })
})

test_that("the arguments are checked as in rstudioapi", {
  for (wrong in list(NULL, "", 1, c("a", "b"))) {
    expect_error(getDelegatedAzureToken(wrong), "resource must be a non-empty", class = "tokcore_error_invalid_argument")
  }
  expect_error(getDelegatedAzureToken(), "resource must be a non-empty", class = "tokcore_error_invalid_argument")
  expect_error(getDelegatedAzureToken(resource, as = "oops"), "should be one of")
})
