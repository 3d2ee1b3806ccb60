# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Charts as SVG without scripts, deterministic and readable by a screen reader.

Own code, as no library fits: pygal puts a script into each chart, matplotlib weighs 40 MB, and leather writes fixed
colours without a text alternative, so that its charts know neither dark mode nor screen readers. Colours come from the
style sheet of the page, by class. A chart needs ``HATCH`` once on its page.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.formatting import (
    Number,
    format_compact,
    format_number,
)

WIDTH, HEIGHT = 260, 112
_TOP, _BOTTOM = 18, 94
MAX_TOOLTIPS = 62  # more bars than this are too thin to point at

HATCH = Markup(
    '<svg class="defs" width="0" height="0" aria-hidden="true" focusable="false"><defs>'
    '<pattern id="hatch" width="4" height="4" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<rect class="hatch-back" width="4" height="4"/><rect class="hatch-line" width="1.6" height="4"/>'
    "</pattern></defs></svg>"
)


@dataclass(frozen=True)
class Bars:
    """What a bar chart shows: a value per label, the first ``complete`` of which can be trusted.

    Without a value, the last ``coming`` are still to come, and the others are missing.
    """

    labels: Sequence[str]
    ends: tuple[str, str]
    values: Sequence[Number | None]
    complete: int
    alternative: str
    unit: str = ""
    coming: int = 0
    reference: float | None = None  # a line across: the daily average of the period before


@dataclass(frozen=True)
class Lines:
    """What a chart of running totals shows: a value at the end of each day, as far as it is known.

    The axis has ``days`` places; ``ahead`` is what the last day will come to: least, expected, most.
    """

    days: int
    ends: tuple[str, str]
    values: Sequence[Number]
    complete: int
    alternative: str
    before: Sequence[Number] = ()
    limit: float | None = None
    ahead: tuple[float, float, float] | None = None
    crossed: int | None = None  # the place of the day on which the limit is passed


def _short(value: float) -> str:
    text = f"{value:.1f}"
    return text.removesuffix(".0")


def bars(chart: Bars) -> Markup:
    """Return a bar per day: solid when complete, hatched while it can change, a band where there is no data yet."""
    known = [value for value in chart.values if value is not None]
    high = max(0, *known, chart.reference or 0) if known else 0
    low = min(0, *known) if known else 0
    reach = (high - low) or 1

    def height(value: float) -> float:
        return _BOTTOM - (value - low) / reach * (_BOTTOM - _TOP)

    parts = [
        Markup('<line class="grid" x1="0" y1="{y}" x2="{x}" y2="{y}"/>').format(y=_short(height(high)), x=WIDTH),
        _shapes(chart, height),
        Markup('<line class="axis" x1="0" y1="{y}" x2="{x}" y2="{y}"/>').format(y=_short(height(0)), x=WIDTH),
    ]
    if chart.reference is not None:
        level = _short(height(chart.reference))
        parts.append(Markup('<line class="reference" x1="0" y1="{}" x2="{}" y2="{}"/>').format(level, WIDTH, level))
    parts += [*_labels(_reach(low, high) if known else "no data", chart.ends), _tooltips(chart)]
    return _image(chart.alternative, parts)


def _image(alternative: str, parts: Sequence[Markup]) -> Markup:
    return Markup('<svg class="chart" viewBox="0 0 {w} {h}" role="img" aria-label="{text}">{inside}</svg>').format(
        w=WIDTH, h=HEIGHT, text=alternative, inside=Markup("").join(parts)
    )


def lines(chart: Lines) -> Markup:
    """Return running totals as a line, against the period before, a limit, and the range that is expected."""
    heights = [0, *chart.values, *chart.before, chart.limit or 0, *(chart.ahead or ())]
    high, low = max(heights), min(heights)
    reach = (high - low) or 1

    def point(day: int, value: float) -> str:
        return f"{_short(day / chart.days * WIDTH)} {_short(_BOTTOM - (value - low) / reach * (_BOTTOM - _TOP))}"

    def path(kind: str, points: Sequence[str], close: str = "") -> Markup:
        return Markup('<path class="{}" d="M{}{}"/>').format(kind, "L".join(points), close)

    known = [point(0, 0), *(point(day, value) for day, value in enumerate(chart.values, 1))]
    last = chart.days
    parts = [path("axis", [point(0, 0), point(last, 0)])]
    if chart.ahead:
        least, expected, most = (point(last, value) for value in chart.ahead)
        start = known[chart.complete]
        parts += [path("band", [start, most, least], "z"), path("expected", [start, expected])]
    if chart.before:
        parts.append(
            path("reference", [point(0, 0), *(point(day, value) for day, value in enumerate(chart.before, 1))])
        )
    if chart.limit is not None:
        parts.append(path("limit", [point(0, chart.limit), point(last, chart.limit)]))
    if len(known) > chart.complete + 1:
        parts.append(path("line open", known[chart.complete :]))
    if chart.complete:
        parts.append(path("line", known[: chart.complete + 1]))
    if chart.crossed is not None:
        place = _short((chart.crossed + 1) / last * WIDTH)
        parts.append(Markup('<path class="crossing" d="M{} {}V{}"/>').format(place, _TOP, _BOTTOM))
    parts += _labels(_reach(low, high), chart.ends)
    return _image(chart.alternative, parts)


def _reach(low: Number, high: Number) -> str:
    """Return the highest value, with the lowest where the chart goes below nothing."""
    return format_compact(high) if low >= 0 else f"{format_compact(high)}, lowest {format_compact(low)}"


def _labels(reach: str, ends: tuple[str, str]) -> list[Markup]:
    """Return the texts above and below a chart."""
    first, last = ends
    return [
        Markup('<text x="0" y="{}">{}</text>').format(_TOP - 6, reach),
        Markup('<text x="0" y="{}">{}</text>').format(HEIGHT - 3, first),
        Markup('<text class="end" x="{}" y="{}">{}</text>').format(WIDTH, HEIGHT - 3, last),
    ]


def _shapes(chart: Bars, height: Callable[[float], float]) -> Markup:
    slot = WIDTH / len(chart.labels)
    gap = slot * 0.24 if len(chart.labels) <= MAX_TOOLTIPS else 0
    paths: dict[str, list[str]] = {"bar": [], "bar open": [], "gap": []}
    for index, value in enumerate(chart.values):
        left = index * slot + gap / 2
        if value is None and index >= len(chart.labels) - chart.coming:
            continue
        if value is None:
            paths["gap"].append(f"M{_short(index * slot)} {_TOP}h{_short(slot)}v{_BOTTOM - _TOP}h-{_short(slot)}z")
            continue
        top, base = sorted((height(value), height(0)))
        if base - top < 1:  # zero and next to zero stay visible, apart from unknown
            top = base - 1
        kind = "bar" if index < chart.complete else "bar open"
        width = _short(max(slot - gap, 0.4))
        paths[kind].append(f"M{_short(left)} {_short(base)}v-{_short(base - top)}h{width}v{_short(base - top)}z")
    return Markup("").join(
        Markup('<path class="{}" d="{}"/>').format(kind, "".join(path)) for kind, path in paths.items() if path
    )


def _tooltips(chart: Bars) -> Markup:
    if len(chart.labels) > MAX_TOOLTIPS:
        return Markup("")
    slot = WIDTH / len(chart.labels)
    rects = []
    for index, (label, value) in enumerate(zip(chart.labels, chart.values, strict=True)):
        coming = index >= len(chart.labels) - chart.coming
        nothing = "to come" if coming else "no data"
        amount = nothing if value is None else f"{format_number(value)} {chart.unit}".strip()
        state = ", not complete yet" if value is not None and index >= chart.complete else ""
        rects.append(
            Markup('<rect x="{}" width="{}" height="{}"><title>{}: {}{}</title></rect>').format(
                _short(index * slot), _short(slot), _BOTTOM, label, amount, state
            )
        )
    return Markup('<g class="hit">{}</g>').format(Markup("").join(rects))


def meter(share: float, status: str) -> Markup:
    """Return a bar for a share of a limit, with the limit as a mark; the number stands beside it as text."""
    whole = max(1.0, share)
    mark = Markup("")
    if share > 1:
        mark = Markup('<rect class="mark" x="{}" width="1" height="8"/>').format(_short(100 / whole))
    return Markup(
        '<svg class="meter {status}" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="track" width="100" height="8"/><rect class="fill" width="{filled}" height="8"/>{mark}</svg>'
    ).format(status=status, filled=_short(100 * share / whole), mark=mark)
