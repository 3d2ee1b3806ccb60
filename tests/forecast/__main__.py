# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Print the tables of docs/forecast.md and docs/anomaly.md (`make forecast`)."""

from __future__ import annotations

import argparse

from ansible_collections.finops.cloudflare.tests.forecast.anomalies import anomaly_table
from ansible_collections.finops.cloudflare.tests.forecast.measure import Rival
from ansible_collections.finops.cloudflare.tests.forecast.rivals import HoltWinters, run_rate, seasonal_naive
from ansible_collections.finops.cloudflare.tests.forecast.tables import forecast_tables

SERIES = 300


def main() -> None:
    """Read the command line and print."""
    parser = argparse.ArgumentParser(prog="make forecast", description=__doc__)
    parser.add_argument("--series", type=int, default=SERIES, help=f"series of each kind (default: {SERIES})")
    parser.add_argument("--only", choices=("forecast", "anomaly"), help="one of the two")
    asked = parser.parse_args()
    rivals: dict[str, Rival] = {"run-rate": run_rate, "seasonal naive": seasonal_naive, "Holt-Winters": HoltWinters()}
    lines = {"forecast": forecast_tables(asked.series, rivals), "anomaly": anomaly_table(5 * asked.series)}
    for name in (asked.only,) if asked.only else lines:
        for line in lines[name]:
            print(line, flush=True)


if __name__ == "__main__":
    main()
