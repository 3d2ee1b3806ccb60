# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a budget is: the words it is made of, and every key of the file with its default filled in."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from ansible_collections.finops.cloudflare.plugins.module_utils._columns import COST_FACTS, DIMENSION_COLUMNS, TAG
from ansible_collections.finops.cloudflare.plugins.module_utils._decimals import ZERO
from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.period import Period
from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts.model import DEFAULT_SEVERITY, Outcome

# Records have all of these but the owner, which an allocation gives.
DIMENSIONS = (*(dimension for dimension in DIMENSION_COLUMNS if dimension != "charge_class"), "owner")
COST_MEASURES = (*COST_FACTS, "total_cost", "estimated_cost")
MEASURES = ("consumed_quantity", *COST_MEASURES)
DAILY_MEASURES = ("consumed_quantity", "billed_cost")
KINDS = ("actual", "forecast", "contract", "spike", "growth", "anomaly")
PERIOD_KINDS = ("actual", "forecast", "contract")
MIN_ANOMALY_DAYS = 14
MIN_DAYS = 7
MONTH_DAY = "^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$(?!\\n)"


@dataclass(frozen=True)
class Alert:
    """A threshold beside the limit: ``amount``, or ``percent`` of the limit; ``outcome`` pass only shows it."""

    on: str
    severity: str
    outcome: Outcome = "warn"
    percent: Decimal | None = None
    amount: Decimal | None = None

    @property
    def kind(self) -> str:
        """Return the kind of budget that tells its amount."""
        return "actual" if self.on == "actual" else "forecast"


@dataclass(frozen=True)
class Budget:
    """One budget with every default filled in.

    With a ``plan``, of first days and amounts, ``limit`` is that of the period that is looked at.
    """

    name: str
    limit: Decimal
    match: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    measure: str = "consumed_quantity"
    on: str = "actual"
    unit: str | None = None
    currency: str | None = None
    warn_at: tuple[Decimal, ...] = ()
    alerts: tuple[Alert, ...] = ()
    plan: tuple[tuple[date, Decimal], ...] = ()
    each: str | None = None
    period: Period | None = None
    min_days: int = MIN_DAYS
    window: int = 1
    direction: str = "both"
    floor: Decimal = ZERO
    on_unknown: Outcome = "fail"
    on_no_match: Outcome = "fail"
    severity: str = DEFAULT_SEVERITY
    owner: str | None = None
    note: str | None = None

    @property
    def estimated(self) -> bool:
        return self.measure == "estimated_cost"

    @property
    def kinds(self) -> frozenset[str]:
        """Return the kinds that have a say: its own, and those of its alerts."""
        return frozenset((self.on, *(alert.kind for alert in self.alerts)))

    @property
    def dimensions(self) -> tuple[str, ...]:
        """What the facts must be grouped by for this budget."""
        wanted = {*self.match, *([self.each] if self.each else []), *(("account", "metric") if self.estimated else ())}
        return tuple(sorted_dimensions(wanted))


def sorted_dimensions(wanted: Collection[str]) -> list[str]:
    """Return dimensions always in the same order, tags last."""
    return [name for name in DIMENSIONS if name in wanted] + sorted(name for name in wanted if name.startswith(TAG))
