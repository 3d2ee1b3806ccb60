# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the facts were asked for and made of: the last section of a report."""

from __future__ import annotations

from ansible_collections.finops.cloudflare.plugins.module_utils._version import COLLECTION_VERSION
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.formatting import (
    format_count,
    format_moment,
    join_words,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.dimensions import asked
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.types import Usage
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.forms.interface import ReportInput
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.tables.subjects import only_values, subjects
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.tables.totals import totals


def figures(usage: Usage) -> list[tuple[str, str]]:
    """Return how many accounts, products, metrics and records there are."""
    by = subjects(usage)
    counted = [(f"{len(usage['accounts']):,}", "account" if len(usage["accounts"]) == 1 else "accounts")]
    for dimension in by if usage["groups"] else []:
        found = len({total.key[0] for total in totals(usage["groups"], [dimension])})
        counted.append((f"{found:,}", dimension.title.lower() if found == 1 else dimension.plural))
    records = usage.get("record_count") or 0
    return [*counted, (f"{records:,}", "record" if records == 1 else "records")]


def about(source: ReportInput) -> list[tuple[str, str]]:
    """Return what was asked for, what came, and when."""
    usage = source.usage
    dropped = {name: count for name, count in usage["dropped"].items() if count}
    facts = [
        ("Scope", f"{usage['scope']} {usage.get('scope_id') or ''}"),
        ("Days asked for", f"{usage['from']} to {usage['to']}" + _word(usage.get("period"))),
        ("Metrics asked for", ", ".join(usage.get("metric") or []) or "all"),
        (
            "Grouped by",
            join_words([each.title.lower() for each in asked(usage)]) or "unit and currency only",
        ),
        *(("Only " + dimension.title.lower(), name) for dimension, name in only_values(usage)),
        ("Source of the records", usage.get("source") or "not named"),
        ("Complete through", usage["complete_through"] or "no day"),
        ("Records counted", f"{usage.get('record_count') or 0:,}"),
        (
            "Records left out",
            ", ".join(f"{name.replace('_', ' ')}: {count:,}" for name, count in dropped.items()) or "none",
        ),
        ("Requests", f"{usage.get('requests') or 0:,}"),
        ("Facts fetched", format_moment(usage["fetched_at"])),
        ("Report made", format_moment(source.generated_at)),
        ("Facts made by", f"finops.cloudflare {usage.get('collection_version') or 'of unknown version'}"),
        ("Report made by", f"finops.cloudflare {COLLECTION_VERSION}"),
    ]
    for origin in usage.get("sources") or []:
        name = f"{origin['scope']} {origin['scope_id']}, {origin['from']} to {origin['to']}"
        records = format_count(origin["record_count"], "record")
        facts.append(("Source", f"{name}, {origin['status']}, {records}"))
    return facts


def _word(period: str | None) -> str:
    return f" ({period})" if period else ""
