# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sum up nox's report and the cases that pytest and ansible-test reported; a session without cases counts as one."""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

total: Counter[str] = Counter()
for session in json.loads(Path(".cache/report.json").read_text(encoding="utf-8"))["sessions"]:
    name, good, count = session["signatures"][0], session["result"] == "success", Counter[str]()
    folder = re.sub(r"\W+", "-", name)
    for path in Path(".cache/results").glob(f"*/{folder}/*.xml"):
        for case in ElementTree.parse(path).iter("testcase"):
            ends = {end.tag for end in case}
            count["failed" if ends & {"failure", "error"} else "skipped" if "skipped" in ends else "passed"] += 1
    count |= Counter(passed=int(good), failed=int(not good))
    total += count
    print(f"{name:<12} {session['duration']:5.0f} s  {count['passed']} passed, {count['failed']} failed")
print(f"{total['passed']} passed, {total['failed']} failed, {total['skipped']} skipped")
sys.exit(total["failed"] > 0 or not total["passed"])
