# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which groups belong to a budget, which may, and which don't."""

from __future__ import annotations

import pytest

from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.match import Matcher
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.globs import matches
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.read import read_facts
from ansible_collections.finops.cloudflare.tests.unit.plugins.plugin_utils.budget_factories import (
    PRODUCTION,
    STAGING,
    Facts,
    group,
    usage,
)

ALL = ("account", "product_family", "metric", "zone")


def selected(groups: list[Facts], match: dict[str, tuple[str, ...]]) -> tuple[list[int], list[int], tuple[str, ...]]:
    """Return the numbers of the certain and of the possible groups, and the patterns that met none."""
    facts = read_facts(usage(groups, group_by=ALL))
    selection = Matcher(facts).select(match)
    place = {id(each): number for number, each in enumerate(facts.groups)}
    return (
        [place[id(each)] for each in selection.certain],
        [place[id(each)] for each in selection.possible],
        selection.unmatched,
    )


@pytest.mark.parametrize(
    ("pattern", "text", "fits"),
    [
        ("a", "a", True),
        ("a", "A", False),
        ("a*", "abc", True),
        ("*b*", "abc", True),
        ("a?c", "abc", True),
        ("[ab]", "a", True),
        ("[ab]", "[ab]", True),
        ("a", "ab", False),
        ("a.c", "abc", False),
    ],
)
def test_match_patterns(pattern: str, text: str, fits: bool) -> None:
    assert matches(pattern, text) is fits


@pytest.mark.parametrize(
    ("match", "certain", "unmatched"),
    [
        ({}, [0, 1, 2], ()),
        ({"account": ("Production",)}, [0, 2], ()),
        ({"account": (STAGING,)}, [1], ()),
        ({"account": ("*",), "metric": ("http_requests",)}, [2], ()),
        ({"account": (STAGING,), "metric": ("http_requests",)}, [], (STAGING, "http_requests")),
        ({"metric": ("http_*", "gone")}, [2], ("gone",)),
        ({"zone": ("a.example.com",)}, [2], ()),
        ({"zone": ("a" * 32, "*.example.org")}, [2], ("*.example.org",)),
    ],
)
def test_match_a_group_fits_in_every_dimension(
    match: dict[str, tuple[str, ...]], certain: list[int], unmatched: tuple[str, ...]
) -> None:
    groups = [group([1]), group([1], account=STAGING), group([1], metric="http_requests", zone="a")]
    assert selected(groups, match) == (certain, [], unmatched)


def test_match_use_that_names_no_account_may_belong_to_any() -> None:
    groups = [group([1]), group([1], account=None)]
    assert selected(groups, {"account": ("Production",)}) == ([0], [1], ())
    assert selected(groups, {"account": ("Gone",)}) == ([], [1], ("Gone",))
    assert selected(groups, {"account": ("Production",), "metric": ("other",)}) == ([], [], ("Production", "other"))


def test_match_where_nothing_names_an_account_nothing_is_expected_to() -> None:
    assert selected([group([1], account=None)], {"account": ("Production",)}) == ([], [], ("Production",))


def test_match_use_without_zone_may_only_be_that_of_a_metric_that_has_zones() -> None:
    groups = [group([1]), group([1], metric="http_requests", zone="a"), group([1], metric="http_requests")]
    assert selected(groups, {"zone": ("a.example.com",)}) == ([1], [2], ())


def test_match_zones_where_metrics_are_not_told_apart() -> None:
    facts = read_facts(usage([group([1], zone="a"), group([1])], group_by=("account", "zone")))
    selection = Matcher(facts).select({"zone": ("a.example.com",)})
    assert (len(selection.certain), len(selection.possible)) == (1, 1)


def test_match_a_missing_name_matters_only_to_what_may_be_a_name() -> None:
    nameless = group([1], account="d" * 32)
    groups = [group([1]), nameless]
    assert selected(groups, {"account": (PRODUCTION,)}) == ([0], [], ())
    assert selected(groups, {"account": ("Production",)}) == ([0], [1], ())
    assert selected(groups, {"account": ("Prod*",)}) == ([0], [1], ())
    assert selected(groups, {"account": ("d" * 32,)}) == ([1], [], ())


def test_match_a_missing_id_matters_only_to_what_may_be_an_id() -> None:
    without_id = group([1], metric="r2_storage") | {"x_billable_metric_id": None}
    groups = [group([1]), without_id]
    assert selected(groups, {"metric": ("Workers Standard Requests",)}) == ([0], [], ())
    assert selected(groups, {"metric": ("workers_standard_requests",)}) == ([0], [1], ())
    assert selected(groups, {"metric": ("R2 Storage",)}) == ([1], [], ())


def test_match_names_are_enough_where_there_are_no_ids() -> None:
    groups = [
        group([1], metric=metric) | {"x_billable_metric_id": None} for metric in ("r2_storage", "workers_kv_reads")
    ]
    assert selected(groups, {"metric": ("R2 Storage",)}) == ([0], [], ())


def test_match_values_come_in_the_order_of_their_names() -> None:
    groups = [group([1], account="d" * 32), group([1], account=STAGING), group([1], account=None), group([1])]
    matcher = Matcher(read_facts(usage(groups, group_by=ALL)))
    parts = matcher.split(matcher.select({}), "account")
    assert [value for value, _part in parts] == [
        (PRODUCTION, "Production"),
        (STAGING, "Staging"),
        ("d" * 32, None),
        (None, None),
    ]
    assert [(len(part.certain), len(part.possible)) for _value, part in parts] == [(1, 1), (1, 1), (1, 1), (1, 0)]


def test_match_values_of_what_only_may_belong() -> None:
    nameless = group([1], account="d" * 32)
    matcher = Matcher(read_facts(usage([group([1]), nameless], group_by=ALL)))
    parts = matcher.split(matcher.select({"account": ("Prod*",)}), "account")
    assert [(value[0], len(part.certain), len(part.possible)) for value, part in parts] == [
        (PRODUCTION, 1, 0),
        ("d" * 32, 0, 1),
    ]
