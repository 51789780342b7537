#' Tokens for requests of httr2
#'
#' `req_auth_tokcore()` signs a request with the token of a source whenever it is performed, and names the project that is
#' charged where there is one. When the API answers that the
#' token is invalid, httr2 has it renewed and sends the request once more.
#'
#' `oauth_client_req_auth()` and its relatives add the client's own proof to a request for a token, as httr2's functions do.
#'
#' They need the package httr2, of any version.
#'
#' @param req A request of httr2.
#' @param source A [tok_source()], or a token of [token_fetch()]. Its token must be of the type `Bearer`; for a bound one, add
#'   [tok_header()] to each request. `NULL`, as the `token()` of [tok_auth_functions()] gives it after a `deauth()`, leaves the
#'   request without a token.
#' @param client An [oauth_client()].
#' @param claim,size,header Claims in place of tokcore's, the number of the hash, and further header fields (none are
#'   supported).
#' @returns The request.
#' @examples
#' \dontrun{
#' request("https://api.example/me") |> req_auth_tokcore(source) |> req_perform()
#' }
#' @export
req_auth_tokcore <- function(req, source) {
  need_httr2()
  if (is.null(source)) return(req)
  source <- source_of(source)
  beside <- as.list(.Call(c_source_fields, source))
  if (length(beside)) req <- do.call(httr2::req_headers, c(list(req), beside))
  # httr2 asks its cache before each request, and clears it (or carries out the flow) when the API refuses the token.
  cache <- list(
    get = function() as_httr2_token(tok_token(source)),
    set = function(token) invisible(),
    clear = function() tok_invalidate(source)
  )
  httr2::req_oauth(req, renewed_for_httr2, list(source = source), cache = cache)
}

renewed_for_httr2 <- function(source, ...) {
  tok_invalidate(source)
  as_httr2_token(tok_token(source))
}

# Without expiry and refresh token: both stay in tokcore's hands.
as_httr2_token <- function(token) {
  tok_authorization(token) # refuses a token that is not for that header
  httr2::oauth_token(token$access_token, token$token_type)
}

#' @rdname req_auth_tokcore
#' @export
oauth_client_req_auth <- function(req, client) {
  need_httr2()
  proof <- .Call(c_authentication, client, utf8(req$url))
  if (length(proof$headers)) req <- do.call(httr2::req_headers, c(list(req), as.list(proof$headers)))
  if (length(proof$parameters)) req <- do.call(httr2::req_body_form, c(list(req), as.list(proof$parameters)))
  req
}

#' @rdname req_auth_tokcore
#' @export
oauth_client_req_auth_body <- function(req, client) {
  oauth_client_req_auth(req, client_with(client, auth_method = "client_secret_post"))
}

#' @rdname req_auth_tokcore
#' @export
oauth_client_req_auth_header <- function(req, client) {
  oauth_client_req_auth(req, client_with(client, auth_method = "client_secret_basic"))
}

#' @rdname req_auth_tokcore
#' @export
oauth_client_req_auth_jwt_sig <- function(req, client, claim = list(), size = NULL, header = list()) {
  if (length(header)) refuse("header fields of a client's statement cannot be chosen", "leave header out")
  claims <- as_claims(claim)
  alg <- if (!is.null(size)) paste0("RS", size)
  proven <- client_with(client, auth_method = "private_key_jwt", assertion_claims = if (length(claims)) claims,
                        signing_alg = alg)
  oauth_client_req_auth(req, proven)
}

need_httr2 <- function() {
  if (!requireNamespace("httr2", quietly = TRUE)) {
    refuse("the package httr2 is not installed", "install it, or use tok_header() with another HTTP package")
  }
}
