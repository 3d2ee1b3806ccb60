# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every schema that is published in docs/schemas, and the one way in which its file is made (`make schemas`)."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from ansible_collections.finops.cloudflare.plugins.plugin_utils._allocation.rules import ALLOCATION_SCHEMA
from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.backtest.schema import BACKTEST_SCHEMA
from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.schema import BUDGETS_SCHEMA
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.estimates import (
    ESTIMATE_SCHEMA,
    RECONCILIATION_SCHEMA,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.schema import USAGE_SCHEMA
from ansible_collections.finops.cloudflare.plugins.plugin_utils._pricing.rate_card import RATE_CARD_SCHEMA
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.forms.schema import REPORT_SCHEMA
from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts.schema import VERDICTS_SCHEMA

SCHEMAS: dict[str, dict[str, Any]] = {
    "allocation": ALLOCATION_SCHEMA,
    "backtest": BACKTEST_SCHEMA,
    "budgets": BUDGETS_SCHEMA,
    "estimate": ESTIMATE_SCHEMA,
    "rate-card": RATE_CARD_SCHEMA,
    "reconciliation": RECONCILIATION_SCHEMA,
    "report": REPORT_SCHEMA,
    "usage": USAGE_SCHEMA,
    "verdicts": VERDICTS_SCHEMA,
}


def text(schema: dict[str, Any]) -> str:
    """Return the text of a schema's file."""
    return json.dumps(schema, indent=2) + "\n"


if __name__ == "__main__":
    for name, schema in SCHEMAS.items():
        Path(sys.argv[1], f"{name}.json").write_text(text(schema), encoding="utf-8")
