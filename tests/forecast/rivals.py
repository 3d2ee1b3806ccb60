# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What people would use instead: run-rate, the last week again, and Holt-Winters where statsmodels is there."""

from __future__ import annotations

import importlib
import warnings
from typing import Any

from .corpus import DAYS, Series

_SEASONAL = 16  # days that statsmodels needs to start a weekly season


def run_rate(given: Series) -> float:
    """Return the mean day of the month so far, for each day to come."""
    return sum(given.month_so_far) / len(given.month_so_far) * (DAYS - given.known)


def seasonal_naive(given: Series) -> float:
    """Return the last seven days again and again."""
    return sum(given.history[-7:][step % 7] for step in range(DAYS - given.known))


class HoltWinters:
    """Additive trend and week, as statsmodels fits them; the trend alone where there are too few days for a week."""

    def __init__(self) -> None:
        self._fit: Any = importlib.import_module("statsmodels.tsa.holtwinters").ExponentialSmoothing

    def __call__(self, given: Series) -> float:
        used = list(given.history)
        while used and not used[0]:
            del used[0]
        season = {"seasonal": "add", "seasonal_periods": 7} if len(used) >= _SEASONAL else {}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            fitted = self._fit(used, trend="add", initialization_method="estimated", **season).fit()
        return float(sum(max(0.0, value) for value in fitted.forecast(DAYS - given.known)))
