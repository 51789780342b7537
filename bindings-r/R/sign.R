#' A signature by a credential
#'
#' A service account signs with its key. Who stands in for one, or runs as one on a machine of Google's, has Google sign on its
#' behalf. Addresses that let others into a bucket are made of such signatures.
#'
#' @param token A token of [token_fetch()], or its source.
#' @param bytes What is signed: a raw vector, or a string for its UTF-8.
#' @returns `tok_sign()`: the signature, a raw vector: RSA PKCS#1 v1.5 with SHA-256. `tok_signer()`: the address of the account
#'   that signs, a string; `NULL` for a credential that cannot sign, such as a user's. Every failure is a [tokcore_error].
#' @examples
#' \dontrun{
#' token <- token_fetch(path = "key.json")
#' tok_signer(token)
#' openssl::base64_encode(tok_sign(token, "a text"))
#' }
#' @export
tok_sign <- function(token, bytes) {
  if (is_text(bytes)) bytes <- charToRaw(enc2utf8(bytes))
  .Call(c_source_sign, source_of(token), bytes)
}

#' @rdname tok_sign
#' @export
tok_signer <- function(token) .Call(c_source_signer, source_of(token))
