test_that("the identity token has rstudioapi's shape", {
  workbench <- local_workbench()
  with_world(session_at(workbench$good), {
    token <- getIdentityToken()
    expect_named(token, c("token", "expiry"))
    expect_identical(token$token, "id-canary-93")
    expect_identical(token$expiry, as.POSIXct("2031-12-31 23:59:59", tz = "UTC"))
  })
})
