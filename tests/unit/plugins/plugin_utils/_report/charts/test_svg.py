# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Charts: well-formed SVG without scripts, in which zero, unfinished and unknown look different."""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree

import pytest

from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.charts.svg import (
    HATCH,
    HEIGHT,
    WIDTH,
    Bars,
    Lines,
    bars,
    lines,
    meter,
)
from ansible_collections.finops.cloudflare.tests.unit.plugins.plugin_utils.report_factories import HOSTILE


def _chart(values: list[Any], complete: int | None = None, **changes: Any) -> ElementTree.Element:
    chart = Bars(
        labels=[f"day {number}" for number in range(len(values))],
        ends=("first", "last"),
        values=values,
        complete=len(values) if complete is None else complete,
        alternative="What it shows.",
        unit="Requests",
    )
    return ElementTree.fromstring(bars(Bars(**{**vars(chart), **changes})))


def _path(svg: ElementTree.Element, kind: str) -> list[str]:
    """Return the sub-paths of a kind, one for each bar."""
    found = [element.get("d", "") for element in svg.iter("path") if element.get("class") == kind]
    return re.findall(r"M[^z]*z", "".join(found))


def _heights(svg: ElementTree.Element, kind: str = "bar") -> list[float]:
    return [float(re.findall(r"v-([\d.]+)", path)[0]) for path in _path(svg, kind)]


def test_charts_it_is_an_image_with_words() -> None:
    svg = _chart([1, 2])
    assert (svg.get("role"), svg.get("aria-label")) == ("img", "What it shows.")
    assert [element.text for element in svg.iter("text")] == ["2", "first", "last"]


def test_charts_heights_are_in_proportion() -> None:
    assert _heights(_chart([50, 100, 25])) == [38, 76, 19]


def test_charts_days_that_can_change_and_days_without_data_look_different() -> None:
    svg = _chart([1, 2, 3, None, None], complete=2)
    assert [len(_path(svg, kind)) for kind in ("bar", "bar open", "gap")] == [2, 1, 2]


def test_charts_days_to_come_are_blank_and_missing_days_are_not() -> None:
    svg = _chart([1, None, 3, None, None], complete=3, coming=2)
    assert [len(_path(svg, kind)) for kind in ("bar", "bar open", "gap")] == [2, 0, 1]


def _lines(**changes: Any) -> ElementTree.Element:
    chart = Lines(days=10, ends=("first", "last"), values=[1, 3, 6, 8], complete=3, alternative="What it shows.")
    return ElementTree.fromstring(lines(Lines(**{**vars(chart), **changes})))


def _points(svg: ElementTree.Element, kind: str) -> list[tuple[float, float]]:
    found = [element.get("d", "") for element in svg.iter("path") if element.get("class") == kind]
    return [(float(x), float(y)) for x, y in re.findall(r"([\d.]+) ([\d.]+)", "".join(found))]


def test_charts_lines_run_to_the_last_complete_day_and_are_dotted_from_there() -> None:
    svg = _lines()
    assert _points(svg, "line")[0] == (0, 94)
    assert [x for x, _y in _points(svg, "line")] == [0, 26, 52, 78]
    assert [x for x, _y in _points(svg, "line open")] == [78, 104]
    assert svg.get("aria-label") == "What it shows."


def test_charts_lines_show_limit_crossing_and_range() -> None:
    svg = _lines(limit=16.0, ahead=(12.0, 16.0, 20.0), crossed=8, before=[2, 4])
    assert _points(svg, "limit") == [(0, 33.2), (260, 33.2)]
    start, most, least = _points(svg, "band")
    assert (start[0], most, least[0]) == (78, (260, 18), 260)
    assert _points(svg, "expected")[-1][1] == 33.2
    assert _points(svg, "crossing")[0][0] == 234
    assert len(_points(svg, "reference")) == 3


@pytest.mark.parametrize("values", [[], [0, 0], [-3, -9], [5, 2], [10**30]])
def test_charts_lines_stay_inside(values: list[Any]) -> None:
    svg = _lines(values=values, complete=len(values))
    for x, y in _points(svg, "line"):
        assert 0 <= x <= WIDTH
        assert 0 <= y <= HEIGHT


def test_charts_zero_stays_visible_and_is_no_gap() -> None:
    svg = _chart([0, 10, 0])
    assert _heights(svg) == [1, 76, 1]
    assert _path(svg, "gap") == []


@pytest.mark.parametrize("values", [[0, 0], [None, None], [-3, -9], [-5, 5], [1e-9], [10**30]])
def test_charts_every_bar_stays_inside(values: list[Any]) -> None:
    svg = _chart(values)
    for kind in ("bar", "gap"):
        for path in _path(svg, kind):
            left, top = (float(number) for number in re.findall(r"M([\d.]+) ([\d.]+)", path)[0])
            assert 0 <= left <= WIDTH
            assert 0 <= top <= HEIGHT


def test_charts_negative_values_hang_below_the_axis() -> None:
    svg = _chart([-5, 5])
    below, above = (re.findall(r"M[\d.]+ ([\d.]+)v-([\d.]+)", path)[0] for path in _path(svg, "bar"))
    assert float(below[0]) - float(below[1]) == float(above[0])


def test_charts_nothing_known_says_no_data() -> None:
    assert next(element.text for element in _chart([None]).iter("text")) == "no data"


def test_charts_the_reference_is_a_line_and_stretches_the_scale() -> None:
    svg = _chart([10, 20], reference=40.0)
    (line,) = [element for element in svg.iter("line") if element.get("class") == "reference"]
    assert line.get("y1") == line.get("y2") == "18"
    assert _heights(svg) == [19, 38]
    assert not [element for element in _chart([1]).iter("line") if element.get("class") == "reference"]


def test_charts_tooltips_say_the_number_and_what_it_is_worth() -> None:
    titles = [element.text for element in _chart([1000, 5, None, None], complete=1, coming=1).iter("title")]
    assert titles == [
        "day 0: 1,000 Requests",
        "day 1: 5 Requests, not complete yet",
        "day 2: no data",
        "day 3: to come",
    ]


def test_charts_many_bars_have_no_tooltips_and_no_gaps() -> None:
    svg = _chart([1] * 92)
    assert not list(svg.iter("title"))
    assert len(_path(svg, "bar")) == 92


@pytest.mark.parametrize("hostile", [text for text in HOSTILE if "\x00" not in text], ids=ascii)
def test_charts_text_can_not_leave_its_place(hostile: str) -> None:
    printable = "".join(char for char in hostile if char.isprintable())
    svg = _chart([1], alternative=printable, unit=printable, labels=[printable], ends=(printable, printable))
    assert {element.tag for element in svg.iter()} == {"svg", "line", "path", "text", "g", "rect", "title"}
    assert svg.get("aria-label") == printable
    assert not [name for element in svg.iter() for name in element.attrib if name.startswith("on")]


def test_charts_same_chart_same_text() -> None:
    assert ElementTree.tostring(_chart([1, 2, 3])) == ElementTree.tostring(_chart([1, 2, 3]))


@pytest.mark.parametrize(
    ("share", "filled", "mark"), [(0.0, "0", None), (0.612, "61.2", None), (1.0, "100", None), (2.0, "100", "50")]
)
def test_a_meter_shows_the_share_and_the_limit_when_it_is_passed(share: float, filled: str, mark: str | None) -> None:
    svg = ElementTree.fromstring(meter(share, "fail"))
    rects = {element.get("class"): element for element in svg.iter("rect")}
    assert rects["fill"].get("width") == filled
    assert (rects["mark"].get("x") if "mark" in rects else None) == mark
    assert svg.get("aria-hidden") == "true"
    assert svg.get("class") == "meter fail"


def test_charts_the_hatch_is_well_formed_and_hidden() -> None:
    svg = ElementTree.fromstring(HATCH)
    assert svg.get("aria-hidden") == "true"
    assert [element.get("id") for element in svg.iter("pattern")] == ["hatch"]


def test_charts_below_nothing_name_their_lowest_value() -> None:
    texts = [element.text for element in _chart([4, -2]).iter("text")]
    assert texts[0] == "4, lowest \N{MINUS SIGN}2"
    chart = Lines(days=2, ends=("a", "b"), values=[5, -7], complete=2, alternative="What.")
    assert "5, lowest \N{MINUS SIGN}7" in lines(chart)
