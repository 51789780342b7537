# Printing shows what a value is and no secret, however it is asked for.

redacted <- c("access_token", "token", "refresh_token", "id_token")

show_time <- function(time) {
  if (is.na(time)) "unknown" else format(time, "%Y-%m-%d %H:%M:%S UTC", tz = "UTC")
}

show_members <- function(members, hidden = redacted) {
  shown <- vapply(names(members), function(name) {
    value <- members[[name]]
    if (name %in% hidden) {
      "<redacted>"
    } else if (inherits(value, "POSIXct")) {
      show_time(value)
    } else if (name %in% c("expires_at", "expires_on") && !is.character(value)) {
      show_time(as.POSIXct(as.numeric(value), origin = "1970-01-01", tz = "UTC"))
    } else {
      paste(unlist(value), collapse = " ")
    }
  }, "")
  paste0(format(paste0(names(members), ":")), " ", shown)
}

# Objects whose one face is format(), however they are asked for; paste(), toString() and message() go through as.character().

#' @export
print.tokcore_shown <- function(x, ...) {
  writeLines(format(x))
  invisible(x)
}

#' @export
str.tokcore_shown <- function(object, ...) print(object)

#' @export
summary.tokcore_shown <- function(object, ...) print(object)

#' @export
as.character.tokcore_shown <- function(x, ...) paste(format(x), collapse = " ")

#' @export
format.tokcore_credentials <- function(x, ...) {
  c("<tokcore credentials>", show_members(unclass(x)))
}

#' @export
print.tokcore_credentials <- function(x, ...) {
  writeLines(format(x))
  invisible(x)
}

#' @export
str.tokcore_credentials <- function(object, ...) print(object)

#' @export
summary.tokcore_credentials <- function(object, ...) print(object)

#' @export
as.character.tokcore_credentials <- function(x, ...) paste(format(x), collapse = " ")

#' @export
format.tokcore_azure_token <- function(x, ...) {
  c("<tokcore delegated Azure token>", show_members(c(list(resource = x$resource), unclass(x$credentials))))
}

signed_in <- function(integration) {
  if (isTRUE(integration[["authenticated"]])) "signed in" else "not signed in"
}

#' @export
format.tokcore_integration <- function(x, ...) {
  c(paste0("<tokcore integration, ", signed_in(x), ">"), show_members(unclass(x)))
}

#' @export
print.tokcore_integration <- function(x, ...) {
  writeLines(format(x))
  invisible(x)
}

#' @export
format.tokcore_integrations <- function(x, ...) {
  column <- function(name) vapply(x, function(item) if (is.null(item[[name]])) "" else item[[name]], "")
  title <- paste0("<", length(x), " tokcore integration", if (length(x) != 1) "s", ">")
  if (length(x) == 0) return(title)
  shown <- ifelse(nzchar(column("display_name")), column("display_name"), column("name"))
  c(title, paste(format(column("guid")), format(vapply(x, signed_in, "")), shown, sep = "  "))
}

#' @export
print.tokcore_integrations <- function(x, ...) {
  writeLines(format(x))
  invisible(x)
}

#' @export
format.tokcore_client <- function(x, ...) {
  options <- attr(x, "options")
  c("<tokcore client>", if (length(options)) show_members(options))
}

#' @export
print.tokcore_client <- function(x, ...) {
  writeLines(format(x))
  invisible(x)
}

#' @export
str.tokcore_client <- function(object, ...) print(object)

#' @export
format.tokcore_detection <- function(x, ...) {
  found <- if (is.null(x$backend)) {
    c(paste0("nothing applies: ", x$problem), paste0("next step: ", x$next_step))
  } else {
    paste0(x$backend, if (!is.null(x$subject)) paste0(", on behalf of: ", x$subject))
  }
  tests <- if (nrow(x$tests)) paste0("  ", format(paste0(x$tests$source, ":")), " ", x$tests$outcome)
  warnings <- if (length(x$warnings)) paste0("warning: ", x$warnings)
  c(paste0("<tokcore detection, rule ", x$rule, ">"), found, tests, warnings)
}

#' @export
print.tokcore_detection <- function(x, ...) {
  writeLines(format(x))
  invisible(x)
}
