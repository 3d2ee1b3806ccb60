# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pipelines for Azure and Bitbucket: their lines of shell as they stand, with a script in place of the playbook."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

if TYPE_CHECKING:
    from ansible_collections.finops.cloudflare.tests.integration.recipes.conftest import Checkout, Done

ROOT = Path(__file__).resolve().parents[3]
CI = ROOT / "docs" / "examples" / "ci"
AZURE, BITBUCKET = CI / "azure-pipelines.yml", CI / "bitbucket-pipelines.yml"
OPTIONS = {
    AZURE: ["vendor.azure-pipelines", "--data-transform", "azure-pipelines", "--regex-variant", "nonunicode"],
    BITBUCKET: ["vendor.bitbucket-pipelines"],
}
VERDICT = "mkdir -p reports; echo '<testcase/>' > reports/budgets.junit.xml"
TOKEN = "simulator-token"
INSTALLS = 3  # lines


def content(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def azure_steps(job: str) -> list[dict[str, Any]]:
    [steps] = [each["steps"] for each in content(AZURE)["jobs"] if each["job"] == job]
    found: list[dict[str, Any]] = steps
    return found


def azure_scripts(job: str) -> list[str]:
    return [step["bash"] for step in azure_steps(job) if "bash" in step]


def bitbucket_step(job: str) -> dict[str, Any]:
    pipelines = content(BITBUCKET)["pipelines"]
    [part] = pipelines["custom"]["gate"] if job == "gate" else pipelines["pull-requests"]["**"]
    step: dict[str, Any] = part["step"]
    return step


def runs(checkout: Checkout, job: str, script: str) -> list[Done]:
    """Run what each service's job does once all is installed, where ``script`` stands for the playbook."""
    program = checkout.home.parent / "bin" / "ansible-playbook"
    program.write_text(f'#!/bin/sh\necho "ran $*"\n{script}\n', encoding="utf-8")
    program.chmod(0o755)
    azure, bitbucket = azure_scripts(job)[-1], "\n".join(bitbucket_step(job)["script"][INSTALLS:])
    run = "https://dev.azure.example/budgets/_build/results?buildId=7"
    return [
        checkout.shell("azure", azure, CLOUDFLARE_API_TOKEN=TOKEN, RUN=run),
        checkout.shell("gitlab", bitbucket, CLOUDFLARE_API_TOKEN=TOKEN),
    ]


@pytest.mark.parametrize("path", OPTIONS, ids=lambda path: path.stem)
def test_azure_and_bitbucket_pipelines_are_valid(path: Path) -> None:
    program = str(Path(sys.executable).with_name("check-jsonschema"))
    done = subprocess.run(
        [program, "--builtin-schema", *OPTIONS[path], str(path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("code", [0, 2, 4])
def test_azure_and_bitbucket_pipelines_end_as_the_playbook_does(checkout: Checkout, code: int) -> None:
    for job in ("gate", "check"):
        done = runs(checkout, job, f"{VERDICT}; exit {code}")
        assert [run.code for run in done] == [code] * 2
        playbook = "finops.cloudflare.budget_gate" if job == "gate" else "check_budgets.yml"
        assert all(f"ran {playbook} -e @cloudflare.yml" in run.output for run in done)
        assert not any(TOKEN in run.output for run in done)


@pytest.mark.parametrize("script", ["true", "mkdir -p reports; echo '<testsuites/>' > reports/budgets.junit.xml"])
def test_azure_and_bitbucket_pipelines_without_a_verdict_fail(checkout: Checkout, script: str) -> None:
    (checkout.folder / "reports").mkdir()
    (checkout.folder / "reports" / "budgets.junit.xml").write_text("<testcase/> of an earlier run", encoding="utf-8")
    assert 0 not in [run.code for run in runs(checkout, "gate", script)]


def test_azure_shows_the_preview_where_there_is_one_and_keeps_the_address_of_the_gate(checkout: Checkout) -> None:
    shown = f"##vso[task.uploadsummary]{checkout.folder}/preview/budgets.md"
    without, _bitbucket = runs(checkout, "check", "true")
    assert (without.code, shown in without.output) == (0, False)
    preview, _bitbucket = runs(checkout, "check", "mkdir -p preview; echo Preview > preview/budgets.md")
    assert (preview.code, shown in preview.output.splitlines()) == (0, True)
    runs(checkout, "gate", VERDICT)
    [download] = [step["inputs"] for step in azure_steps("check") if step.get("task") == "DownloadPipelineArtifact@2"]
    [published] = [step["publish"] for step in azure_steps("gate") if "publish" in step]
    assert (download["artifactName"], download["targetPath"], published) == (published, "last", "reports")


def test_azure_and_bitbucket_pipelines_install_what_the_others_do_and_only_the_gate_has_the_token() -> None:
    lines = content(CI / "gitlab-ci.yml")["default"]["before_script"]
    for job in ("check", "gate"):
        assert azure_scripts(job)[0].splitlines() == ["set -e", *lines]
        assert bitbucket_step(job)["script"][:INSTALLS] == lines
    holders = [step["displayName"] for job in ("check", "gate") for step in azure_steps(job) if "env" in step]
    assert holders == ["Hold the usage against the budgets"]
    assert [bitbucket_step(job).get("deployment") for job in ("check", "gate")] == [None, "cloudflare"]
