test_that("credentials have rstudioapi's shape", {
  workbench <- local_workbench()
  with_world(session_at(workbench$good), {
    credentials <- getOAuthCredentials(guid)
    expect_identical(
      unclass(credentials)[1:3],
      list(
        access_token = "access-canary-5f1c",
        expiry = as.POSIXct("2031-12-31 23:59:59", tz = "UTC"),
        audience = guid
      )
    )
    expect_type(credentials, "list")
    expect_length(credentials, 3)
  })
})

test_that("tok_credentials() takes names and tells who issued the token", {
  workbench <- local_workbench()
  with_world(session_at(workbench$good), {
    credentials <- tok_credentials("name:github-main")
    expect_named(credentials, c("access_token", "token_type", "expiry", "integration_id", "backend"))
    expect_identical(credentials$integration_id, guid)
    expect_identical(credentials$backend, "workbench")
  })
})

test_that("an argument that is no GUID is refused as in rstudioapi, before anything is asked", {
  no_text <- "non-empty character string"
  expect_error(getOAuthCredentials(), no_text, class = "tokcore_error_invalid_argument")
  for (wrong in list(NULL, 1, TRUE, character(), c(guid, guid), "", list(guid))) {
    expect_error(getOAuthCredentials(wrong), no_text, class = "tokcore_error_invalid_argument")
  }
  no_guid <- "valid GUID"
  braces <- paste0("{", guid, "}")
  for (wrong in list("not-a-guid", NA_character_, braces, gsub("-", "", guid), paste0(guid, "\n"), substr(guid, 1, 34))) {
    expect_error(getOAuthCredentials(wrong), no_guid, class = "tokcore_error_invalid_argument")
  }
})

test_that("the last answer is handed out again, and changing it does not change the next", {
  workbench <- local_workbench()
  with_world(session_at(workbench$good), {
    first <- getOAuthCredentials(guid)
    first$access_token <- "changed"
    first$expiry[1] <- NA
    second <- getOAuthCredentials(paste0(guid))
    expect_identical(second$access_token, "access-canary-5f1c")
    expect_false(is.na(second$expiry))
    expect_length(workbench$requests(), 1)

    tok_forget()
    getOAuthCredentials(guid)
    expect_length(workbench$requests(), 2)
  })
})

test_that("the last answer belongs to its audience and its client", {
  workbench <- local_workbench()
  with_world(session_at(workbench$good), {
    getOAuthCredentials(guid)
    other <- "9038f24b-fc00-50be-b702-6da95521e9ca"
    expect_identical(getOAuthCredentials(other)$audience, other)
    expect_identical(getOAuthCredentials(guid)$audience, guid)
    expect_length(workbench$requests(), 2)

    tok_use(tok_client(reuse_ms = 0))
    getOAuthCredentials(guid)
    getOAuthCredentials(guid)
    expect_length(workbench$requests(), 4)
  })
})

test_that("the credentials survive the collector while they may be handed out again", {
  workbench <- local_workbench()
  with_world(session_at(workbench$good), {
    getOAuthCredentials(paste0("75cc881c-25b4-53f2-bb9e-", "f7459f7c909e"))
    gc(full = TRUE)
    expect_identical(getOAuthCredentials(guid)$access_token, "access-canary-5f1c")
    expect_length(workbench$requests(), 1)
  })
})
