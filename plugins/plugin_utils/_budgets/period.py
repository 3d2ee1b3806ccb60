# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The period of a budget: from a word and the day on which it starts to first and last days."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

_DAY = timedelta(days=1)
MONTHS = {"month": 1, "billing_cycle": 1, "quarter": 3, "year": 12}
PERIODS = ("day", *MONTHS)


@dataclass(frozen=True)
class Span:
    """Days from ``first`` to ``last``, both included."""

    first: date
    last: date

    def __str__(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first} to {self.last}"


@dataclass(frozen=True)
class Period:
    """One of PERIODS, or ``range`` with the days of ``span``; it starts on day ``day``, a year in month ``month``.

    With ``follows`` it begins on the day that the facts name, where they name one.
    """

    name: str = "month"
    month: int = 1
    day: int = 1
    span: Span | None = None
    follows: bool = False

    @property
    def title(self) -> str:
        """Return what people call it."""
        return "period" if self.span else self.name.replace("_", " ")

    def around(self, day: date) -> Span:
        """Return the days of the period that holds ``day``, or those of the range, wherever ``day`` is."""
        if self.span is not None:
            return self.span
        if self.name == "day":
            return Span(day, day)
        months = MONTHS[self.name]
        index = day.year * 12 + day.month - 1
        begins = index - (index - (self.month - 1)) % months
        if self._anchor(begins) > day:
            begins -= months
        return Span(self._anchor(begins), self._anchor(begins + months) - _DAY)

    def _anchor(self, index: int) -> date:
        year, month = divmod(index, 12)
        return date(year, month + 1, min(self.day, monthrange(year, month + 1)[1]))
