test_that("a failure has its classes, its fields and its next step", {
  workbench <- local_workbench()
  with_world(session_at(workbench$refuse), {
    failure <- tryCatch(getOAuthCredentials(guid), error = identity)
  })
  expect_s3_class(failure, c("tokcore_error_not_signed_in", "tokcore_error", "error", "condition"), exact = TRUE)
  expect_identical(failure$kind, "not_signed_in")
  expect_identical(failure$code, 25L)
  expect_identical(failure$detail, "Not signed in")
  expect_match(conditionMessage(failure), "Not signed in")
  expect_match(conditionMessage(failure), paste0("Next step: ", failure$hint), fixed = TRUE)
  expect_true(all(c("attempts", "kind", "code", "hint") %in% names(failure)))
  expect_s3_class(failure$attempts, "data.frame")
})

test_that("a failure outside a session says what was looked at", {
  with_world(list(), {
    failure <- tryCatch(getOAuthCredentials(guid), tokcore_error_not_in_session = identity)
    expect_true(all(c("POSIT_PRODUCT", "RS_SERVER_ADDRESS") %in% failure$attempts$source))
    expect_match(conditionMessage(failure), "POSIT_PRODUCT: not set", fixed = TRUE)
  })
})

test_that("a failure names the function that was called, and none of its arguments", {
  with_world(list(), {
    failure <- tryCatch(tok_credentials(user_session_token = "user-canary-4"), error = identity)
    expect_identical(conditionCall(failure), quote(tok_credentials()))
    expect_no_match(shown(failure), "canary")
    failure <- tryCatch(do.call(tok_credentials, list(user_session_token = "user-canary-4")), error = identity)
    expect_no_match(shown(failure), "canary")
    expect_identical(conditionCall(tryCatch(tokcore::getIdentityToken(), error = identity)),
                     quote(tokcore::getIdentityToken()))
  })
})

test_that("the table of kinds is whole", {
  kinds <- tok_error_kinds()
  expect_named(kinds, c("code", "kind", "class", "next_step"))
  expect_identical(kinds$class, paste0("tokcore_error_", kinds$kind))
  expect_false(anyDuplicated(kinds$code) > 0)
  expect_true(all(nzchar(kinds$next_step)))
})

test_that("many failures leave nothing behind", {
  failures <- function(times) for (i in seq_len(times)) try(getOAuthCredentials("no guid"), silent = TRUE)
  failures(100)
  gc(full = TRUE)
  before <- sum(gc(full = TRUE)[, 2])
  failures(2000)
  after <- sum(gc(full = TRUE)[, 2])
  expect_lt(after - before, 1)
})
