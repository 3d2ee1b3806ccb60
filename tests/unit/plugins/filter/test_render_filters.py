# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filters that render, as Ansible finds, documents and calls them."""

from __future__ import annotations

import importlib
import inspect
from typing import Any

import pytest
import yaml
from ansible.errors import AnsibleFilterError, AnsibleTemplateError
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar, trust_as_template

from ansible_collections.finops.cloudflare.plugins.doc_fragments.report import ModuleDocFragment
from ansible_collections.finops.cloudflare.tests.unit.plugins.plugin_utils.report_factories import (
    make_estimate,
    make_usage,
    make_verdict,
)

USAGE_FILTERS = ["usage_csv", "usage_html", "usage_json", "usage_markdown", "usage_openmetrics"]
BUDGET_FILTERS = ["budgets_codequality", "budgets_junit", "budgets_markdown", "budgets_sarif"]
USAGE = make_usage()
VERDICTS = [make_verdict("a", "fail"), make_verdict("b")]


def _module(name: str) -> Any:
    return importlib.import_module(f"ansible_collections.finops.cloudflare.plugins.filter.{name}")


def _filter(name: str) -> Any:
    filters = _module(name).FilterModule().filters()
    assert list(filters) == [name]
    return filters[name]


def _options(documentation: dict[str, Any]) -> dict[str, Any]:
    options: dict[str, Any] = {}
    for fragment in documentation.get("extends_documentation_fragment", []):
        part = fragment.removeprefix("finops.cloudflare.report").removeprefix(".") or "documentation"
        options |= yaml.safe_load(getattr(ModuleDocFragment, part.upper()))["options"]
    options |= documentation.get("options", {})
    return options


@pytest.mark.parametrize("name", [*USAGE_FILTERS, *BUDGET_FILTERS])
def test_render_filters_the_documentation_is_that_of_the_function(name: str) -> None:
    module = _module(name)
    documentation = yaml.safe_load(module.DOCUMENTATION)
    options = _options(documentation)
    subject, *parameters = inspect.signature(_filter(name)).parameters.values()
    assert documentation["name"] == name
    assert options["_input"]["required"]
    assert subject.name in {"usage", "verdicts"}
    assert {"_input", *(parameter.name for parameter in parameters)} == set(options)
    positional = documentation.get("positional", "")
    assert positional.split(", ") == ([parameter.name for parameter in parameters] or [""])
    for parameter in parameters:
        default = options[parameter.name].get("default")
        assert parameter.default == default or (parameter.default is None and default == [])
    assert yaml.safe_load(module.EXAMPLES)
    assert yaml.safe_load(module.RETURN)["_value"]["type"] == "str"


@pytest.mark.parametrize("name", USAGE_FILTERS)
def test_render_filters_usage_becomes_text(name: str) -> None:
    text = _filter(name)(USAGE)
    assert {type(text)} == {str}
    assert text.endswith("\n")
    assert "Workers Standard Requests" in text


@pytest.mark.parametrize("name", BUDGET_FILTERS)
def test_render_filters_verdicts_become_text(name: str) -> None:
    text = _filter(name)(VERDICTS)
    assert {type(text)} == {str}
    assert text.endswith("\n")
    assert "the sentence for people" in text


@pytest.mark.parametrize("name", [*USAGE_FILTERS, *BUDGET_FILTERS])
def test_render_filters_what_is_neither_is_refused_as_ansible_does(name: str) -> None:
    with pytest.raises(AnsibleFilterError, match=f"{name}: "):
        _filter(name)(42)


def test_render_filters_other_parts_reach_the_report() -> None:
    previous = make_usage(first="2025-04-01", last="2025-04-30", complete_through="2025-04-30")
    parts = {"verdicts": VERDICTS, "estimate": make_estimate(), "generated_at": "2025-06-09T00:00:00Z"}
    for name in ("usage_html", "usage_markdown"):
        text = _filter(name)(USAGE, previous=previous, **parts)
        for words in ("Against the period before", "Estimated cost", "1 is over its limit", "7 days before"):
            assert words in text
    assert '"generated_at": "2025-06-09T00:00:00Z"' in _filter("usage_json")(USAGE, **parts)
    text = _filter("usage_openmetrics")(USAGE, VERDICTS, parts["estimate"])
    assert "cloudflare_usage_estimated_cost" in text
    assert "cloudflare_budget_status" in text


def test_render_filters_options_of_budgets_reach_the_text() -> None:
    assert '"ci/b.yml"' in _filter("budgets_sarif")(VERDICTS, path="./ci/b.yml")
    assert '"begin": 3' in _filter("budgets_codequality")(VERDICTS, path="b.yml", text="---\n- name: z\n- name: a\n")
    assert 'name="Nightly"' in _filter("budgets_junit")(VERDICTS, suite="Nightly")
    text = _filter("budgets_markdown")(VERDICTS, title="Ours", marker="m", max_length=5000)
    assert text.startswith("<!-- finops.cloudflare: m -->\n## ❌ Ours\n")


@pytest.mark.parametrize("name", USAGE_FILTERS)
def test_render_filters_a_template_gives_the_same_as_the_function(name: str) -> None:
    """Ansible hands over lazy containers whose items are templates of their own."""
    variables = {"facts": {**USAGE, "groups": trust_as_template("{{ groups }}")}, "groups": USAGE["groups"]}
    templar = Templar(loader=DataLoader(), variables=variables)
    assert templar.template(trust_as_template(f"{{{{ facts | finops.cloudflare.{name} }}}}")) == _filter(name)(USAGE)


def test_render_filters_a_name_that_looks_like_a_template_is_not_run() -> None:
    usage = make_usage(metrics=[("P", "m", "{{ 6 - 7 }}", "GB", 1)])
    templar = Templar(loader=DataLoader(), variables={"facts": usage})
    text = templar.template(trust_as_template("{{ facts | finops.cloudflare.usage_markdown }}"))
    assert "{{ 6 - 7 }}" in text


def test_render_filters_a_template_fails_with_the_sentence() -> None:
    templar = Templar(loader=DataLoader(), variables={"facts": {"scope": "account"}})
    with pytest.raises(AnsibleTemplateError, match=r"Invalid usage facts: .*'from' is a required property"):
        templar.template(trust_as_template("{{ facts | finops.cloudflare.usage_csv }}"))


@pytest.mark.parametrize("name", BUDGET_FILTERS)
def test_render_filters_without_verdicts_the_reason_is_told(name: str) -> None:
    told = _filter(name)([], problem="HTTP 403: <no> permission")
    assert "HTTP 403" in told
    assert "<no>" not in told or name in {"budgets_codequality", "budgets_sarif"}
    assert "HTTP 403" not in _filter(name)(VERDICTS, problem="HTTP 403")
