# The conformance vectors as R sees them: defaults and names filled in. The schema is in tests/vectors/README.md.

fill_in <- function(case, defaults) {
  for (name in setdiff(names(defaults), names(case))) case[name] <- defaults[name]
  for (name in c("env", "files")) {
    # modifyList() merges member by member and lets NULL remove.
    case[[name]] <- utils::modifyList(as.list(defaults[[name]]), as.list(case[[name]]))
  }
  case
}

put_names <- function(value, names) {
  if (is.list(value)) {
    value[] <- lapply(value, put_names, names)
  } else if (is.character(value)) {
    for (name in base::names(names)) value <- gsub(paste0("${", name, "}"), names[[name]], value, fixed = TRUE)
  }
  value
}

read_vectors <- function(file) {
  table <- jsonlite::fromJSON(file, simplifyVector = FALSE)
  lapply(table$cases, function(case) {
    case <- put_names(fill_in(case, table$defaults), table[["let"]])
    case$secrets <- unlist(table$secrets)
    case
  })
}

# The replay server; it ends with this R process, whose end of the pipe closes.
start_replay <- function(program) {
  log <- tempfile()
  file.create(log)
  pipe <- pipe(paste(shQuote(program), ">", shQuote(log)), "w")
  if (!wait_for(function() any(grepl("listening on", readLines(log))))) stop("the replay server did not start")
  address <- sub(".*listening on ", "", grep("listening on", readLines(log), value = TRUE))
  list(
    pipe = pipe,
    address = address,
    ca = http(address, "GET", "/__ca"),
    other_ca = http(address, "GET", "/__ca/other"),
    tls = http(address, "GET", "/__tls"),
    seen = function(case) jsonlite::fromJSON(http(address, "GET", paste0("/__log/", case$id)), FALSE)$requests
  )
}

# Makes the case's files and runs `code(case)` in the case's environment.
staged <- function(server, case, unset, code) {
  folder <- tempfile("case")
  dir.create(folder)
  on.exit(unlink(folder, recursive = TRUE))
  http(server$address, "POST", paste0("/__reset/", case$id), jsonlite::toJSON(list(dir = folder), auto_unbox = TRUE))
  places <- list(
    base = paste0(server$address, "/", case$id),
    other_base = paste0(sub("127.0.0.1", "localhost", server$address, fixed = TRUE), "/", case$id),
    tls_base = paste0(server$tls, "/", case$id),
    dir = folder, ca = server$ca, other_ca = server$other_ca
  )
  replay <- case$http
  case <- put_names(case, places)
  case$http <- replay
  for (name in names(case$files)) {
    content <- case$files[[name]]
    path <- file.path(folder, name)
    if (is.character(content)) {
      writeBin(charToRaw(content), path)
    } else if (isTRUE(content$directory)) {
      dir.create(path)
    } else {
      socket <- open_socket(path)
      on.exit(close(socket), add = TRUE)
    }
  }
  with_world(case$env, code(case), unset)
}

# R cannot listen on a Unix socket; Python can. It does as long as the connection is open.
open_socket <- function(path) {
  python <- Sys.which("python3")
  if (!nzchar(python)) testthat::skip("python3, which opens the socket of this case, is not installed")
  program <- "import socket, sys; s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); s.listen(); sys.stdin.read()"
  connection <- pipe(paste(shQuote(python), "-c", shQuote(program), shQuote(path)), "w")
  if (!wait_for(function() file.exists(path))) stop("no socket at ", path)
  connection
}
