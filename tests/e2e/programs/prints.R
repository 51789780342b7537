# Prints everything that can be printed about credentials in R but the token itself: prints.R GUID

library(tokcore)

credentials <- getOAuthCredentials(audience = commandArgs(TRUE)[1])
print(credentials)
cat(format(credentials), sep = "\n")
cat(toString(credentials), "\n")
str(credentials)
print(list(credentials))
tryCatch(getOAuthCredentials("00000000-0000-0000-0000-000000000000"), error = function(e) {
  print(e)
  cat(conditionMessage(e), "\n")
})
