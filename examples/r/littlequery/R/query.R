#' Questions and datasets
#'
#' @param project The id of the project that is asked, and charged.
#' @param sql A question in SQL.
#' @returns `lq_query()`: the answer, a data frame. `lq_datasets()`: the names of the project's datasets.
#' @examples
#' \dontrun{
#' lq_query("my-project", "SELECT word, n FROM samples.shakespeare")
#' }
#' @export
lq_query <- function(project, sql) {
  answer <- lq_api(project, "queries") |>
    httr2::req_body_json(list(query = sql, useLegacySql = FALSE)) |>
    httr2::req_perform() |>
    httr2::resp_body_json()
  as_data_frame(answer)
}

#' @rdname lq_query
#' @export
lq_datasets <- function(project) {
  answer <- lq_api(project, "datasets") |> httr2::req_perform() |> httr2::resp_body_json()
  vapply(answer$datasets, function(dataset) dataset$datasetReference$datasetId, "")
}

# `littlequery.curl`: options of curl for where the network wants them, such as `list(cainfo = "company.pem")`.
lq_api <- function(project, path) {
  base <- getOption("littlequery.api", "https://bigquery.googleapis.com")
  request <- httr2::request(base) |>
    httr2::req_url_path_append("bigquery/v2/projects", project, path) |>
    tokcore::req_auth_tokcore(lq_token())
  do.call(httr2::req_options, c(list(request), getOption("littlequery.curl")))
}

as_data_frame <- function(answer) {
  columns <- lapply(seq_along(answer$schema$fields), function(at) {
    field <- answer$schema$fields[[at]]
    text <- vapply(answer$rows, function(row) {
      value <- row$f[[at]]$v
      if (is.null(value)) NA_character_ else as.character(value)
    }, "")
    if (field$type %in% c("INTEGER", "FLOAT", "NUMERIC")) as.numeric(text) else text
  })
  names(columns) <- vapply(answer$schema$fields, function(field) field$name, "")
  as.data.frame(columns)
}
