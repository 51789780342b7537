#' OAuth clients
#'
#' A client is what is registered with an authorization server. `oauth_client()` has the arguments of httr2's function of
#' the same name, with the same meaning; `tok_oauth_client()` reads the client from a TOML file. Making a client connects to
#' nothing.
#'
#' Beyond httr2's arguments, every setting of tokcore can be given by its name in `...`, such as `issuer` (its metadata then
#' supplies the endpoints), `profile`, `basic_encoding`, `dpop`, `scopes`, `redirect_uri`, `ca_file`, `timeout_ms` or
#' `partition`. A name that tokcore does not know is an error that names the closest one. The same names are used in client
#' files. `store` says where its credentials outlive the session, see [tok_store()].
#'
#' A client cannot be saved or sent to another R process. Printing shows no secret.
#'
#' @param id The client id.
#' @param token_url The token endpoint. It wins over `metadata`.
#' @param secret The client secret, `NULL` for a public client.
#' @param key A private key: PEM or JWK text, the name of a file, or a key of the package openssl.
#' @param auth How the client proves itself: `"body"` and `"header"` send the secret, `"jwt_sig"` a statement signed with
#'   the key; also the registered names, such as `"client_secret_jwt"` or `"none"`. By default `"jwt_sig"` with a key, else
#'   `"body"`; with `issuer` or `metadata`, what the server supports.
#' @param auth_params For `"jwt_sig"`: `claim`, a list of claims in place of tokcore's; `size`, 256, 384 or 512.
#' @param name What pages and prompts call the program. By default the id.
#' @param metadata What [oauth_server_metadata()] returned.
#' @param ... Further settings by name.
#' @param settings The same as a list.
#' @param file A client file.
#' @returns An object of class `tokcore_oauth_client`.
#' @seealso [tok_source()] for a token that stays fresh, [oauth_flow_auth_code()] for one sign-in, [tok_report()] to see what
#'   tokcore makes of a client.
#' @examples
#' client <- oauth_client("my-program", "https://as.example/token", secret = "not-a-secret", auth = "header")
#' client
#' @export
oauth_client <- function(id, token_url = NULL, secret = NULL, key = NULL, auth = c("body", "header", "jwt_sig"),
                         auth_params = list(), name = NULL, metadata = NULL, ..., settings = list()) {
  further <- c(list(...), settings)
  finds_out <- !is.null(metadata) || !is.null(further$issuer) || !is.null(further$metadata_url)
  auth <- if (!missing(auth)) auth else if (!finds_out) if (is.null(key)) "body" else "jwt_sig"
  known <- c(
    list(client_id = id, client_secret = secret, name = name),
    if (!is.null(key)) as_key(key),
    list(auth_method = auth_method(auth, !is.null(secret) || !is.null(further$client_secret_env))),
    auth_settings(auth_params, key),
    endpoints_of(metadata, token_url)
  )
  placed_client(c(known[setdiff(names(known), names(further))], further))
}

#' @rdname oauth_client
#' @export
tok_oauth_client <- function(file) {
  default <- default_store()
  setting <- if (!inherits(default, "tokcore_store")) expanded(store_setting(default))
  client <- .Call(c_oauth_client_file, utf8(path.expand(file)), utf8(setting))
  nobody_said <- is.null(.Call(c_oauth_client_place, client)$store) || identical(setting, "existing")
  if (nobody_said && inherits(default, "tokcore_store")) client <- .Call(c_client_in_store, client, default)
  noted(client, nobody_said)
}

# httr2's names of the methods. Without a secret, "body" sends the id alone.
auth_method <- function(auth, has_secret) {
  if (is.function(auth)) {
    refuse("auth must be a string: tokcore proves the client itself", "use \"body\", \"header\", \"jwt_sig\" or a registered name")
  }
  if (length(auth) != 1) return(auth[[1]])
  switch(auth,
    body = if (has_secret) "client_secret_post" else "none",
    header = "client_secret_basic",
    jwt_sig = "private_key_jwt",
    auth
  )
}

auth_settings <- function(params, key) {
  claims <- as_claims(params$claim)
  known <- list(
    assertion_claims = if (length(claims)) claims,
    signing_alg = if (!is.null(params$size)) .Call(c_algorithm, key_text(key), params$size)
  )
  c(known, params[setdiff(names(params), c("claim", "size"))])
}

endpoints_of <- function(metadata, token_url) {
  wanted <- c(
    "issuer", "authorization_endpoint", "token_endpoint", "device_authorization_endpoint", "revocation_endpoint",
    "introspection_endpoint", "pushed_authorization_request_endpoint", "jwks_uri"
  )
  found <- unclass(metadata)[intersect(wanted, names(metadata))]
  if (!is.null(token_url)) found$token_endpoint <- token_url
  found
}

#' What a server publishes about itself
#'
#' `oauth_server_metadata()` is httr2's function. `tok_discover()` finds the metadata of an issuer, or of a client's server.
#' `tok_resource_metadata()` finds what an API says about itself: which authorization servers it trusts, and which scopes it
#' knows (RFC 9728). Whether one of them is trusted is yours to decide: no API can make tokcore turn to another server.
#'
#' @param issuer The issuer, exactly as it names itself.
#' @param type `"openid"`, `"oauth"`, or `"auto"` for whichever is there.
#' @param url The address of the document, when it does not follow from the issuer.
#' @param allow_insecure_http Whether plain http is accepted from hosts other than loopback. For experiments only.
#' @param client An [oauth_client()]; for `tok_discover()` also an issuer.
#' @param resource The URL of the API; with `url`, that of the request that was refused.
#' @returns A list of class `tokcore_server_metadata`, for an API `tokcore_resource_metadata`, with the members of the
#'   document.
#' @examples
#' \dontrun{
#' oauth_server_metadata("https://accounts.google.com")$token_endpoint
#' }
#' @export
oauth_server_metadata <- function(issuer = NULL, type = c("openid", "oauth", "auto"), url = NULL,
                                  allow_insecure_http = FALSE) {
  .Call(c_discover, utf8(issuer), utf8(type[[1]]), utf8(url), allow_insecure_http)
}

#' @rdname oauth_server_metadata
#' @export
tok_discover <- function(client) {
  if (is.character(client)) oauth_server_metadata(client, "auto") else .Call(c_oauth_metadata, client_of(client))
}

#' @rdname oauth_server_metadata
#' @export
tok_resource_metadata <- function(client, resource, url = NULL) {
  .Call(c_resource_metadata, client_of(client), utf8(resource), utf8(url))
}

#' @export
format.tokcore_server_metadata <- function(x, ...) c("<tokcore server metadata>", show_members(unclass(x)))

#' @export
print.tokcore_server_metadata <- function(x, ...) {
  writeLines(format(x))
  invisible(x)
}

#' @export
format.tokcore_resource_metadata <- function(x, ...) c("<tokcore resource metadata>", show_members(unclass(x)))

#' @export
print.tokcore_resource_metadata <- function(x, ...) {
  writeLines(format(x))
  invisible(x)
}

#' What tokcore makes of a client
#'
#' The endpoints, the way the client proves itself, the provider's profile, and how a sign-in would go here and why. No
#' server is asked, no secret shown.
#'
#' @param client An [oauth_client()].
#' @param ... Settings of the request, as for [tok_source()].
#' @returns A data frame of class `tokcore_report` with the columns `name` and `value`.
#' @examples
#' tok_report(oauth_client("my-program", "https://as.example/token"))
#' @export
tok_report <- function(client, ...) {
  report <- .Call(c_oauth_report, client, as_request(...))
  structure(data.frame(name = report$name, value = report$value), class = c("tokcore_report", "data.frame"))
}

#' @export
format.tokcore_report <- function(x, ...) paste0(format(paste0(x$name, ":")), " ", x$value)

#' @export
print.tokcore_report <- function(x, ...) {
  writeLines(c("<tokcore report>", format(x)))
  invisible(x)
}

#' @export
format.tokcore_oauth_client <- function(x, ...) {
  report <- .Call(c_oauth_report, x, list(grant = "client_credentials"))
  shown <- report$name %in% c("client_id", "issuer", "token_endpoint", "auth_method", "profile")
  c("<tokcore OAuth client>", paste0(format(paste0(report$name[shown], ":")), " ", report$value[shown]))
}
