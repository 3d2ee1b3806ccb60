# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stands in for the API of AWX: keeps what it is given, in memory, and refuses what AWX refuses.

Addresses, names of fields and rules are those of AWX 24.6.1, as far as `docs/examples/awx/setup.yml` meets them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import jinja2
import jinja2.meta
import jinja2.sandbox

Fields = dict[str, Any]
ENCRYPTED = "$encrypted$"
UNIFIED = ("projects", "job_templates", "workflow_job_templates")
# What a job is when AWX tries a message out, as far as our messages go.
STUB = {"job": {"name": "Stub JobTemplate", "artifacts": {}, "id": 42}, "url": "https://awx.example.com/#/jobs/1"}
QUESTIONS: dict[str, type | tuple[type, ...]] = {
    "text": str, "textarea": str, "password": str, "integer": int, "float": (int, float),
    "multiplechoice": str, "multiselect": (list, str),
}  # fmt: skip


class RefusedError(Exception):
    """AWX would answer with 400."""


class Awx:
    """The objects of an AWX. ``playbooks`` are those in the repository, ``syncs`` how the next syncs of it end."""

    def __init__(self, playbooks: Iterable[str]) -> None:
        self.playbooks = set(playbooks)
        self.syncs: list[str] = []
        self.objects: dict[str, dict[int, Fields]] = {"organizations": {1: {"id": 1, "name": "Default"}}}
        self.links: dict[tuple[int, str], list[int]] = {}
        self.surveys: dict[int, Fields] = {}
        self.writes: list[str] = []
        self._ids = count(2)

    def one(self, endpoint: str, name: str) -> Fields:
        """Return the one object of a name."""
        [found] = [each for each in self.objects[endpoint].values() if name in (each.get("name"), each["id"])]
        return found

    def linked(self, endpoint: str, item: Fields, kind: str) -> list[str]:
        """Return the names of what an object is associated with."""
        there = self.objects[endpoint]
        return [str(there[ident].get("name") or there[ident]["identifier"]) for ident in self._links(item, kind)]

    def _links(self, item: Fields, kind: str) -> list[int]:
        return self.links.setdefault((item["id"], kind), [])

    def answer(self, method: str, path: str, query: dict[str, str], data: Fields) -> tuple[int, Any]:
        """Return the status and the content of the answer to a request."""
        if method != "GET":
            self.writes.append(f"{method} {path}")
        match [method, *path.strip("/").split("/")[2:]]:
            case ["GET", endpoint]:
                found = [self._shown(endpoint, each) for each in self._search(endpoint, query)]
                return 200, {"count": len(found), "results": found, "next": None}
            case ["POST", endpoint]:
                return 201, self._create(endpoint, data)
            case ["GET", endpoint, ident]:
                return 200, self._shown(endpoint, self.objects[endpoint][int(ident)])
            case ["PATCH", endpoint, ident]:
                return 200, self._change(endpoint, self.objects[endpoint][int(ident)], data)
            case ["GET", "job_templates", ident, "survey_spec"]:
                return 200, self.surveys.get(int(ident), {})
            case ["POST", "job_templates", ident, "survey_spec"]:
                check_survey(data)
                self.surveys[int(ident)] = data
                return 200, {}
            case ["POST", "projects", ident, "update"]:
                return 202, self._sync(self.objects["projects"][int(ident)])
            case ["GET", endpoint, ident, kind]:
                links = self.links.get((int(ident), kind), [])
                return 200, {"count": len(links), "results": [{"id": each} for each in links], "next": None}
            case ["POST", endpoint, ident, kind]:
                links = self._links(self.objects[endpoint][int(ident)], kind)
                (links.remove if data.get("disassociate") else links.append)(data["id"])
                return 204, None
            case _:
                raise RefusedError(f"{method} {path}: no such address")

    def _search(self, endpoint: str, query: dict[str, str]) -> list[Fields]:
        names = UNIFIED if endpoint == "unified_job_templates" else (endpoint,)
        every = [each for name in names for each in self.objects.get(name, {}).values()]
        return [each for each in every if all(str(each.get(field, "")) == value for field, value in query.items())]

    def _shown(self, endpoint: str, item: Fields) -> Fields:
        url = f"/api/v2/{endpoint}/{item['id']}/"
        related = {"survey_spec": f"{url}survey_spec/", "update": f"{url}update/"}
        shown = {**item, "url": url, "type": endpoint[:-1], "related": related}
        shown.setdefault("summary_fields", {})
        if endpoint == "credentials":
            kind = self.objects["credential_types"][item["credential_type"]]
            secret = {field["id"] for field in kind["inputs"]["fields"] if field.get("secret")}
            shown["inputs"] = {key: ENCRYPTED if key in secret else value for key, value in item["inputs"].items()}
        return shown

    def _create(self, endpoint: str, data: Fields) -> Fields:
        item = {"id": next(self._ids), **data}
        item = self._checked(endpoint, item)
        if any(all(each.get(key) == item.get(key) for key in ("name", "identifier", "organization"))
               for each in self.objects.setdefault(endpoint, {}).values()):  # fmt: skip
            raise RefusedError("there is one of this name already")
        self.objects[endpoint][item["id"]] = item
        if endpoint != "projects":
            return self._shown(endpoint, item)
        item.update({"scm_revision": "", "status": ""})
        update = self._sync(item)
        return {**self._shown(endpoint, item), "summary_fields": {"current_update": {"id": update["id"]}}}

    def _change(self, endpoint: str, item: Fields, data: Fields) -> Fields:
        item.update(self._checked(endpoint, {**item, **data}))
        return self._shown(endpoint, item)

    def _sync(self, project: Fields) -> Fields:
        status = self.syncs.pop(0) if self.syncs else "successful"
        project["status"] = status
        if status == "successful":
            project["scm_revision"] = "d1e5b2c"
        update = {
            "id": next(self._ids),
            "name": project["name"],
            "status": status,
            "failed": status != "successful",
            "finished": "2026-01-01T06:23:00Z",
            "scm_revision": project["scm_revision"],
        }
        self.objects.setdefault("project_updates", {})[update["id"]] = update
        return self._shown("project_updates", update)

    def _checked(self, endpoint: str, item: Fields) -> Fields:
        """Return an object with what AWX adds to it."""
        match endpoint:
            case "credential_types":
                check_injectors(item)
            case "credentials":
                kind = self.objects["credential_types"][item["credential_type"]]
                named = {field["id"] for field in kind["inputs"]["fields"]}
                if item["inputs"].keys() - named or kind["inputs"].get("required", []) - item["inputs"].keys():
                    raise RefusedError("inputs are not those of the credential type")
            case "job_templates":
                project = self.objects["projects"][item["project"]]
                if project["status"] != "successful" or item["playbook"] not in self.playbooks:
                    raise RefusedError("Playbook not found for project.")
            case "notification_templates":
                check_messages(item["messages"])
                settings = {"disable_ssl_verification": False, "username": "", "password": ""}
                given = {**settings, **item["notification_configuration"]}
                if {"url", "http_method", "headers"} - given.keys():
                    raise RefusedError("Missing required fields for Notification Configuration")
                item = {**item, "notification_configuration": given}
            case "schedules":
                if not re.fullmatch(r"DTSTART:\d{8}T\d{6}Z RRULE:FREQ=[A-Z]+;INTERVAL=\d+(;\S+)?", item["rrule"]):
                    raise RefusedError("rrule needs one DTSTART with a zone, and one RRULE with an INTERVAL")
        return item


def check_injectors(kind: Fields) -> None:
    """Refuse injectors that use what is no input."""
    environment = jinja2.Environment(autoescape=False)
    names = {field["id"] for field in kind["inputs"]["fields"]}
    for template in kind["injectors"]["env"].values():
        if jinja2.meta.find_undeclared_variables(environment.parse(template)) - names:
            raise RefusedError("an injector uses an undefined field")


def check_messages(messages: Fields) -> None:
    """Refuse messages that can't be rendered for a job that has published nothing."""
    for event, parts in messages.items():
        if event not in ("started", "success", "error") or parts.keys() - {"message", "body"}:
            raise RefusedError(f"{event}: no such event, or more than message and body")
        if "\n" in parts.get("message", ""):
            raise RefusedError("Messages cannot contain newlines")
        for text in parts.values():
            environment = jinja2.sandbox.ImmutableSandboxedEnvironment(undefined=jinja2.StrictUndefined)
            try:
                environment.from_string(text).render(STUB)
            except jinja2.TemplateError as error:
                raise RefusedError(f"Unable to render message: {error}") from None


def check_survey(survey: Fields) -> None:
    """Refuse a survey that AWX would not keep."""
    if not (isinstance(survey.get("name"), str) and isinstance(survey.get("description"), str) and survey.get("spec")):
        raise RefusedError("a survey needs a name, a description and questions")
    variables = [question["variable"] for question in survey["spec"]]
    if len(set(variables)) < len(variables):
        raise RefusedError("a variable is asked for twice")
    for question in survey["spec"]:
        if not (question["question_name"] and isinstance(question["required"], bool)):
            raise RefusedError("a question needs a text, and whether it is required")
        kind, default = question["type"], question.get("default", "")
        if kind not in QUESTIONS or (default != "" and not isinstance(default, QUESTIONS[kind])):
            raise RefusedError(f"{question['variable']}: no such type, or its default is of another")
        if kind.startswith("multi") and not question["choices"]:
            raise RefusedError(f"{question['variable']}: choices are missing")


def serve(awx: Awx) -> ThreadingHTTPServer:
    """Return a server that answers for an AWX, on a port of loopback."""

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            """Leave out what would be logged."""

        def _answer(self) -> None:
            address = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            try:
                if self.headers["Authorization"] != "Bearer of-awx":
                    raise RefusedError("no token")
                query = dict(parse_qsl(address.query))
                status, content = awx.answer(self.command, address.path, query, json.loads(body) if body else {})
            except (RefusedError, KeyError) as error:
                status, content = 400, {"detail": str(error)}
            text = b"" if content is None else json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            self._answer()

        def do_PATCH(self) -> None:
            self._answer()

    return ThreadingHTTPServer(("127.0.0.1", 0), Handler)
