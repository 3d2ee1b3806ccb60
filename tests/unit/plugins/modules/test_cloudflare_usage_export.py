# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module that exports, as Ansible runs it: its options, its results as documented, and the files it leaves."""

from __future__ import annotations

import ast
import json
import os
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from ansible.module_utils.basic import AnsibleModule

from ansible_collections.finops.cloudflare.playbooks.files.cloudflare_simulator import Config, Simulator
from ansible_collections.finops.cloudflare.plugins.module_utils._export.export import EXPORT_SCHEMA
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.parameters import check_query
from ansible_collections.finops.cloudflare.plugins.modules import cloudflare_usage_export as module
from ansible_collections.finops.cloudflare.tests.unit.plugins.module_utils.usage_factories import execute
from ansible_collections.finops.cloudflare.tests.unit.plugins.modules.module_runs import (
    never_seen,
    returned_schema,
    run,
)

ACCOUNT = "023e105f4ecef8ad9ca31a8372d0c353"
ORGANIZATION = "a7b9c3d2e8f4a1b5c6d7e8f9a0b1c2d3"
TOKEN = "token-that-must-not-show"
MAY = {"from": "2025-05-01", "to": "2025-05-31"}
RETURN = yaml.safe_load(module.RETURN)
SUCCESS = returned_schema({name: entry for name, entry in RETURN.items() if name != "failure"})
Run = Callable[..., dict[str, Any]]


@pytest.fixture
def usage_export(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Run the module for May against a simulator with these faults, to a file; an option that is None is not given."""
    warned: list[str] = []
    # Where Ansible's controller is imported too, as in these tests, a warning would go to its display.
    monkeypatch.setattr(AnsibleModule, "warn", lambda _module, text: warned.append(text))
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)

    def call(*faults: str, **options: Any) -> dict[str, Any]:
        warned.clear()
        config = Config(today=date(2025, 6, 2), accounts=2, metrics=2, token=TOKEN)
        with Simulator(config, faults=faults) as simulator:
            given = {"account_id": ACCOUNT, "dest": str(tmp_path / "usage"), "max_retries": 0, **MAY, **options}
            address = {"api_url": simulator.base_url, "api_token": TOKEN}
            arguments = {name: value for name, value in {**address, **given}.items() if value is not None}
            work = tmp_path / "tmp"
            work.mkdir(exist_ok=True)
            result = run(module.main, capsys, _ansible_remote_tmp=str(work), **arguments)
        assert TOKEN not in json.dumps(result)
        result["warnings"] = list(warned)
        return result

    return call


def test_export_module_results_are_what_the_documentation_says(usage_export: Run, tmp_path: Path) -> None:
    split = {
        "account_id": None,
        "organization_id": ORGANIZATION,
        "partition_by": ["account"],
        "dest": str(tmp_path / "set"),
    }
    results = [
        usage_export(mode="0640"),
        usage_export(mode="0640"),
        usage_export(format="parquet", cycle_day=1),
        usage_export(**split),
        usage_export(f"drop=account:{ACCOUNT}", **split, on_partial="write"),
        usage_export("drop=day:2025-05-31", on_partial="write"),
        usage_export("drop=column:ChargeCategory", metric=["no_such_metric"], on_empty="keep"),
    ]
    for result in results:
        jsonschema.validate({name: result[name] for name in RETURN if name in result}, SUCCESS)
    assert [result["changed"] for result in results] == [True, False, True, True, False, True, False]
    documented = {name: entry for name, entry in RETURN.items() if name not in ("failure", "mode")}
    assert never_seen(documented, results) == set()
    # Ansible's own: newer ones tell of the invocation only when asked to.
    own = {"uid", "gid", "owner", "group", "mode", "state", "size", "changed", "invocation", "warnings"}
    assert {name for result in results for name in result} - own == documented.keys() - own
    assert [len(result["warnings"]) for result in results] == [0, 0, 0, 0, 1, 1, 1]


def test_export_module_mode_is_set_and_kept(usage_export: Run, tmp_path: Path) -> None:
    usage_export(mode="0600")
    assert (tmp_path / "usage").stat().st_mode & 0o777 == 0o600
    assert usage_export("restate=5")["mode"] == "0600"
    assert usage_export("restate=5", mode="0640", _ansible_check_mode=True)["changed"]
    assert (tmp_path / "usage").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o640), (0o000, 0o640), (0o077, 0o600)])
def test_export_without_mode_is_not_for_everybody_to_read(
    usage_export: Run, tmp_path: Path, umask: int, mode: int
) -> None:
    split = {"account_id": None, "organization_id": ORGANIZATION, "partition_by": ["month"]}
    before = os.umask(umask)
    try:
        usage_export()
        usage_export(**split, dest=str(tmp_path / "set"))
        assert os.umask(umask) == umask
    finally:
        os.umask(before)
    modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "set").rglob("*")}
    assert modes == {
        "month=2025-05": mode | 0o100 | (mode & 0o040) >> 2,
        f"organization-{ORGANIZATION}.csv": mode,
        ".finops-cloudflare.json": mode,
    }
    assert (tmp_path / "usage").stat().st_mode & 0o777 == mode
    (tmp_path / "usage").chmod(0o604)
    assert usage_export("restate=5")["mode"] == "0604"


def test_export_module_check_mode_and_diff_come_from_ansible(usage_export: Run, tmp_path: Path) -> None:
    result = usage_export(mode="0640", _ansible_check_mode=True, _ansible_diff=True)
    assert result["changed"]
    assert result["diff"]["before"] == {}
    assert result["diff"]["after"][str(tmp_path / "usage")]["rows"] == 62
    assert not (tmp_path / "usage").exists()


@pytest.mark.parametrize(
    ("faults", "options", "kind"),
    [
        ((), {"cycle_day": 32}, "parameters"),
        (("status=403",), {}, "refused"),
        (("drop=day:2025-05-31",), {}, "incomplete"),
        (("drop=metric:workers_standard_requests", "drop=metric:r2_storage"), {}, "incomplete"),
        ((), {"dest": "/no/such/folder/usage.csv"}, "export"),
    ],
)
def test_export_module_a_failure_leaves_nothing_behind(
    usage_export: Run, tmp_path: Path, faults: tuple[str, ...], options: dict[str, Any], kind: str
) -> None:
    result = usage_export(*faults, **options)
    assert result["failed"] is True
    assert result["failure"]["kind"] == kind
    assert len(result["msg"]) > 40
    if kind == "incomplete":
        jsonschema.validate({"failure": result["failure"]}, returned_schema({"failure": RETURN["failure"]}))
        assert never_seen(RETURN["failure"]["contains"], [result["failure"]]) == set()
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_export_module_the_options_are_those_of_the_schema() -> None:
    assert set(module.options()) == set(EXPORT_SCHEMA["properties"])


def test_export_module_examples_are_tasks_whose_options_are_accepted() -> None:
    name = "finops.cloudflare.cloudflare_usage_export"
    own = [task[name] for task in yaml.safe_load(module.EXAMPLES) if name in task]
    assert len(own) >= 3
    for options in own:
        given = {"api_token": TOKEN, "api_url": "https://api.example.com", **options}
        plain = {key: TOKEN if "{{" in str(value) else value for key, value in given.items()}
        assert check_query(plain, date(2026, 6, 1), EXPORT_SCHEMA) == plain
        assert set(options) - {"mode"} <= set(module.options())


def test_export_module_the_module_that_only_reads_has_none_of_the_files_for_exports() -> None:
    folder = Path(str(module.__file__)).parents[1]
    todo, seen = [folder / "modules" / "cloudflare_usage_info.py"], set[str]()
    while todo:
        for node in ast.walk(ast.parse(todo.pop().read_text(encoding="utf-8"))):
            name = (node.module or "").partition(".module_utils.")[2] if isinstance(node, ast.ImportFrom) else ""
            path = folder / "module_utils" / f"{name.replace('.', '/')}.py"
            if name and name not in seen and path.is_file():
                seen.add(name)
                todo.append(path)
    assert {"_usage.query", "_usage.aggregation", "_api.decoder"} <= seen
    assert not [name for name in seen if name.startswith("_export")]


def test_export_module_the_module_runs_when_it_is_run(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CLOUDFLARE_API_TOKEN", raising=False)
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])
    result = run(lambda: execute(str(module.__file__), "__main__"), capsys, account_id=ACCOUNT, dest="usage.csv")
    assert result["failure"]["kind"] == "parameters"
