# gargle's arguments `cache` and `email`, with its meanings, and its folder.

# Where gargle's argument `cache` leads: "memory", or a store.
place_of_cache <- function(cache) {
  if (inherits(cache, "tokcore_store")) return(cache)
  if (length(cache) != 1 || !(is.logical(cache) || is.character(cache))) {
    refuse("cache must be TRUE, FALSE, NA, a folder or a tok_store()", "TRUE keeps credentials, NA asks first, FALSE keeps none")
  }
  if (is_na(cache)) {
    cache <- may_keep()
    # Asked once in a session.
    answered$cache <- cache
    options(gargle_oauth_cache = cache)
  }
  if (isFALSE(cache)) return("memory")
  if (isTRUE(cache)) return(tok_store())
  make_cache_folder(cache)
  tok_store(cache)
}

# What was answered when it was asked whether sign-ins may be kept.
answered <- new.env(parent = emptyenv())

# What gargle's option says. Where that is such an answer, it gives way to what somebody has said since in tokcore's own ways.
cache_by_option <- function() {
  said <- getOption("gargle_oauth_cache")
  is_answer <- !is.null(said) && identical(said, answered$cache)
  if (is_answer && !identical(default_store(), "existing")) NULL else said
}

# A folder that is there was agreed to before.
may_keep <- function() {
  folder <- oauth_cache_path()
  if (is.null(folder)) return(FALSE)
  if (dir.exists(folder)) return(TRUE)
  if (!is_interactive()) return(FALSE)
  question <- paste0("May credentials be kept in ", folder, " for the sessions to come?")
  identical(choose(c(question, "Yes", "No"), FALSE), 1L)
}

make_cache_folder <- function(path) {
  path <- path.expand(path)
  if (dir.exists(path)) return(invisible())
  dir.create(path, recursive = TRUE, mode = "0700", showWarnings = FALSE)
  if (dir.exists(path)) keep_out_of_project(normalizePath(path))
  invisible()
}

# What is inside of a package is not built into it, and what is inside of a repository is not committed.
keep_out_of_project <- function(folder) {
  package <- folder_above(folder, "DESCRIPTION")
  if (!is.null(package)) {
    pattern <- gsub("([][{}()+*^$|\\\\?.])", "\\\\\\1", below(folder, package))
    add_line(file.path(package, ".Rbuildignore"), paste0("^", pattern, "$"))
  }
  repository <- folder_above(folder, c(".git", ".gitignore"))
  if (!is.null(repository)) {
    path <- below(folder, repository)
    add_line(file.path(repository, ".gitignore"), if (grepl("/", path)) paste0("/", path, "/") else path)
  }
}

# The closest folder above that has one of these.
folder_above <- function(folder, marks) {
  repeat {
    above <- dirname(folder)
    if (above == folder) return(NULL)
    if (any(file.exists(file.path(above, marks)))) return(above)
    folder <- above
  }
}

below <- function(folder, above) substring(folder, nchar(above) + if (endsWith(above, "/")) 1 else 2)

add_line <- function(file, line) {
  lines <- if (file.exists(file)) readLines(file, warn = FALSE)
  if (line %in% lines) return(invisible())
  message("Adding ", line, " to ", file)
  writeLines(c(lines[nzchar(lines)], line), file)
}

# gargle's argument `email` as the engine's setting. The empty text is for the engine to refuse.
account_of <- function(email) {
  if (is.null(email)) return(NULL)
  if (length(email) == 1 && is.na(email) || isFALSE(email)) return("new")
  if (isTRUE(email)) return("any")
  if (is_text(email)) return(email)
  refuse("email must be an address, a pattern of addresses, TRUE, FALSE or NA",
         "TRUE takes whichever account is stored, FALSE and NA sign in anew")
}

# What stands behind the hash in the name of gargle's file for such an `email`.
gargle_suffix <- function(email) {
  if (is.null(email)) return("")
  if (isTRUE(email)) return("*")
  if (isFALSE(email) || is.na(email)) "NA" else email
}

# gargle's folder.
gargle_folder <- function() {
  r_cache <- Sys.getenv("R_USER_CACHE_DIR")
  if (nzchar(r_cache)) return(file.path(r_cache, "gargle"))
  if (Sys.info()[["sysname"]] == "Darwin") return(path.expand("~/Library/Caches/gargle"))
  if (.Platform$OS.type == "windows") return(file.path(Sys.getenv("LOCALAPPDATA"), "gargle", "gargle", "Cache"))
  cache <- Sys.getenv("XDG_CACHE_HOME")
  file.path(if (nzchar(cache)) cache else path.expand("~/.cache"), "gargle")
}

gargle_name <- "^([0-9a-f]+)_(.*?)$"

# A shortened text: the beginning and the end, when something between them is left out.
shorten <- function(text, first = 7, last = 0) {
  is_long <- nchar(text) > first + last
  end <- substring(text, nchar(text) - last + 1)
  ifelse(is_long, paste0(substring(text, 1, first), "...", if (last > 0) end else ""), text)
}
