# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Client: the official SDK, its records summed in a script."""

from __future__ import annotations

import json
import os
import sys
import warnings
from collections import defaultdict

from cloudflare import Cloudflare

warnings.simplefilter("ignore")  # the SDK marks its own method as deprecated

totals: defaultdict[str, float] = defaultdict(int)
usage = Cloudflare().billing.usage.get(
    account_id=os.environ["BENCH_ACCOUNT"], from_=os.environ["BENCH_FROM"], to=os.environ["BENCH_TO"]
)
for record in usage:
    totals[f"{record.x_billable_metric_id}|{record.consumed_unit}"] += record.consumed_quantity
json.dump(totals, sys.stdout)
