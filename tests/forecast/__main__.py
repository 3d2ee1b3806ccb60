# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Print the tables of docs/forecast.md and docs/anomaly.md; the column Holt-Winters takes statsmodels."""

from __future__ import annotations

import argparse
import importlib.util
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SERIES = 300


@contextmanager
def collection() -> Iterator[None]:
    """Make this checkout importable under its name in Ansible, wherever it lies."""
    with tempfile.TemporaryDirectory() as folder:
        parent = Path(folder, "ansible_collections", "finops")
        parent.mkdir(parents=True)
        (parent / "cloudflare").symlink_to(ROOT)
        sys.path.insert(0, folder)
        yield


def main() -> None:
    """Read the command line and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.forecast", description=__doc__)
    parser.add_argument("--series", type=int, default=SERIES, help=f"series of each kind (default: {SERIES})")
    parser.add_argument("--only", choices=("forecast", "anomaly"), help="one of the two")
    asked = parser.parse_args()
    with collection():
        from .anomalies import anomaly_table
        from .rivals import HoltWinters, run_rate, seasonal_naive
        from .tables import forecast_tables

        rivals = {"run-rate": run_rate, "seasonal naive": seasonal_naive}
        if importlib.util.find_spec("statsmodels"):
            rivals["Holt-Winters"] = HoltWinters()
        lines = {"forecast": forecast_tables(asked.series, rivals), "anomaly": anomaly_table(5 * asked.series)}
        for name in (asked.only,) if asked.only else lines:
            for line in lines[name]:
                sys.stdout.write(line + "\n")
                sys.stdout.flush()


if __name__ == "__main__":
    main()
