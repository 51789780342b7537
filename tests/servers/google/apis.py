"""A few pretended APIs, so that a token has something to open: Drive, BigQuery, projects."""

from __future__ import annotations

import re

from callers import caller
from http1 import Reply, Request, api_refusal
from routes import Routes
from world import World

routes = Routes()
FILES = [
    {"kind": "drive#file", "id": "file-1", "name": "penguins.csv", "mimeType": "text/csv"},
    {"kind": "drive#file", "id": "file-2", "name": "notes.txt", "mimeType": "text/plain"},
]
SCHEMA = {"fields": [{"name": "word", "type": "STRING"}, {"name": "n", "type": "INTEGER"}]}
ROWS = [("the", "25568"), ("I", "21028"), ("and", "19649")]
PROJECT = r"/bigquery/v2/projects/([^/]+)"


@routes.at("GET", "www", "/drive/v3/files")
@routes.at("GET", "drive", "/drive/v3/files")
def files(world: World, request: Request, _: re.Match[str]) -> Reply:
    caller(world, request, "drive", "drive.readonly", "drive.metadata.readonly", "drive.file")
    return Reply(200, {"kind": "drive#fileList", "incompleteSearch": False, "files": FILES})


@routes.at("GET", "www", "/drive/v3/about")
def about(world: World, request: Request, _: re.Match[str]) -> Reply:
    token = caller(world, request, "drive", "drive.readonly", "drive.file")
    return Reply(200, {"kind": "drive#about", "user": {"emailAddress": token.email}})


@routes.at("POST", "bigquery", PROJECT + "/queries")
def query(world: World, request: Request, match: re.Match[str]) -> Reply:
    caller(world, request, "bigquery", "cloud-platform")
    if not isinstance(request.json.get("query"), str):
        raise api_refusal(400, "INVALID_ARGUMENT", "Required parameter is missing: query")
    return _result(match[1], "job-1")


@routes.at("POST", "bigquery", PROJECT + "/jobs")
def job(world: World, request: Request, match: re.Match[str]) -> Reply:
    caller(world, request, "bigquery", "cloud-platform")
    if "configuration" not in request.json:
        raise api_refusal(400, "INVALID_ARGUMENT", "Required parameter is missing: configuration")
    return Reply(
        200,
        {
            "kind": "bigquery#job",
            "jobReference": {"projectId": match[1], "jobId": "job-1", "location": "US"},
            "status": {"state": "DONE"},
        },
    )


@routes.at("GET", "bigquery", PROJECT + r"/queries/([^/]+)")
def result(world: World, request: Request, match: re.Match[str]) -> Reply:
    caller(world, request, "bigquery", "bigquery.readonly", "cloud-platform")
    return _result(match[1], match[2])


@routes.at("GET", "bigquery", PROJECT + "/datasets")
def datasets(world: World, request: Request, match: re.Match[str]) -> Reply:
    caller(world, request, "bigquery", "bigquery.readonly", "cloud-platform", "cloud-platform.read-only")
    reference = {"projectId": match[1], "datasetId": "samples"}
    return Reply(200, {"kind": "bigquery#datasetList", "datasets": [{"datasetReference": reference}]})


def _result(project: str, job_id: str) -> Reply:
    return Reply(
        200,
        {
            "kind": "bigquery#queryResponse",
            "schema": SCHEMA,
            "jobReference": {"projectId": project, "jobId": job_id, "location": "US"},
            "totalRows": str(len(ROWS)),
            "rows": [{"f": [{"v": value} for value in row]} for row in ROWS],
            "jobComplete": True,
        },
    )


@routes.at("GET", "cloudresourcemanager", r"/v1/projects/([^/]+)")
def project(world: World, request: Request, match: re.Match[str]) -> Reply:
    caller(world, request, "cloud-platform", "cloud-platform.read-only")
    if match[1] not in (world.settings.project_number, world.settings.project_id):
        raise api_refusal(403, "PERMISSION_DENIED", "The caller does not have permission")
    return Reply(
        200,
        {
            "projectNumber": world.settings.project_number,
            "projectId": world.settings.project_id,
            "lifecycleState": "ACTIVE",
        },
    )
