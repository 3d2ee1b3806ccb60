# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the collection says about itself in more than one place is the same everywhere."""

from __future__ import annotations

import ast
import importlib
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.finops.cloudflare.plugins.module_utils._version import COLLECTION_VERSION

ROOT = Path(__file__).resolve().parents[3]
HEADER = """\
# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""
PLUGINS = {
    "module": sorted(path.stem for path in ROOT.glob("plugins/modules/*.py")),
    "filter": sorted(path.stem for path in ROOT.glob("plugins/filter/*.py")),
    "inventory": sorted(path.stem for path in ROOT.glob("plugins/inventory/*.py")),
}
ROLES = sorted(path.name for path in ROOT.glob("roles/*"))
PLAYBOOKS = sorted(path.stem for path in ROOT.glob("playbooks/*.yml"))


def tracked(*patterns: str) -> list[Path]:
    """List the files that git knows or would take, by pattern."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *patterns]
    listing = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [ROOT / name for name in sorted(set(listing.split("\0"))) if name and (ROOT / name).is_file()]


def read_yaml(path: str) -> Any:
    """Read a YAML file of the collection."""
    return yaml.safe_load((ROOT / path).read_text(encoding="utf-8"))


def make_targets() -> dict[str, str]:
    """Return the targets that `make help` lists, with their explanations."""
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z-]+):.*?## (.+)$", text, re.MULTILINE))


def test_metadata_one_version() -> None:
    assert read_yaml("galaxy.yml")["version"] == COLLECTION_VERSION
    assert list(read_yaml("changelogs/changelog.yaml")["releases"])[-1] == COLLECTION_VERSION
    assert f"v{COLLECTION_VERSION}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8").replace("\\", "")


def test_metadata_action_group_is_every_module_that_takes_a_token() -> None:
    asking = [name for name in PLUGINS["module"] if "connection_options()" in _source("modules", name)]
    assert sorted(read_yaml("meta/runtime.yml")["action_groups"]["cloudflare"]) == asking


def _source(kind: str, name: str) -> str:
    return (ROOT / "plugins" / kind / f"{name}.py").read_text(encoding="utf-8")


def test_metadata_the_readme_names_all_there_is_and_nothing_else() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    there_is = {*(name for names in PLUGINS.values() for name in names), *ROLES, *PLAYBOOKS}
    named = set(re.findall(r"`(?:finops\.cloudflare\.)?([a-z_]+)`", text))
    assert there_is - named == set()
    full_names = set(re.findall(r"\bfinops\.cloudflare\.([a-z_]+)\b", text))
    assert full_names - there_is - set(read_yaml("meta/runtime.yml")["action_groups"]) - {"git"} == set()


@pytest.mark.parametrize(
    ("role", "action"),
    [("budget_assert", "cloudflare_budget_verdicts"), ("usage_report", "cloudflare_usage_report")],
)
def test_metadata_role_defaults_are_those_of_the_action_that_it_runs(role: str, action: str) -> None:
    module = importlib.import_module(f"ansible_collections.finops.cloudflare.plugins.action.{action}")
    options = read_yaml(f"roles/{role}/meta/argument_specs.yml")["argument_specs"]["main"]["options"]
    for name, option in module.ActionModule.OPTIONS.items():
        if option.get("default") is not None and f"{role}_{name}" in options:
            assert options[f"{role}_{name}"]["default"] == option["default"], name


@pytest.mark.parametrize("role", ROLES)
def test_metadata_role_options_take_null_and_blank(role: str) -> None:
    # Ansible looks at these types before the first task of the role, and refuses a blank answer of a survey.
    options = read_yaml(f"roles/{role}/meta/argument_specs.yml")["argument_specs"]["main"]["options"]
    assert {option["type"] for option in options.values()} <= {"raw", "str", "path"}
    assert [name for name, option in options.items() if option.keys() & {"required", "choices", "elements"}] == []


@pytest.mark.parametrize("role", ROLES)
def test_metadata_every_role_option_is_used_and_every_used_variable_is_an_option(role: str) -> None:
    options = set(read_yaml(f"roles/{role}/meta/argument_specs.yml")["argument_specs"]["main"]["options"])
    used: set[str] = set()
    for path in tracked(f"roles/{role}/tasks", f"roles/{role}/templates", f"roles/{role}/vars"):
        used.update(re.findall(rf"\b{role}_[a-z0-9_]+\b", path.read_text(encoding="utf-8")))
    mentioned = {name for name in options if not name.startswith(f"{role}_")}
    assert options - mentioned - used == set()
    assert used - options == set()


@pytest.mark.parametrize("role", ROLES)
def test_metadata_the_role_readme_names_every_option(role: str) -> None:
    options = read_yaml(f"roles/{role}/meta/argument_specs.yml")["argument_specs"]["main"]["options"]
    text = (ROOT / "roles" / role / "README.md").read_text(encoding="utf-8")
    assert [name for name in options if f"`{name}`" not in text] == []
    assert set(re.findall(rf"`({role}_[a-z0-9_]+)`", text)) - set(options) == set()


def test_metadata_an_execution_environment_gets_what_the_modules_need() -> None:
    environment = read_yaml("meta/execution-environment.yml")
    assert environment["dependencies"] == {"python": "requirements.txt"}
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    needed = [line for line in lines if line and not line.startswith("#")]
    assert needed
    assert all(re.fullmatch(r"[a-z]+>=\d+(\.\d+)+", line) for line in needed)


@pytest.mark.parametrize("kind", ["in", "txt"])
def test_metadata_floors_are_tested_as_they_are_promised(kind: str) -> None:
    needed = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    promised = set(re.findall(r"^[a-z]+>=[\d.]+", needed, re.MULTILINE))
    promised.add(f"ansible-core{read_yaml('meta/runtime.yml')['requires_ansible']}")
    pins = "".join((ROOT / f"tests/requirements/{name}.{kind}").read_text("utf-8") for name in ("floor", "core/floor"))
    tested = {f"{name}>={version}" for name, version in re.findall(r"^([a-z-]+)==([\d.]+)", pins, re.MULTILINE)}
    assert promised - tested == set()


@pytest.mark.parametrize("folder", ["plugins", "roles", "playbooks"])
def test_metadata_the_artifact_takes_every_file_of_a_folder(folder: str) -> None:
    directives = [directive.split() for directive in read_yaml("galaxy.yml")["manifest"]["directives"]]
    taken = {
        pattern.removeprefix("**")
        for word, first, *patterns in directives
        if word == "recursive-include" and first == folder
        for pattern in patterns
    }
    assert {path.suffix for path in tracked(folder)} - taken == set()


def test_metadata_every_python_file_says_under_which_licence_it_is() -> None:
    paths = tracked("*.py")
    assert paths
    texts = {path: path.read_text(encoding="utf-8").removeprefix("#!/usr/bin/python\n\n") for path in paths}
    assert [path for path, text in texts.items() if not text.startswith(HEADER)] == []


def test_metadata_the_supported_versions_are_those_that_are_tested() -> None:
    source = ast.parse((ROOT / "noxfile.py").read_text(encoding="utf-8"))
    [cores] = [
        ast.literal_eval(node.value)
        for node in source.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "CORES"
    ]
    said = re.findall(r"([0-9.]+) on Python ([0-9.]+)", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert dict(said) == cores
    jobs = read_yaml(".github/workflows/test.yml")["jobs"]["test"]["strategy"]["matrix"]["include"]
    assert {job["core"]: job["python"] for job in jobs} == cores
    oldest = read_yaml("meta/runtime.yml")["requires_ansible"]
    assert oldest.startswith(f">={min(cores, key=lambda core: int(core.partition('.')[2]))}")


def test_metadata_make_help_lists_every_target() -> None:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    phony = next(line for line in text.splitlines() if line.startswith(".PHONY:"))
    helped = make_targets()
    assert set(phony.split()[1:]) == set(helped)
    listed = subprocess.run(["make", "help"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    assert [target for target in helped if f"make {target} " not in listed] == []


def test_metadata_documents_name_only_targets_that_are_there() -> None:
    named: set[str] = set()
    for path in tracked("*.md", "*.rst"):
        text = path.read_text(encoding="utf-8")
        named.update(re.findall(r"(?:^|`)make ([a-z-]+)", text, re.MULTILINE))
    assert named - set(make_targets()) == set()


def test_metadata_workflows_run_the_same_command_with_actions_that_cannot_change() -> None:
    workflows = tracked(".github/workflows")
    used = [line for path in workflows for line in re.findall(r"uses: (\S+)", path.read_text(encoding="utf-8"))]
    assert used
    assert [action for action in used if not re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", action)] == []
    assert any("run: .ci/run" in path.read_text(encoding="utf-8") for path in workflows)
    assert "make test" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
