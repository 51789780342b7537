#' Encrypted secrets
#'
#' A service account's key, a token or a client's secret that lies in a package or a repository, encrypted, while the key
#' that opens it lies in an environment variable. The functions have gargle's and httr2's names, arguments and meanings; the
#' files of the one are read by the other.
#'
#' @section Two formats:
#' `format = "gargle"`, the default here, is what gargle and httr2 write and read: AES in counter mode. It keeps a secret and
#' notices nothing: whoever can change the file can change what it says, and a wrong key gives another text. tokcore notices
#' the wrong key where what comes out must be JSON, text or an R object.
#'
#' `format = "tokcore"` is what Python, C and the shell write unless told otherwise. A wrong key and every change are an
#' error. Take it unless gargle or httr2 must read the file.
#'
#' Reading finds out which of the two it has.
#'
#' @section In tests:
#' Where testthat runs a test (`TESTTHAT` is `true`) and the variable of the key is not set, the test is skipped: a
#' contributor, or CRAN, does not have the key.
#'
#' @section Other than in gargle:
#' A key has 32 bytes unless `bytes = 16` asks for gargle's size; both packages read both. A file is encrypted with its
#' last byte, also without a newline at its end, and the encrypted file does not end with a NUL. What is too short, or opens
#' to nonsense, is an error. An encrypted file is for its owner alone and is replaced in one step.
#'
#' @param bytes The size of the key: 32, 16 or 24.
#' @param key The key: the name of an environment variable that holds it; a raw vector; or the key itself as a string in
#'   [I()]. For `secret_has_key()`, the name of the variable.
#' @param x,encrypted For `secret_encrypt()` and `secret_decrypt()`, a string. For `secret_write_rds()`, an R object.
#' @param json A string of JSON, or the name of a file that holds JSON.
#' @param path The encrypted file: to write, for `secret_encrypt_json()` only if it is given; or to read.
#' @param format `"gargle"` or `"tokcore"`.
#' @returns
#'   * `secret_make_key()`: a new key, a string of class `AsIs`;
#'   * `secret_has_key()`: `TRUE` or `FALSE`;
#'   * `secret_encrypt()`, `secret_decrypt()`: a string;
#'   * `secret_encrypt_json()`, `secret_decrypt_json()`: a string, invisibly;
#'   * `secret_write_rds()`: `x`, invisibly; `secret_read_rds()`: the object.
#'
#'   Every failure is a [tokcore_error]; its `reason` is `"secret_key_missing"`, `"secret_auth_failed"` (a wrong key, or a
#'   change) or `"secret_unreadable"`.
#' @examples
#' key <- secret_make_key()
#' path <- tempfile()
#' secret_encrypt_json('{"type": "service_account"}', path, key, format = "tokcore")
#' cat(secret_decrypt_json(path, key))
#'
#' secret_write_rds(mtcars, path, key)
#' identical(secret_read_rds(path, key), mtcars)
#' unlink(path)
#' @name secrets
NULL

#' @rdname secrets
#' @export
secret_make_key <- function(bytes = 32) .Call(c_secret_make_key, bytes)

#' @rdname secrets
#' @export
secret_has_key <- function(key) .Call(c_secret_has_key, key)

#' @rdname secrets
#' @export
secret_encrypt <- function(x, key, format = "gargle") .Call(c_secret_encrypt, utf8(x), needed_key(key), format)

#' @rdname secrets
#' @export
secret_decrypt <- function(encrypted, key) .Call(c_secret_decrypt, utf8(encrypted), needed_key(key))

#' @rdname secrets
#' @export
secret_encrypt_json <- function(json, path = NULL, key, format = "gargle") {
  invisible(.Call(c_secret_encrypt_json, utf8(json), expanded(path), needed_key(key), format))
}

#' @rdname secrets
#' @export
secret_decrypt_json <- function(path, key) invisible(.Call(c_secret_decrypt_json, expanded(path), needed_key(key)))

#' @rdname secrets
#' @export
secret_write_rds <- function(x, path, key, format = "gargle") {
  # The second version of R's format is what all R since 1.4 reads, and gargle writes.
  bytes <- memCompress(serialize(x, NULL, version = 2), "bzip2")
  .Call(c_secret_write_rds, bytes, expanded(path), needed_key(key), format)
  invisible(x)
}

#' @rdname secrets
#' @export
secret_read_rds <- function(path, key) {
  unserialize(memDecompress(.Call(c_secret_read_rds, expanded(path), needed_key(key)), "bzip2"))
}

# The key as it was given. A test whose key is not here is skipped, as in gargle and httr2; the engine says which it is.
needed_key <- function(key) {
  if (identical(Sys.getenv("TESTTHAT"), "true")) {
    tried <- tryCatch(.Call(c_secret_encrypt, "", key, "gargle"), tokcore_error = identity)
    if (inherits(tried, "condition") && identical(tried$reason, "secret_key_missing")) {
      testthat::skip(sub("\n.*", "", conditionMessage(tried)))
    }
  }
  key
}
