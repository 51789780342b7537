# Starts an R process that waits for a server which never answers, interrupts it, and returns what it wrote.
interrupt <- function(address, handling) {
  files <- list(pid = tempfile(), output = tempfile())
  variables <- session_at(address)
  start_r(c(
    sprintf("do.call(Sys.setenv, %s)", paste(deparse(variables), collapse = "")),
    "library(tokcore)",
    sprintf("writeLines(as.character(Sys.getpid()), '%s')", files$pid),
    sprintf("guid <- '%s'", guid),
    handling,
    "cat('went on\\n')"
  ), files$output)
  list(
    pid = function() if (file.exists(files$pid)) as.integer(readLines(files$pid)) else integer(),
    output = function() readLines(files$output)
  )
}

test_that("Ctrl-C ends a waiting call within 250 ms, and only that call", {
  workbench <- local_workbench()
  handling <- c(
    "tryCatch(",
    "  tryCatch(getOAuthCredentials(guid), error = function(e) cat('an error handler saw it\\n')),",
    "  interrupt = function(e) cat(class(e)[[1]], sprintf('%.3f', as.numeric(Sys.time())), '\\n')",
    ")"
  )
  # The best of three: other work on the machine delays a process by more than what is measured here.
  delays <- vapply(1:3, function(i) {
    asked <- length(workbench$requests())
    child <- interrupt(workbench$hang, handling)
    expect_true(wait_for(function() length(workbench$requests()) > asked && length(child$pid()) == 1))
    Sys.sleep(0.2)
    sent <- as.numeric(Sys.time())
    tools::pskill(child$pid(), tools::SIGINT)
    expect_true(wait_for(function() any(child$output() == "went on")))
    line <- grep("^tokcore_error_cancelled ", child$output(), value = TRUE)
    expect_length(line, 1)
    expect_false(any(grepl("error handler", child$output())))
    as.numeric(sub(".* ([0-9.]+) *$", "\\1", line)) - sent
  }, 0)
  expect_lt(min(delays), 0.25)
})

test_that("an interrupt that nobody handles ends the script, as R's own do", {
  workbench <- local_workbench()
  child <- interrupt(workbench$hang, "getOAuthCredentials(guid)")
  expect_true(wait_for(function() length(workbench$requests()) == 1 && length(child$pid()) == 1))
  Sys.sleep(0.2)
  tools::pskill(child$pid(), tools::SIGINT)
  expect_true(wait_for(function() any(grepl("halted", child$output()))))
  expect_false(any(child$output() == "went on"))
})
