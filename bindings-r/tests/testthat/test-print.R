test_that("credentials show everything but the token", {
  workbench <- local_workbench()
  with_world(session_at(workbench$good), {
    expect_snapshot({
      getOAuthCredentials(guid)
      str(getOAuthCredentials(guid))
      tok_credentials(guid)
      getIdentityToken()
      getOAuthIntegrations()
      getOAuthIntegrations()[[2]]
    })
  })
})

test_that("no way of showing a value shows its secret", {
  workbench <- local_workbench()
  with_world(session_at(workbench$good), {
    values <- list(
      getOAuthCredentials(guid), tok_credentials(guid), getIdentityToken(),
      getDelegatedAzureToken("https://storage.azure.com"), tok_detect(), tok_client()
    )
    for (value in values) expect_no_match(shown(value), "canary")

    token <- getDelegatedAzureToken("https://storage.azure.com", as = "AzureToken")
    expect_no_match(shown(token), "canary")
    expect_output(token$print(), "storage.azure.com")
  })
})

test_that("an unknown expiry is shown as such", {
  unknown <- structure(list(access_token = "canary", expiry = as.POSIXct(NA, tz = "UTC")), class = "tokcore_credentials")
  expect_match(format(unknown)[[3]], "unknown")
})
