#' The header of an API key
#'
#' Some of Google's APIs answer questions about public things to whoever has an API key. A request has a token or a key, never
#' both.
#'
#' @param key The API key, a string.
#' @returns A header as [tok_header()] gives it: a named character vector that shows no secret when it is printed. `as.list()`
#'   makes a list of it. Every failure is a [tokcore_error].
#' @examples
#' tok_api_key_header("AIza-not-a-real-key")
#' \dontrun{
#' do.call(httr2::req_headers, c(list(request), as.list(tok_api_key_header(key))))
#' httr::GET(url, httr::add_headers(.headers = tok_api_key_header(key)))
#' }
#' @export
tok_api_key_header <- function(key) structure(.Call(c_api_key_header, utf8(key)), class = "tokcore_header")
