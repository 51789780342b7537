#' Sign-in functions for your package
#'
#' A package for one of Google's APIs has functions with which its users sign in, and which its own functions ask for a token.
#' gargle's packages write them by hand; `tok_auth_functions()` makes them. In a file of your package:
#'
#' ```r
#' tokcore::tok_auth_functions("lq", scopes = "bigquery")
#' ```
#'
#' and in `NAMESPACE` (or above it as `@rawNamespace`) the exports: `exportPattern("^lq_")`, or each by its name. tokcore stands
#' under `Imports` in `DESCRIPTION`. The functions, with the prefix before each:
#'
#'   * `auth(email, path, subject, scopes, cache, use_oob, token, ...)` signs in, as [token_fetch()] with these arguments;
#'   * `deauth()` forgets the token. With `deauth = "inactive"` requests are sent without one from then on, for APIs that can
#'     be asked for public things;
#'   * `token()` gives the token as httr and gargle's `request_build()` take it, signing in first if nobody has; `NULL` after a
#'     `deauth()` that made it inactive. For httr2: [req_auth_tokcore()] takes it too;
#'   * `has_token()`, `has_valid_token()`: whether there is one, and whether it can be used; a token that is over is renewed for
#'     the answer. They sign nobody in;
#'   * `user()`: the address of the token's user, `NULL` without a token. Signs nobody in;
#'   * `auth_configure(client, path, api_key)`: the client to sign in to, as an object or as the path of its file, and an API
#'     key. What is `NULL` is cleared, what is left out stays;
#'   * `oauth_client()`, `api_key()`: what was configured;
#'   * `scopes(scopes)`: the full names of scopes; without an argument, all short ones of this package.
#'
#' `check_is_service_account()` is for packages that write such functions themselves: it says what is wrong with a `path`.
#'
#' @param prefix What the names begin with, without the `_`.
#' @param package The name of the package; by default the one that is being built.
#' @param scopes The scopes that are asked for when a user names none.
#' @param scope_aliases Your own short names: a named vector of scopes.
#' @param client The client that users sign in to unless they configure one: [gargle_oauth_client()], a list of one for
#'   desktops and one for servers, of which [gargle_oauth_client_type()] chooses, or a function that gives either.
#' @param deauth What `deauth()` does besides forgetting the token: `"clear"` nothing, so that the next request signs in
#'   again; `"inactive"` no request is sent with a token until `auth()` is called.
#' @param api_key An API key.
#' @param envir Where the functions go; `NULL` for nowhere.
#' @param path The file of a credential, or its JSON; `NULL` is fine.
#' @param hint The name of the function that takes clients, for the message.
#' @param call Ignored.
#' @returns `tok_auth_functions()`: the functions as a list, invisibly; the state, see [init_AuthState()], is its attribute
#'   `state`. `check_is_service_account()`: `NULL`, invisibly. Every failure is a [tokcore_error].
#' @examples
#' tok_auth_functions("lq", "littlequery", scopes = "bigquery")
#' lq_auth(token = "an access token from elsewhere")
#' lq_has_token()
#' lq_deauth()
#' @export
tok_auth_functions <- function(prefix, package = utils::packageName(envir), scopes = NULL, scope_aliases = NULL, client = NULL,
                               deauth = c("clear", "inactive"), api_key = NULL, envir = parent.frame()) {
  deauth <- match.arg(deauth)
  if (!is_text(prefix)) refuse("prefix must be a string", "such as \"lq\" for lq_auth()")
  state <- init_AuthState(first_of(package, prefix), api_key = api_key)
  made <- auth_functions(list(
    prefix = prefix, state = state, scopes = scopes, aliases = scope_aliases, client = client, stays_active = deauth == "clear"
  ))
  names(made) <- paste(prefix, names(made), sep = "_")
  if (!is.null(envir)) for (name in names(made)) assign(name, made[[name]], envir = envir)
  invisible(structure(made, state = state))
}

# The functions hold no more than `wish`: what they do is looked up here when they are called, so that a package built with an
# older tokcore behaves as the one that is installed.
auth_functions <- function(wish) {
  force(wish)
  list(
    auth = function(email = NULL, path = NULL, subject = NULL, scopes = NULL, cache = NULL, use_oob = NULL, token = NULL, ...) {
      auth_sign_in(wish, path, token, scopes, email = email, subject = subject, cache = cache, use_oob = use_oob, ...)
    },
    deauth = function() auth_forget(wish),
    token = function() auth_token(wish),
    has_token = function() wish$state$has_cred(),
    has_valid_token = function() auth_is_usable(wish),
    user = function() if (wish$state$has_cred()) token_email(wish$state$get_cred()),
    auth_configure = function(client, path, api_key) auth_configured(wish, client, path, api_key),
    oauth_client = function() auth_client(wish),
    api_key = function() wish$state$api_key,
    scopes = function(scopes = NULL) auth_scopes(wish, scopes)
  )
}

auth_sign_in <- function(wish, path, token, scopes, ...) {
  # A mistake in what is given shows before anybody is asked.
  force(token)
  state <- wish$state
  # What is encrypted shows what it is when it is opened.
  if (is.null(list(...)$key)) check_is_service_account(path, paste0(wish$prefix, "_auth_configure"))
  # A client that somebody configured says that a user is meant; the package's own says nothing.
  cred <- token_fetch(first_of(scopes, wish$scopes), path = path, token = token, client = state$client,
                      default_client = if (is.null(state$client)) auth_client(wish), package = state$package,
                      scope_aliases = wish$aliases, ...)
  if (!inherits(cred, "Token2.0")) {
    refuse(paste0("there is no token for ", state$package),
           paste0("options(tokcore_on_error = \"stop\") shows why; ", wish$prefix, "_auth() takes a key's file as `path`"))
  }
  state$set_cred(cred)
  state$set_auth_active(TRUE)
  invisible()
}

auth_forget <- function(wish) {
  wish$state$clear_cred()
  if (!wish$stays_active) wish$state$set_auth_active(FALSE)
  invisible()
}

auth_token <- function(wish) {
  state <- wish$state
  if (!state$auth_active) return(NULL)
  if (!state$has_cred()) auth_sign_in(wish, NULL, NULL, NULL)
  httr_request(auth_token = state$get_cred())
}

auth_is_usable <- function(wish) {
  cred <- wish$state$get_cred()
  if (is.null(cred)) return(FALSE)
  if (!inherits(cred, "tokcore_chain_token")) return(isTRUE(cred$can_refresh()) || !isTRUE(cred$has_expired()))
  asked <- options(rlang_interactive = FALSE) # nobody signs in for the answer
  on.exit(options(asked))
  is_over <- function(e) FALSE
  tryCatch({
    tok_token(cred)
    TRUE
  }, tokcore_error_interaction_required = is_over, tokcore_error_grant_revoked = is_over, tokcore_error_denied = is_over)
}

auth_configured <- function(wish, client, path, api_key) {
  if (!missing(client) && !missing(path)) refuse("client and path mean the same", "give one of them")
  state <- wish$state
  if (!missing(path)) client <- if (!is.null(path)) gargle_oauth_client_from_json(path)
  if (!missing(client) || !missing(path)) state$set_client(client)
  if (!missing(api_key)) state$set_api_key(api_key)
  invisible(state)
}

auth_client <- function(wish) {
  if (!is.null(wish$state$client)) wish$state$client else fitting_client(wish$client)
}

auth_scopes <- function(wish, scopes) {
  aliases <- wish$aliases
  if (is.null(scopes)) return(aliases)
  .Call(c_google_scopes, utf8(scopes), utf8(names(aliases)), utf8(unname(unlist(aliases))))
}

#' @rdname tok_auth_functions
#' @export
check_is_service_account <- function(path, hint, call = NULL) {
  if (is.null(path)) return(invisible())
  tryCatch(.Call(c_google_check, utf8(expanded_file(path))), tokcore_error = function(e) {
    if (!identical(e$reason, "client_json_given_as_key")) stop(e)
    advice <- paste0("give it to ", hint, "(path = ...) and sign in")
    refuse("path is the file of an OAuth client, which is no credential", advice, as = e)
  })
  invisible()
}
