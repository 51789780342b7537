test_that("forked processes work after the first use", {
  skip_if_not_installed("parallel")
  workbench <- local_workbench()
  with_world(session_at(workbench$good), {
    getOAuthCredentials(guid)
    getOAuthIntegrations()
    child <- function(i) {
      # Nothing remembered: each child must ask the server itself.
      tok_forget()
      c(getOAuthCredentials(guid)$access_token, getOAuthIntegrations()[[1]]$guid)
    }
    begun <- Sys.time()
    answers <- parallel::mclapply(1:4, child, mc.cores = 4)
    expect_identical(answers, rep(list(c("access-canary-5f1c", guid)), 4))
    expect_lt(as.numeric(Sys.time() - begun, units = "secs"), 10)
    expect_length(workbench$requests(), 2 + 4 * 2)

    # The parent goes on, and so does a child of a child.
    tok_forget()
    expect_identical(getOAuthCredentials(guid)$audience, guid)
    nested <- parallel::mclapply(1:2, function(i) parallel::mclapply(1:2, child, mc.cores = 2), mc.cores = 2)
    expect_identical(unlist(nested), rep(c("access-canary-5f1c", guid), 4))
  })
})

test_that("a forked child is told about failures too", {
  skip_if_not_installed("parallel")
  with_world(list(), {
    try(getOAuthIntegrations(), silent = TRUE)
    kinds <- parallel::mclapply(1:2, function(i) tryCatch(getOAuthIntegrations(), tokcore_error = function(e) e$kind))
    expect_identical(kinds, list("not_in_session", "not_in_session"))
  })
})
