# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Client: the least that a script can do. It fetches and sums, and checks nothing."""

from __future__ import annotations

import json
import os
import sys
from collections import defaultdict
from urllib.request import Request, urlopen

request = Request(os.environ["BENCH_URL"], headers={"Authorization": f"Bearer {os.environ['CLOUDFLARE_API_TOKEN']}"})
totals: defaultdict[str, float] = defaultdict(int)
with urlopen(request, timeout=600) as answer:
    for record in json.load(answer)["result"]:
        totals[f"{record['x_BillableMetricId']}|{record['ConsumedUnit']}"] += record["ConsumedQuantity"]
json.dump(totals, sys.stdout)
