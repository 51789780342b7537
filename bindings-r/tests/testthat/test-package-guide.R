# docs/guides/r-package.md: every program runs as it stands there, with only Google's address and the key replaced; and the
# example package is installed and used.

project_folder <- function(...) {
  folder <- file.path(dirname(dirname(vectors_folder())), ...)
  if (!file.exists(folder)) testthat::skip("this is no checkout")
  folder
}

guide_programs <- function() {
  lines <- readLines(project_folder("docs", "guides", "r-package.md"))
  starts <- which(lines == "```r")
  lapply(starts, function(start) {
    end <- start + which(lines[-seq_len(start)] == "```")[[1]]
    lines[(start + 1):(end - 1)]
  })
}

# In an R process of its own, as a user runs it. Returns what it printed.
run_r <- function(lines, libs = .libPaths()) {
  output <- tempfile()
  script <- tempfile(fileext = ".R")
  writeLines(c(sprintf(".libPaths(%s)", paste(deparse(libs), collapse = "")), lines), script)
  status <- suppressWarnings(system2(file.path(R.home("bin"), "Rscript"), c("--vanilla", script), stdout = output, stderr = output))
  list(status = status, lines = readLines(output))
}

test_that("the guide's programs do what it says", {
  skip_if_not_installed("httr2")
  skip_if_not_installed("httr")
  api <- local_api()
  for (program in guide_programs()) {
    # A token takes the place of the key, whose server is not here; the chain's explanation needs none.
    program <- gsub("lq_auth(path = \"key.json\")", "lq_auth(token = \"brought\")", program, fixed = TRUE)
    program <- gsub("https://bigquery.googleapis.com", api, program, fixed = TRUE)
    program <- sub("$datasets[[1]]$datasetReference$datasetId", "", program, fixed = TRUE)
    done <- run_r(program)
    expect_equal(done$status, 0, info = paste(done$lines, collapse = "\n"))
  }
  expect_gte(length(guide_programs()), 6)
})

test_that("the example package can be installed, and asks with the token that it was given", {
  skip_if_not_installed("httr2")
  skip_on_cran()
  library_folder <- tempfile("library")
  dir.create(library_folder)
  source <- project_folder("examples", "r", "littlequery")
  installed <- system2(
    file.path(R.home("bin"), "R"), c("CMD", "INSTALL", "--no-docs", paste0("--library=", library_folder), source),
    stdout = FALSE, stderr = FALSE, env = paste0("R_LIBS=", paste(.libPaths(), collapse = ":"))
  )
  expect_equal(installed, 0)
  api <- local_api()
  done <- run_r(c(
    "library(littlequery)",
    sprintf("options(littlequery.api = '%s')", api),
    "lq_auth(token = 'access-canary-5f1c')",
    "request <- littlequery:::lq_api('p', 'datasets')",
    "cat(httr2::resp_body_json(httr2::req_perform(request))$authorization, '\\n')",
    "lq_token()$auth_token",
    "lq_deauth()",
    "cat(lq_has_token(), '\\n')",
    "answer <- list(schema = list(fields = list(list(name = 'word', type = 'STRING'), list(name = 'n', type = 'INTEGER'))),",
    "               rows = list(list(f = list(list(v = 'the'), list(v = '25568')))))",
    "str(littlequery:::as_data_frame(answer))"
  ), c(library_folder, .libPaths()))
  expect_equal(done$status, 0, info = paste(done$lines, collapse = "\n"))
  expect_true(any(grepl("^Bearer access-canary-5f1c", done$lines)))
  expect_equal(sum(grepl("canary", done$lines)), 1)
  expect_true(any(grepl("^FALSE", done$lines)))
  expect_true(any(grepl("n   : num 25568", done$lines, fixed = TRUE)))
})
