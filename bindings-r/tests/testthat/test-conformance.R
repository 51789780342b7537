# Runs the client's vectors through R's public functions, against the server that replays them.

folder <- Sys.getenv("TOKCORE_VECTORS")
program <- Sys.getenv("TOKCORE_REPLAY_BIN")

if (!nzchar(folder) || !nzchar(program)) {
  test_that("the conformance vectors pass", {
    skip("TOKCORE_VECTORS and TOKCORE_REPLAY_BIN are not set (`make test-r` at the root of the repository sets them)")
  })
} else {
  server <- start_replay(program)
  unset <- unlist(jsonlite::fromJSON(file.path(folder, "client-environment.json"))$unset)

  files <- list.files(file.path(folder, "client"), "[.]json$", full.names = TRUE)
  test_that("there are vectors", {
    expect_gt(length(files), 5)
  })
  for (file in files) {
    for (case in read_vectors(file)) {
      test_that(paste0(basename(file), " ", case$id, ": ", case$why), {
        outcome <- staged(server, case, unset, play)
        expect_outcome(case, outcome)
        expect_requests(case, server$seen(case))
        expect_no_secret(case, outcome)

        if (!is.null(case[["r_shim"]]) && case$call$method == "credentials") {
          expect_shim(case, staged(server, case, unset, play_shim))
        }
      })
    }
  }
  close(server$pipe)
}
