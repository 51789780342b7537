# Tokens of other packages, and of our own, as the chain takes them.

is_foreign <- function(x) inherits(x, c("Token2.0", "httr2_token", "request")) && !inherits(x, "tokcore_chain_token")

# What the caller's token is. Shape: `object` for a source or a token, `settings` for texts.
brought_by <- function(token) {
  if (inherits(token, "request")) {
    if (is.null(token$auth_token)) refuse("the request of httr holds no token", "make it with httr::config(token = ...)")
    token <- token$auth_token
  }
  if (is.null(token)) return(list())
  if (inherits(token, "tokcore_chain_token")) return(list(object = token$source))
  if (inherits(token, c("tokcore_source", "tokcore_token"))) return(list(object = token))
  if (inherits(token, "httr2_token")) return(list(object = as_token(token)))
  if (inherits(token, "Token2.0")) return(held_by(token))
  if (is.character(token)) return(list(settings = list(token = token)))
  refuse("token must be a token or a string", "see the help page of credentials_byo_oauth2()")
}

# Of a token that can be renewed at Google we take that, else the access token alone. The refresh token of another server
# must not be sent to Google.
held_by <- function(token) {
  held <- token$credentials
  client <- first_of(token$client, token$app)
  if (!is.null(held[["refresh_token"]]) && !is.null(client) && is_google(token$endpoint)) {
    json <- .Call(c_authorized_user_json, utf8(first_of(client[["id"]], client[["key"]])), utf8(client[["secret"]]),
                  utf8(held[["refresh_token"]]))
    return(list(settings = list(token = json)))
  }
  list(object = as_token(held))
}

as_token <- function(held) {
  access <- held[["access_token"]]
  if (!is_text(access)) refuse("the token holds no access token", "let its own package renew it first")
  expiry <- held[["expires_at"]]
  known <- list(access_token = access, expires_at = if (is.numeric(expiry)) floor(as.numeric(expiry)))
  .Call(c_new_token, as_settings(known), as.numeric(Sys.time()))
}

is_google <- function(endpoint) {
  is_text(endpoint$access) && grepl("^https://([a-z0-9-]+[.])*(googleapis|google)[.]com(/|$)", endpoint$access)
}
