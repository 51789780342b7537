# Proofs of identity from a function of the caller's: the argument `subject_token` of the chain.

subject_token_host <- function(subject_token) {
  if (is.null(subject_token)) return(NULL)
  if (!is.function(subject_token)) {
    refuse("subject_token must be a function", "it is called with the list request(audience, subject_token_type), and returns the proof")
  }
  keep_host(list(subject_token = subject_token))
}

host_subject_token <- function(texts, flag) {
  request <- list(audience = texts[[2]], subject_token_type = texts[[3]])
  host_call(texts, "subject_token", one_proof, list(request))
}

one_proof <- function(value) {
  if (!is_text(value)) stop("subject_token() must return one string", call. = FALSE)
  utf8(value)
}
