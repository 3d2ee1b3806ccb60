# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every switch of the simulator that shapes its dataset. The command line and tests fill in the same object."""

from __future__ import annotations

import datetime as dt
import json
import re
from dataclasses import dataclass

from .catalogue import METRICS, TOKEN

CHOICES = {
    "shape": ("seed", "sdk53", "sdk56", "sdk57", "sdk59"),
    "cost": ("none", "all", "some", "zero"),
    "names": ("plain", "unicode", "hostile"),
    "envelope": ("after", "before"),
    "to": ("inclusive", "exclusive"),
    "two_anchors": ("empty", "first"),
    "metric_parameter": ("metric", "metric_id", "ignored"),
}
_LEAST = {"accounts": 1, "organizations": 1, "metrics": 1, "lag_days": 0, "restated_days": 0}
MAX_DAYS = 31

_SHAPE_METRIC_PARAMETER = {
    "seed": "metric",
    "sdk53": "metric",
    "sdk56": "metric_id",
    "sdk57": "ignored",
    "sdk59": "ignored",
}
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def parse_day(text: str) -> dt.date:
    """Read YYYY-MM-DD and nothing else."""
    if not _DAY.fullmatch(text):
        raise ValueError(f"{text!r} is not a day as YYYY-MM-DD")
    return dt.date.fromisoformat(text)


@dataclass(frozen=True)
class Spike:
    day: dt.date
    metric: str
    factor: int


@dataclass(frozen=True)
class Config:
    """What the simulated Cloudflare is like. `--help` explains each word under the same name."""

    accounts: int = 3
    organizations: int = 1
    zones: int | None = None
    metrics: int = 12
    records_per_window: int | None = None
    regions: int = 0
    sub_accounts: int = 0
    contract_rows: bool = False
    corrections: bool = False
    sparse: bool = False
    spike: str | None = None
    plan: str | None = None
    quantity: str | None = None
    cost: str = "none"
    currencies: tuple[str, ...] = ("USD",)
    today: dt.date | None = None
    lag_days: int = 1
    restated_days: int = 0
    two_anchors: str = "empty"
    rate_limit: str | None = None
    shape: str = "seed"
    minimal: bool = False
    nulls: bool = False
    extra_columns: bool = False
    numbers_as_strings: bool = False
    spaced_json: bool = False
    names: str = "plain"
    envelope: str = "after"
    to: str = "inclusive"
    metric_parameter: str | None = None
    token: str = TOKEN
    gzip: bool = False
    chunked: bool = False
    cache_mb: int = 1024

    def __post_init__(self) -> None:
        for name, allowed in CHOICES.items():
            given = getattr(self, name)
            if given not in allowed and (name, given) != ("metric_parameter", None):
                raise ValueError(f"{name} must be one of {', '.join(allowed)}, not {given!r}")
        for name, least in _LEAST.items():
            if getattr(self, name) < least:
                raise ValueError(f"{name} must be at least {least}")
        if self.zones is not None and self.zones < 1:
            raise ValueError("zones must be at least 1")
        if self.records_per_window is not None and self.records_per_window < MAX_DAYS:
            raise ValueError(f"records_per_window must be at least {MAX_DAYS}: one row a day")
        if not self.currencies:
            raise ValueError("currencies must name at least one currency")
        if not self.token:
            raise ValueError("token must not be empty")
        self.spike_on(dt.date(2025, 1, 1))
        self.planned()
        self.allowed_requests()

    @property
    def filter_parameter(self) -> str:
        """Which query parameter filters by metric, if any: the shapes of the SDK differ in it."""
        return self.metric_parameter or _SHAPE_METRIC_PARAMETER[self.shape]

    def allowed_requests(self) -> tuple[int, float] | None:
        """Read N[/SECONDS]: how many requests are let in, in how many seconds."""
        if self.rate_limit is None:
            return None
        count, _sign, seconds = self.rate_limit.partition("/")
        try:
            return int(count), float(seconds or 300)
        except ValueError as error:
            raise ValueError(f"rate_limit {self.rate_limit!r} is not N or N/SECONDS") from error

    def current_day(self) -> dt.date:
        return self.today or dt.datetime.now(dt.timezone.utc).date()

    def last_day(self) -> dt.date:
        """The last day that has rows."""
        return self.current_day() - dt.timedelta(days=self.lag_days)

    def planned(self) -> dict[str, dict[dt.date, int]]:
        """Read {METRIC: {DAY: QUANTITY}} as JSON: all that is used of these metrics, on any day."""
        if self.plan is None:
            return {}
        try:
            return {
                metric: {parse_day(day): int(quantity) for day, quantity in days.items()}
                for metric, days in json.loads(self.plan).items()
            }
        except (AttributeError, TypeError, ValueError) as error:
            raise ValueError(f"plan is not a mapping of metrics to days and whole quantities: {error}") from error

    def spike_on(self, today: dt.date) -> Spike | None:
        """Read DAY[:METRIC[:FACTOR]], where DAY is YYYY-MM-DD or today-N."""
        if self.spike is None:
            return None
        day, _sign, rest = self.spike.partition(":")
        metric, _sign, factor = rest.partition(":")
        try:
            back = re.fullmatch(r"today-(\d+)", day)
            when = today - dt.timedelta(days=int(back[1])) if back else parse_day(day)
            return Spike(when, metric or METRICS[0].id, int(factor or 8))
        except ValueError as error:
            raise ValueError(f"spike {self.spike!r} is not DAY[:METRIC[:FACTOR]]: {error}") from error
