#' The order of the chain
#'
#' [token_fetch()] asks credential functions, one after the other, until one has a token. These functions look at their order
#' and change it; they have gargle's names and meanings. The order is that of the R session, and holds tokcore's own
#' functions, [credentials_byo_oauth2()] and its siblings, and yours.
#'
#' A credential function is a function whose first argument is `scopes` and which has `...`. It is called with the scopes and
#' with everything else that [token_fetch()] was given. It returns a token (of [token_fetch()], [tok_source()],
#' [oauth_token()], gargle, httr or httr2), or `NULL` when it does not apply. A string is no token. Arguments that only your
#' function knows are named in its formals: of every other name [token_fetch()] says that it is unknown.
#' So are those of [token_fetch()] that decide whose token it is, if your function serves them itself: else `impersonate` is done
#' with what it returns, and `subject` and `id_token_audience` are refused.
#'
#' A change that fails changes nothing.
#'
#' @param ... For `cred_funs_add()`: functions by name. They come to the front, one after the other, so that the last is
#'   asked first. `NULL` removes the function of that name, if it is there; what is removed goes first. `!!!` splices a list.
#' @param funs A list of functions by name.
#' @param ls An older name of `funs`.
#' @param action `"replace"` for `funs` in place of the order, `"modify"` for what `cred_funs_add()` does with them.
#' @param .local_envir The environment, usually of a function, with whose end the change ends.
#' @param code What is evaluated under the changed order.
#' @returns `cred_funs_list()`, `cred_funs_list_default()`: a list of functions by name, the current order and the standard
#'   one. `with_cred_funs()`: the value of `code`. `local_cred_funs()` and the others: the order after the change, invisibly.
#'   Every failure is a [tokcore_error].
#' @examples
#' names(cred_funs_list())
#'
#' from_vault <- function(scopes, secret_name = NULL, ...) {
#'   if (is.null(secret_name)) return(NULL)
#'   oauth_token("a token from the vault")
#' }
#' with_cred_funs(list(vault = from_vault), action = "modify", {
#'   token_fetch(secret_name = "my-secret")
#' })
#' @name cred_funs
NULL

# The functions that are not tokcore's, by the number under which the engine knows them.
registry <- new.env(parent = emptyenv())
registry$functions <- list()
registry$count <- 0

#' @rdname cred_funs
#' @export
cred_funs_list <- function() functions_of(.Call(c_chain_methods))

#' @rdname cred_funs
#' @export
cred_funs_list_default <- function() functions_of(.Call(c_chain_standard))

#' @rdname cred_funs
#' @export
cred_funs_add <- function(...) {
  funs <- given_funs(substitute(list(...)), parent.frame(), ...)
  in_order(funs, may_be_null = TRUE, function(names, methods, options) .Call(c_chain_change, names, methods, options))
}

#' @rdname cred_funs
#' @export
cred_funs_set <- function(funs, ls) {
  if (!missing(ls)) {
    warning("the argument ls of cred_funs_set() is called funs now", call. = FALSE)
    funs <- ls
  }
  if (!is.list(funs)) refuse("funs must be a list of functions by name", "see the help page of cred_funs_set()")
  in_order(funs, may_be_null = FALSE, function(names, methods, options) .Call(c_chain_set, names, methods, options))
}

#' @rdname cred_funs
#' @export
cred_funs_set_default <- function() cred_funs_set(cred_funs_list_default())

#' @rdname cred_funs
#' @export
cred_funs_clear <- function() cred_funs_set(list())

#' @rdname cred_funs
#' @export
local_cred_funs <- function(funs = cred_funs_list_default(), action = c("replace", "modify"),
                            .local_envir = parent.frame()) {
  action <- match.arg(action)
  before <- cred_funs_list()
  changed <- if (action == "replace") cred_funs_set(funs) else do.call(cred_funs_add, as.list(funs), quote = TRUE)
  at_end_of(.local_envir, function() cred_funs_set(before))
  invisible(changed)
}

#' @rdname cred_funs
#' @export
with_cred_funs <- function(funs = cred_funs_list_default(), code, action = c("replace", "modify")) {
  local_cred_funs(funs, match.arg(action))
  force(code)
}

# Has `then()` called when the function ends whose environment this is.
at_end_of <- function(envir, then) {
  if (identical(envir, globalenv())) return(message("The change stays: at top level there is no end that would undo it."))
  do.call(on.exit, list(as.call(list(then)), add = TRUE, after = FALSE), envir = envir)
}

# What `...` holds, with lists spliced into it that `!!!` marks.
given_funs <- function(expressions, envir, ...) {
  expressions <- as.list(expressions)[-1]
  parts <- lapply(seq_along(expressions), function(at) {
    spliced <- spliced_part(expressions[[at]])
    if (!is.null(spliced)) return(as.list(eval(spliced, envir)))
    value <- list(...elt(at))
    names(value) <- names(expressions)[at]
    value
  })
  do.call(c, c(list(list()), parts))
}

# What three exclamation marks stand before.
spliced_part <- function(expression) {
  for (mark in 1:3) {
    if (!is.call(expression) || !identical(expression[[1]], quote(`!`))) return(NULL)
    expression <- expression[[2]]
  }
  expression
}

is_cred_fun <- function(fun) {
  if (typeof(fun) != "closure") return(FALSE)
  arguments <- names(formals(fun))
  length(arguments) > 0 && arguments[[1]] == "scopes" && "..." %in% arguments
}

# Gives the engine these functions; a function that nobody needs any more is let go.
in_order <- function(funs, may_be_null, change) {
  valid <- vapply(funs, function(fun) is_cred_fun(fun) || (may_be_null && is.null(fun)), NA)
  if (!all(valid)) {
    which <- paste(which(!valid), collapse = ", ")
    named <- paste(names(funs)[!valid], collapse = ", ")
    refuse(paste0("not a credential function: element ", which, if (nzchar(named)) paste0(" (", named, ")")),
           "its first argument must be scopes, and it must have ...")
  }
  names <- names(funs)
  if (is.null(names)) names <- rep("", length(funs))
  # Calls under way keep the functions that they began with.
  before <- registry$functions
  is_done <- FALSE
  on.exit(if (!is_done) registry$functions <- before)
  methods <- vapply(funs, method_for, "")
  options <- lapply(funs, function(fun) if (is.function(fun)) setdiff(names(formals(fun)), c("scopes", "...")))
  change(utf8(names), unname(methods), unname(options))
  is_done <- TRUE
  in_use <- .Call(c_chain_methods)$method
  registry$functions <- registry$functions[names(registry$functions) %in% in_use]
  invisible(cred_funs_list())
}

# What the engine knows the function by: its own ones by their name, the others by a number.
method_for <- function(fun) {
  if (is.null(fun)) return("")
  own <- own_methods()
  is_own <- vapply(own, identical, NA, fun)
  if (any(is_own)) return(names(own)[is_own][[1]])
  registry$count <- registry$count + 1
  number <- format(registry$count, scientific = FALSE)
  registry$functions[[number]] <- fun
  number
}

own_methods <- function() {
  namespace <- topenv()
  mget(ls(namespace, pattern = "^credentials_"), envir = namespace)
}

functions_of <- function(order) {
  own <- own_methods()
  funs <- lapply(order$method, function(method) {
    if (method %in% names(own)) own[[method]] else registry$functions[[method]]
  })
  names(funs) <- order$name
  funs
}
