test_that("integrations have rstudioapi's shape", {
  workbench <- local_workbench()
  with_world(session_at(workbench$good), {
    integrations <- getOAuthIntegrations()
    expect_length(integrations, 2)
    expect_named(integrations[[1]], c(
      "type", "name", "display_name", "client_id", "auth_url", "token_url", "scopes", "issuer", "authenticated", "guid"
    ))
    expect_identical(integrations[[1]]$scopes, list("read", "write"))
    expect_identical(integrations[[1]]$guid, guid)
    expect_identical(vapply(integrations, `[[`, NA, "authenticated"), c(TRUE, FALSE))
    expect_length(Filter(function(item) item$authenticated, integrations), 1)
  })
})

test_that("one integration is got by its GUID, or NULL", {
  workbench <- local_workbench()
  with_world(session_at(workbench$good), {
    expect_identical(getOAuthIntegration(toupper(guid))$name, "github-main")
    expect_null(getOAuthIntegration("00000000-0000-0000-0000-000000000000"))
  })
})

test_that("a missing or impossible GUID is refused as in rstudioapi", {
  for (wrong in list(NULL, "", 123, c("a", "b"))) {
    expect_error(getOAuthIntegration(wrong), "guid must be a non-empty", class = "tokcore_error_invalid_argument")
  }
  expect_error(getOAuthIntegration(), "guid must be a non-empty", class = "tokcore_error_invalid_argument")
})

test_that("a bad pattern is R's own error", {
  workbench <- local_workbench()
  with_world(session_at(workbench$good), {
    expect_error(suppressWarnings(findOAuthIntegration(name = "[")), "regular expression")
    expect_identical(findOAuthIntegration(name = "[[:alpha:]]-main$")$guid, guid)
    expect_null(findOAuthIntegration(name = NA))
  })
})

test_that("text in other encodings arrives as it is meant", {
  workbench <- local_workbench()
  with_world(session_at(workbench$good), {
    latin1 <- "name:caf\xe9"
    Encoding(latin1) <- "latin1"
    expect_error(tok_credentials(latin1), "caf\u00e9", class = "tokcore_error_not_found")
  })
})
