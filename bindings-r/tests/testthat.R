library(testthat)
library(tokcore)

test_check("tokcore")
