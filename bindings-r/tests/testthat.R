library(testthat)
library(tokcore)

# `Rscript bindings-r/tests/testthat.R` works from any folder; `R CMD check` starts in this one.
script <- sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE))
if (length(script) == 1) setwd(dirname(script))

test_check("tokcore")
