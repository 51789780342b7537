#' A token for Google, from wherever there is one
#'
#' `token_fetch()` asks one credential function after the other, in the order of [cred_funs_list()], until one has a token:
#' the token that you bring, a service account's key, a federated identity, application default credentials, the machine's
#' own identity, and at last a user, from the store or by signing in. It has gargle's name, arguments and options, and its
#' token works wherever gargle's does: in httr, in httr2, and in the packages that are built on them.
#'
#' Other than gargle it says why there is no token. What you give for one function only (`token`, `path`, `subject`,
#' `service_account`), and what a variable names, must work: when it does not, the call ends with that error and nobody
#' else's identity is taken. `on_error = "continue"`, or `options(tokcore_on_error = "continue")`, goes on as gargle does, and
#' gives `NULL` in the end. Whatever happened stands in the error, one line for each function, and in the token's `$attempts`.
#'
#' @section Options:
#' An argument wins over the R option, the R option over the environment variable. As in gargle: `gargle_oauth_email`,
#' `gargle_oauth_cache`, `gargle_oob_default` (and `httr_oob_default`), `gargle_verbosity`, `gargle.gce.use_ip`,
#' `gargle.gce.timeout`. tokcore's own: `tokcore_on_error`, `tokcore.store`.
#'
#' @section The token:
#' The object has the classes `Token2.0` and `Token`, so that httr and gargle take it, and these members:
#'   * `$credentials`: a list with the `access_token` of this moment, renewed if it has to be;
#'   * `$email`, `$about`: whose it is and what else is known without asking anybody; `$attempts`: how it was found;
#'   * `$sign(method, url)`, `$refresh()`, `$can_refresh()`, `$has_expired()`, `$validate()`, `$revoke()`;
#'   * `$source`: the [tok_source()] behind it;
#'   * `$endpoint`, `$params`, `$client`, `$package`: for packages that look at them.
#'
#' Printing it shows no secret. It cannot be saved to a file.
#'
#' @param scopes The wanted scopes: full ones, or short names such as `"bigquery"`. `NULL` for each credential's own.
#' @param ... What the functions take: `token`, `path`, `subject`, `service_account`, `client`, `package`, `email`, `cache`,
#'   `use_oob`; and `subject_token`, `store` (as for [oauth_client()]), `default_client` (a package's own, where nobody names
#'   another), `impersonate`, `delegates`, `lifetime_s`, `quota_project`, `universe_domain`, `scope_aliases`, `key`, `integration`, `id_token_audience`, `flow`,
#'   `redirect_uri`, `port`, `open_browser`, `listener_timeout_s`, `allow_partial`, `allow_other_account`, `methods`, `disable`,
#'   `on_error`, `min_validity_s` and others. Arguments of your own functions of [cred_funs_add()] too. An unknown name is an error that
#'   names the closest one.
#' @param probe Whether the metadata server is asked if it is there.
#' @returns
#'   * `token_fetch()`: a token, see below;
#'   * `tok_explain()`: what each function would say, without asking for a token: a data frame of class
#'     `tokcore_explanation` with the columns `method`, `code`, `words`, `hint`, `kind`, `source`, `principal` and
#'     `project_id`; its attributes `first`, `verdict` and `answer` tell which function would be the first to have a
#'     credential, and what it all comes to: `"found"`, `"sign_in_needed"`, `"custom"` (a function of yours decides),
#'     `"stops"` (with the error of a function), `"not_asked"` or `"nothing"`.
#'
#'   Every failure is a [tokcore_error].
#' @seealso [credentials_byo_oauth2()] for each function by itself, [tok_auth_functions()] for packages.
#' @examples
#' token <- token_fetch(token = "an access token from elsewhere")
#' token
#' tok_explain("bigquery", path = "key.json")
#' @export
token_fetch <- function(scopes = NULL, ...) fetched(NULL, scopes, list(...))

#' @rdname token_fetch
#' @export
tok_explain <- function(scopes = NULL, ..., probe = FALSE) {
  wish <- chain_wish(scopes, list(...), may_ask = FALSE)
  found <- .Call(c_chain_explain, NULL, wish$settings, wish$objects, probe)
  whole <- c("first", "verdict", "answer", "next")
  columns <- as.data.frame(found[setdiff(names(found), whole)])
  structure(columns, class = c("tokcore_explanation", "data.frame"), first = found$first, verdict = found$verdict,
            answer = found$answer, `next` = found$`next`)
}

#' @export
format.tokcore_explanation <- function(x, ...) {
  lines <- paste0("  ", format(paste0(x$method, ":")), " ", x$words)
  hints <- ifelse(is.na(x$hint), NA, paste0("    next: ", x$hint))
  lines <- c(rbind(lines, hints))
  last <- c(attr(x, "answer"), if (!is.null(attr(x, "next"))) paste("next:", attr(x, "next")))
  c("<what the chain would do>", lines[!is.na(lines)], last)
}

#' @export
print.tokcore_explanation <- function(x, ...) {
  writeLines(format(x))
  invisible(x)
}

# The calls under way. A credential function of R's may ask the chain itself.
calls <- new.env(parent = emptyenv())
calls$running <- list()
calls$count <- 0

# What the chain, or the one method `only`, has.
fetched <- function(only, scopes, given) {
  number <- begin_call(scopes, given)
  on.exit(end_call(number))
  wish <- chain_wish(scopes, given)
  answer <- .Call(c_chain_fetch, only, wish$settings, wish$objects, number)
  attempts <- as.data.frame(answer$attempts)
  tell_attempts(attempts)
  if (identical(answer$found, "other")) return(calls$running[[number]]$thing)
  if (!is.null(answer$found)) chain_token(answer$found, attempts, given[["package"]])
}

begin_call <- function(scopes, given) {
  calls$count <- calls$count + 1
  number <- format(calls$count, scientific = FALSE)
  calls$running[[number]] <- list(scopes = scopes, given = given, functions = registry$functions)
  number
}

end_call <- function(number) {
  calls$running[[number]] <- NULL
  hosts$failed <- NULL
}

# Called from the engine (src/rust/src/chain/function.rs) with two numbers: of the function and of the call. The answer is a
# word and what goes with it.
chain_function <- function(texts, flag) {
  call <- calls$running[[texts[[2]]]]
  fun <- call$functions[[texts[[1]]]]
  if (is.null(fun)) return(list("nothing", NULL))
  tryCatch(
    as_given(do.call(invoke, c(list(fun, call["scopes"]), call$given), quote = TRUE), texts[[2]]),
    error = function(e) list("failed", failed_words(e))
  )
}

# The caller's values stay out of the call that an error shows.
invoke <- function(fun, with, ...) fun(with$scopes, ...)

as_given <- function(value, number) {
  if (is.null(value)) return(list("nothing", NULL))
  if (inherits(value, "tokcore_source")) return(list("source", value))
  if (inherits(value, "tokcore_token")) return(list("token", value))
  if (is_foreign(value)) value <- credentials_byo_oauth2(token = value)
  if (inherits(value, "tokcore_chain_token")) return(list("source", value$source))
  calls$running[[number]]$thing <- value
  list("other", NULL)
}
