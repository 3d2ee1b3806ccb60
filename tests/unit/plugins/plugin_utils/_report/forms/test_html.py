# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The page: self-contained, without scripts, and nothing from outside but text."""

from __future__ import annotations

import base64
import hashlib
import itertools
import re
from typing import Any
from xml.etree.ElementTree import Element

import html5lib
import pytest

from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.escaping import clean
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.forms.html import usage_html
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.forms.interface import ReportInput
from ansible_collections.finops.cloudflare.tests.unit.plugins.plugin_utils.report_factories import (
    HOSTILE,
    METRICS,
    consistent,
    empty_usage,
    make_estimate,
    make_usage,
    make_verdict,
    sample,
)

PREVIOUS = make_usage(first="2025-04-01", last="2025-04-30", complete_through="2025-04-30", scale=0.8)
VERDICTS = [make_verdict(status, status) for status in ("pass", "warn", "fail", "unknown")]
CASES = {
    "plain": sample(),
    "everything": sample(
        make_usage(complete_through="2025-05-26", future=3, fetched_at="2025-05-28T03:00:00Z"),
        verdicts=VERDICTS,
        estimate=make_estimate(),
        previous=PREVIOUS,
    ),
    "costs and zones": sample(make_usage(price=0.01, zones=2)),
    "empty": sample(empty_usage(), verdicts=VERDICTS),
    "year": sample(make_usage(first="2024-06-01", metrics=METRICS[:2])),
}


def _parse(text: str) -> Element:
    """Return the tree of a page that follows the HTML standard to the letter."""
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    tree: Element = parser.parse(text)
    return tree


def _text(element: Element) -> str:
    return " ".join("".join(element.itertext()).split())


def _find(tree: Element, tag: str, **attributes: str) -> list[Element]:
    wanted = {name.rstrip("_"): value for name, value in attributes.items()}
    return [each for each in tree.iter(tag) if all(each.get(name) == value for name, value in wanted.items())]


@pytest.mark.parametrize("name", CASES)
def test_html_it_follows_the_standard_and_is_self_contained(name: str) -> None:
    text = usage_html(CASES[name])
    tree = _parse(text)
    tags = {each.tag for each in tree.iter()}
    assert not tags & {"script", "link", "img", "iframe", "object", "embed", "base", "form", "input", "button"}
    for each in tree.iter():
        assert not [key for key in each.attrib if key.startswith("on") or key in {"style", "src", "srcset", "action"}]
        if "href" in each.attrib:
            assert each.attrib["href"].startswith("#")
    assert not re.search(r"@import|url\((?!#)", text)


@pytest.mark.parametrize("name", CASES)
def test_html_the_policy_allows_nothing_but_the_one_style_sheet(name: str) -> None:
    tree = _parse(usage_html(CASES[name]))
    (policy,) = (
        each.get("content") for each in tree.iter("meta") if each.get("http-equiv") == "Content-Security-Policy"
    )
    (style,) = tree.iter("style")
    digest = base64.b64encode(hashlib.sha256((style.text or "").encode()).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


@pytest.mark.parametrize("name", CASES)
def test_html_a_screen_reader_finds_its_way(name: str) -> None:
    tree = _parse(usage_html(CASES[name]))
    assert next(tree.iter("html")).get("lang") == "en"
    levels = [int(str(each.tag)[1]) for each in tree.iter() if str(each.tag) in {"h1", "h2", "h3"}]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
    ids = [each.get("id") for each in tree.iter() if each.get("id")]
    assert len(ids) == len(set(ids))
    for link in tree.iter("a"):
        assert link.get("href", "")[1:] in ids
    for table in tree.iter("table"):
        assert len(_find(table, "caption")) == 1
        assert {each.get("scope") for each in table.iter("th")} <= {"col", "row", "rowgroup"}
        columns = len(_find(table, "th", scope="col"))
        for row in table.iter("tr"):
            cells = [each for each in row if each.tag in {"th", "td"}]
            assert sum(int(each.get("colspan", "1")) for each in cells) == columns
    for chart in tree.iter("svg"):
        assert chart.get("aria-hidden") == "true" or (chart.get("role") == "img" and chart.get("aria-label"))


def _first_screen(report: ReportInput) -> str:
    tree = _parse(usage_html(report))
    (tiles,) = _find(tree, "section", class_="tiles")
    return f"{_text(next(tree.iter('header')))} {_text(tiles)}"


def test_html_the_first_screen_answers_what_people_ask() -> None:
    text = _first_screen(CASES["everything"])
    for words in (
        "Production",
        "1\N{EN DASH}31 May 2025, 31 days, UTC",
        "Partial",
        "Complete through 26 May 2025; 2 days can still change and 3 days are to come.",
        "Fetched 28 May 2025, 03:00 UTC.",
        "Cost unknown",
        "Estimated at least USD 11.40",
        "Of 4 budgets, 1 is over its limit, 1 could not be judged and 1 is near its limit.",
        "1 over limit",
        "1 within limit",
    ):
        assert words in text


def test_html_empty_facts_never_read_as_zero_use() -> None:
    text = _first_screen(CASES["empty"])
    assert "No data" in text
    assert "unknown, not zero" in text
    assert "0 metrics" not in text
    page = usage_html(CASES["empty"])
    assert "The API sent no records." in page
    assert "daily-use" not in page


def test_html_a_known_cost_is_a_number_with_its_currency() -> None:
    report = sample(make_usage(price=0.01, metrics=METRICS[:1]))
    assert f"USD {report.usage['groups'][0]['billed_cost']:,.2f}" in _first_screen(report)


def test_html_sections_and_the_query_are_there() -> None:
    tree = _parse(usage_html(CASES["everything"]))
    titles = [_text(each) for each in tree.iter("h2")]
    assert titles == [
        "Cost so far",
        "Where it will end",
        "What changed",
        "What needs a person",
        "What is not known",
        "Estimated cost",
        "Budgets",
        "Against the period before",
        "Top movers",
        "Daily use",
        "Use by product",
        "Use by metric",
        "About this report",
    ]
    about = {_text(each[0]): _text(each[1]) for each in tree.iter("div") if len(each) == 2 and each[0].tag == "dt"}
    assert about["Days asked for"] == "2025-05-01 to 2025-05-31"
    assert about["Metrics asked for"] == "all"
    assert about["Grouped by"] == "account, product and metric"
    assert about["Report made by"].startswith("finops.cloudflare 1.")


def test_html_estimated_and_unknown_are_marked_apart_from_known() -> None:
    tree = _parse(usage_html(CASES["everything"]))
    estimated = [_text(each) for each in _find(tree, "span", class_="estimated")]
    unknown = [_text(each) for each in _find(tree, "span", class_="unknown")]
    assert "USD 11.40" in estimated
    assert unknown
    assert set(unknown) == {"unknown"}


def test_html_hostile_text_is_text() -> None:
    hostile = HOSTILE
    usage = make_usage(
        metrics=[(name, name, name, name, 5) for name in hostile],
        reasons=[{"code": "empty", "affects": "cost", "message": name} for name in hostile],
        status="partial",
        scope_id=hostile[0],
        metric=list(hostile),
        collection_version=hostile[1],
        period=hostile[2],
        zones=2,
    )
    for number, group in enumerate(usage["groups"]):
        name = hostile[number % len(hostile)]
        group.update(billing_account_id=name, billing_account_name=name, x_zone_id=name, x_zone_name=name)
    usage = consistent(usage)
    group_of = {"dimension": hostile[0], "id": hostile[1], "name": hostile[2]}
    verdicts = [make_verdict(name, "fail", message=name, owner=name, note=name, unit=name) for name in hostile]
    verdicts += [make_verdict(name, "fail", group=group_of, currency=name) for name in hostile]
    estimate = make_estimate(currency=hostile[0], reasons=list(hostile))
    for key in ("items", "unpriced"):
        line = estimate[key][0]
        estimate[key] = [dict.fromkeys(line, name) | _not_text(line) for name in hostile]
    estimate["rate_card"] = {"name": hostile[0], "source": hostile[1], "checked_on": hostile[2]}
    text = usage_html(sample(usage, verdicts=verdicts, estimate=estimate, previous=usage))
    tree = _parse(text)
    assert not list(tree.iter("script"))
    assert not list(tree.iter("img"))
    attributes = {key for each in tree.iter() for key in each.attrib}
    assert not [key for key in attributes if key.startswith("on")]
    assert not [char for char in text if not char.isprintable() and char not in "\n\N{NO-BREAK SPACE}\u202f"]
    shown = _text(tree)
    for name in hostile:
        assert clean(name, 60).removesuffix("…") in shown


def _not_text(line: Any) -> Any:
    return {key: value for key, value in line.items() if key in ("from", "to") or not isinstance(value, str)}


@pytest.mark.many_cases
def test_html_a_large_organization_stays_small() -> None:
    metrics = [
        (f"Product {number % 13}", f"m{number}", f"Metric {number}", "GB" if number % 3 else "Requests", 1000 + number)
        for number in range(40)
    ]
    usage = make_usage(metrics=metrics, scope="organization", first="2025-05-25")
    usage["groups"] = [
        {**group, "billing_account_id": f"{number:032x}", "billing_account_name": f"Account {number}"}
        for number in range(500)
        for group in usage["groups"]
    ]
    report = sample(consistent(usage), verdicts=[make_verdict(str(number)) for number in range(1000)])
    text = usage_html(report)
    assert len(text.encode()) < 2_000_000
    assert "and 475 more accounts" in text
    assert "and 35 more metrics" in text
    assert "and 900 more budgets" in text
    assert text.count("<figure>") == 40
    assert "The report as JSON has all of it." in text


def test_html_same_input_same_bytes() -> None:
    assert usage_html(CASES["everything"]) == usage_html(CASES["everything"])


def test_html_sections_of_tags_have_ids_of_their_own() -> None:
    usage = make_usage(accounts=2, metrics=METRICS[:1])
    usage["group_by"] += ["tag.a b", "tag.a-b"]
    for number, group in enumerate(usage["groups"]):
        group.update({"tag.a b": f"{number}", "tag.a-b": None if number % 2 else "x"})
    tree = _parse(usage_html(sample(usage)))
    assert [each.get("id") for each in tree.iter("h2") if "tag" in _text(each)] == ["by-tag-3", "by-tag-4"]
