# What the engine asks of R during a sign-in. Called from C (src/talk.c) with texts and a flag.

# rlang's rule, so that the same switch works for every package that asks.
is_interactive <- function(text = "", flag = FALSE) {
  said <- getOption("rlang_interactive")
  if (is.logical(said) && length(said) == 1 && !is.na(said)) return(said)
  if (isTRUE(getOption("knitr.in.progress")) || isTRUE(getOption("rstudio.notebook.executing"))) return(FALSE)
  if (identical(Sys.getenv("TESTTHAT"), "true")) return(FALSE)
  interactive()
}

tell <- function(text, flag) message(text)

# TRUE when R's option `browser` took the address: a function (as in RStudio), or a command that somebody has chosen. R's
# default, which comes from the variable R_BROWSER, gives way to the engine, which honours BROWSER.
browse <- function(url, flag) {
  browser <- getOption("browser")
  if (is.function(browser)) {
    browser(url)
    return(TRUE)
  }
  chosen <- is.character(browser) && length(browser) == 1 && nzchar(browser) && browser != Sys.getenv("R_BROWSER")
  if (chosen) utils::browseURL(url, browser)
  chosen
}

# NULL at the end of the input.
ask <- function(prompt, hidden) {
  if (!interactive()) return(next_line(prompt))
  if (hidden && requireNamespace("askpass", quietly = TRUE)) return(askpass::askpass(prompt))
  readline(paste0(prompt, " "))
}

# The number of the chosen one; 0 ends the call, as in utils::menu(); NULL at the end of the input.
choose <- function(texts, flag) {
  options <- texts[-1]
  message(paste(c(texts[[1]], sprintf("%d: %s", seq_along(options), options)), collapse = "\n"))
  repeat {
    answer <- ask("Number (0 to give up):", FALSE)
    if (is.null(answer)) return(NULL)
    number <- suppressWarnings(as.integer(answer))
    if (!is.na(number) && number >= 0 && number <= length(options)) return(number)
  }
}

# A script of which somebody said that a person sits in front of it. The connection is kept: it reads ahead.
keyboard <- new.env()

next_line <- function(prompt) {
  if (is.null(keyboard$input)) {
    keyboard$input <- file("stdin")
    open(keyboard$input)
  }
  message(prompt)
  line <- readLines(keyboard$input, 1)
  if (length(line)) line
}
