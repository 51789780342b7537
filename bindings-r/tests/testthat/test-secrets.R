# Encrypted secrets: the table of tests/vectors/google, httr2 as a peer, and gargle's habits.

KEY <- "AAECAwQFBgcICQoLDA0ODw"
VARIABLE <- "TOKCORE_TEST_SECRET_KEY"

# The cases with the key in each of its forms. R's strings have no NUL: those cases are files, see below.
secret_cases <- function(actions) {
  file <- file.path(vectors_folder(), "google", "secrets.json")
  text <- gsub("\\\\u0000", "", paste(readLines(file, encoding = "UTF-8"), collapse = "\n"))
  cases <- jsonlite::fromJSON(text, simplifyVector = FALSE)$cases
  Filter(function(case) case$do %in% actions, cases)
}

keys_of <- function(case) {
  hex <- case$key_hex
  bytes <- if (!is.null(hex)) as.raw(strtoi(substring(hex, seq(1, nchar(hex), 2), seq(2, nchar(hex), 2)), 16L))
  Filter(Negate(is.null), list(bytes, if (!is.null(case$key)) I(case$key), case$variable, case$key_given))
}

expect_failure_of <- function(error, expect, id) {
  expect_s3_class(error, paste0("tokcore_error_", expect$kind))
  expect_identical(error$reason, expect$reason, info = id)
  for (part in c(expect$message, expect$hint)) expect_match(conditionMessage(error), part, fixed = TRUE, info = id)
  expect_no_match(conditionMessage(error), "canary", info = id)
}

as_file <- function(content, frame = parent.frame()) {
  path <- tempfile(fileext = ".json")
  do.call(on.exit, list(substitute(unlink(path), list(path = path)), add = TRUE), envir = frame)
  writeBin(if (is.raw(content)) content else charToRaw(enc2utf8(content)), path)
  path
}

test_that("encrypted texts open as the vectors say", {
  for (case in secret_cases(c("decrypt", "decrypt_json"))) {
    for (key in keys_of(case)) {
      # Not as a test: there a key that is missing skips.
      given <- as.list(c(TESTTHAT = NA, if (!is.null(case$variable)) stats::setNames(if (is.null(case$value)) NA else case$value, case$variable)))
      do.call(local_variables, given)
      found <- tryCatch(
        if (case$do == "decrypt_json") secret_decrypt_json(as_file(case$encrypted), key) else secret_decrypt(case$encrypted, key),
        tokcore_error = function(e) e
      )
      if (is.null(case$expect$kind)) expect_identical(found, case$expect$text, info = case$id) else expect_failure_of(found, case$expect, case$id)
    }
  }
})

test_that("fresh keys have the size that was wanted", {
  for (case in secret_cases("make_key")) {
    made <- tryCatch(secret_make_key(case$bytes), tokcore_error = function(e) e)
    if (!is.null(case$expect$kind)) {
      expect_failure_of(made, case$expect, case$id)
    } else {
      expect_s3_class(made, "AsIs")
      expect_identical(nchar(made), as.integer(case$expect$characters))
      expect_false(made == secret_make_key(case$bytes))
    }
  }
  expect_identical(nchar(secret_make_key()), 43L)
})

test_that("files keep their last byte", {
  for (case in secret_cases("file")) {
    clear <- as_file(case$content)
    encrypted <- tempfile()
    text <- secret_encrypt_json(clear, encrypted, I(case$key), format = case$format)
    expect_identical(secret_decrypt_json(encrypted, I(case$key)), case$content)
    expect_identical(format(file.info(encrypted)$mode), "600")
    expect_identical(secret_decrypt(text, I(case$key)), case$content)
    expect_false(raw(1) %in% readBin(encrypted, raw(), 1e4))
    unlink(encrypted)
  }
})

test_that("gargle's files, which end with a NUL, are read", {
  path <- tempfile()
  writeBin("EBESExQVFhcYGRobHB0eH3zcjlbb5H4", path)
  expect_identical(readBin(path, raw(), 100)[[32]], raw(1))
  expect_identical(secret_decrypt_json(path, I(KEY)), "{\"a\":1}")
  unlink(path)
})

test_that("httr2 and tokcore read what the other wrote", {
  skip_if_not_installed("httr2")
  text <- "{\"private_key\": \"Gr\u00fc\u00dfe\"}"
  path <- tempfile()
  on.exit(unlink(path))
  for (key in list(secret_make_key(), secret_make_key(16), httr2::secret_make_key(), as.raw(0:23))) {
    theirs <- httr2::secret_encrypt(text, key)
    expect_identical(secret_decrypt(theirs, key), text)
    opened <- httr2::secret_decrypt(secret_encrypt(text, key), key)
    Encoding(opened) <- "UTF-8"
    expect_identical(opened, text)
    # The file that a package ships: all of it is the text.
    secret_encrypt_json(text, path, key)
    expect_identical(nchar(httr2::secret_decrypt(readChar(path, 1e4), key), "bytes"), nchar(text, "bytes"))
    httr2::secret_write_rds(list(1, letters), path, key)
    expect_identical(secret_read_rds(path, key), list(1, letters))
    secret_write_rds(mtcars, path, key)
    expect_identical(httr2::secret_read_rds(path, key), mtcars)
  }
})

test_that("R objects come back, and a wrong key is noticed", {
  path <- tempfile()
  on.exit(unlink(path))
  for (format in c("gargle", "tokcore")) {
    expect_identical(withVisible(secret_write_rds(airquality, path, I(KEY), format = format)), list(value = airquality, visible = FALSE))
    expect_identical(secret_read_rds(path, I(KEY)), airquality)
    reason <- if (format == "gargle") "secret_unreadable" else "secret_auth_failed"
    expect_identical(failure_of(secret_read_rds(path, secret_make_key(16)))$reason, reason)
  }
  expect_error(secret_read_rds(file.path(tempdir(), "none.rds"), I(KEY)), "none.rds cannot be read")
  expect_error(secret_write_rds(1, file.path(tempdir(), "none", "x.rds"), I(KEY)), class = "tokcore_error_invalid_argument")
})

test_that("a test without its key is skipped, and everything else fails", {
  do.call(local_variables, stats::setNames(list(NA, "true"), c(VARIABLE, "TESTTHAT")))
  expect_false(secret_has_key(VARIABLE))
  for (call in expression(
    secret_encrypt("x", VARIABLE), secret_decrypt("x", VARIABLE), secret_encrypt_json("{}", key = VARIABLE),
    secret_decrypt_json("x", VARIABLE), secret_write_rds(1, "x", VARIABLE), secret_read_rds("x", VARIABLE)
  )) {
    skipped <- tryCatch(eval(call), condition = function(c) c)
    expect_s3_class(skipped, "skip")
    expect_match(conditionMessage(skipped), paste("variable", VARIABLE, "is not set"))
  }
  do.call(local_variables, stats::setNames(list("false"), "TESTTHAT"))
  expect_identical(failure_of(secret_decrypt("x", VARIABLE))$reason, "secret_key_missing")
  do.call(local_variables, stats::setNames(list(KEY), VARIABLE))
  expect_true(secret_has_key(VARIABLE))
  expect_identical(secret_decrypt(secret_encrypt("x", VARIABLE), VARIABLE), "x")
})

test_that("what is no key, no JSON or no format is refused and not repeated", {
  for (key in list(NULL, NA, TRUE, list(KEY), c(KEY, KEY), character(), "")) {
    expect_error(secret_encrypt("canary", key), "none of the forms", class = "tokcore_error_invalid_argument")
  }
  expect_no_match(conditionMessage(failure_of(secret_encrypt("x", I(paste0(KEY, "-canary"))))), "canary")
  expect_error(secret_encrypt_json("{canary", key = I(KEY)), "neither JSON nor", class = "tokcore_error_invalid_argument")
  expect_error(secret_encrypt("canary", I(KEY), format = "sodium"), "no format", class = "tokcore_error_invalid_argument")
  expect_error(secret_encrypt(1, I(KEY)), "x must be", class = "tokcore_error_invalid_argument")
})
