# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stands in for each module of the collection awx.awx: the same options, and the same effect on the API.

A test writes it under the name of the module, with what is between at signs filled in.
"""

from __future__ import annotations

import json
import os
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from ansible.module_utils.basic import AnsibleModule

NAME = "@name@"
OPTIONS: dict[str, Any] = json.loads(r"""@options@""")
# Options that name another object, and options that are lists of such.
NAMED = {
    "organization": "organizations",
    "credential_type": "credential_types",
    "inventory": "inventories",
    "project": "projects",
    "execution_environment": "execution_environments",
    "unified_job_template": "unified_job_templates",
    "workflow_job_template": "workflow_job_templates",
}
LISTED = {
    "credentials": "credentials",
    "notification_templates_error": "notification_templates",
    "notification_templates_success": "notification_templates",
    "always_nodes": "workflow_job_template_nodes",
}
# Options that are no fields of the object.
ACTIONS = {"state", "update_secrets", "update_project", "wait", "interval", "survey_spec", "timeout", "pull"}
AS_TEXT = {"variables", "extra_vars"}


class Controller:
    """The API."""

    def __init__(self, module: AnsibleModule) -> None:
        self.module = module
        self.changed = False

    def ask(self, method: str, path: str, data: dict[str, Any] | None = None) -> Any:
        """Return the answer, or fail with what is wrong."""
        headers = {"Authorization": f"Bearer {os.environ['CONTROLLER_OAUTH_TOKEN']}"}
        body = None if data is None else json.dumps(data).encode()
        request = Request(os.environ["CONTROLLER_HOST"] + path, body, headers, method=method)
        try:
            with urlopen(request) as answer:
                return json.loads(answer.read() or b"null")
        except HTTPError as error:
            return self.module.fail_json(msg=f"{NAME}: {json.loads(error.read())['detail']}")

    def find(self, endpoint: str, **query: Any) -> dict[str, Any] | None:
        """Return the one object that is meant, or None."""
        found = self.ask("GET", f"/api/v2/{endpoint}/?{urlencode(query)}")
        if found["count"] > 1:
            self.module.fail_json(msg=f"{endpoint} has {found['count']} of {query}, expected 1")
        return found["results"][0] if found["count"] else None

    def ident(self, endpoint: str, name: str, **query: Any) -> int:
        """Return the id of an object that must be there."""
        key = "identifier" if endpoint.endswith("_nodes") else "name"
        found: Any = self.find(endpoint, **{key: name}, **query)
        if found is None:
            self.module.fail_json(msg=f"{endpoint} has no {name}")
        return int(found["id"])

    def write(self, method: str, path: str, data: dict[str, Any]) -> Any:
        """Return the answer to a change."""
        self.changed = True
        return self.ask(method, path, data)


def same(old: Any, new: Any, *, secrets: bool) -> bool:
    """Tell whether a field has its value already; what is encrypted is taken for the same unless it must not be."""
    if isinstance(old, dict) and isinstance(new, dict):
        return old.keys() == new.keys() and all(same(old[key], new[key], secrets=secrets) for key in new)
    return old == new or (old == "$encrypted$" and not secrets)


def kept(controller: Controller, endpoint: str, given: dict[str, Any]) -> dict[str, Any]:
    """Return the object after it was made or changed where it has to be."""
    fields = {key: controller.ident(NAMED[key], value) if key in NAMED else value for key, value in given.items()
              if key not in ACTIONS | LISTED.keys()}  # fmt: skip
    fields |= {key: json.dumps(fields[key]) for key in AS_TEXT & fields.keys()}
    if endpoint.endswith("_nodes"):
        del fields["organization"]
        query = {key: fields[key] for key in ("identifier", "workflow_job_template")}
    else:
        query = {"name": fields["name"]}
    item = controller.find(endpoint, **query)
    if item is None:
        return dict(controller.write("POST", f"/api/v2/{endpoint}/", fields))
    secrets = given.get("update_secrets", True)
    if not all(same(item.get(key), value, secrets=secrets) for key, value in fields.items()):
        item = controller.write("PATCH", item["url"], fields)
    return item


def associate(controller: Controller, item: dict[str, Any], given: dict[str, Any]) -> None:
    """Associate the object with what is listed."""
    for key in LISTED.keys() & given.keys():
        query = {name: item[name] for name in ("workflow_job_template",) if name in item}
        wanted = {controller.ident(LISTED[key], name, **query) for name in given[key]}
        there = {each["id"] for each in controller.ask("GET", f"{item['url']}{key}/")["results"]}
        for ident in wanted - there:
            controller.write("POST", f"{item['url']}{key}/", {"id": ident})
        for ident in there - wanted:
            controller.write("POST", f"{item['url']}{key}/", {"id": ident, "disassociate": True})


def sync(controller: Controller, project: dict[str, Any], given: dict[str, Any]) -> None:
    """Wait for the sync of a project that was changed, or sync it where that is asked for."""
    running = project["summary_fields"].get("current_update")
    if running:
        update = controller.ask("GET", f"/api/v2/project_updates/{running['id']}/")
    elif given["update_project"]:
        update = controller.ask("POST", project["related"]["update"], {})
        controller.changed = update["scm_revision"] != project["scm_revision"]
    else:
        return
    if update["status"] != "successful":
        controller.module.fail_json(msg="Project update failed")


def main() -> None:
    """Run the module."""
    module = AnsibleModule(argument_spec=OPTIONS)
    controller = Controller(module)
    given = {key: value for key, value in module.params.items() if value is not None}
    endpoint = "inventories" if NAME == "inventory" else f"{NAME}s"
    item = kept(controller, endpoint, given)
    associate(controller, item, given)
    if NAME == "project":
        sync(controller, item, given)
    survey = item["related"]["survey_spec"]
    if "survey_spec" in given and controller.ask("GET", survey) != given["survey_spec"]:
        controller.write("POST", survey, given["survey_spec"])
    module.exit_json(changed=controller.changed, id=item["id"])


if __name__ == "__main__":
    main()
