#' The machine at Google that R runs on
#'
#' Asks the metadata server of a machine, a container or a function in Google's cloud. Elsewhere there is none, and finding that
#' out may take a second the first time.
#'
#' @returns A list of `project_id`, `universe_domain` (the cloud, such as `"googleapis.com"`) and `scopes`, what tokens of the
#'   machine's service account are good for; `NULL` elsewhere. Every failure is a [tokcore_error].
#' @examples
#' \dontrun{
#' tok_google_machine()$project_id
#' }
#' @export
tok_google_machine <- function() .Call(c_google_machine)
