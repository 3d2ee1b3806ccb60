# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the render filters take in: facts, verdicts and an estimate, made plain and checked before they are drawn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from ansible_collections.finops.cloudflare.plugins.module_utils._errors import FinopsError
from ansible_collections.finops.cloudflare.plugins.module_utils._json_schema import describe_path, schema_problems
from ansible_collections.finops.cloudflare.plugins.module_utils._text import printable
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.formatting import parse_moment
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.plain import plain
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.estimates import ESTIMATE_SCHEMA, Estimate
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.read import read_usage
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.forms.interface import ReportInput
from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts.model import read_verdicts

_MAX_PROBLEMS = 3  # of an estimate; the first ones tell what it is


class ReportInputError(FinopsError):
    """What was handed over can't be reported."""

    kind = "report_input"


def report_input(
    usage: Any, verdicts: Any = None, estimate: Any = None, previous: Any = None, generated_at: Any = None
) -> ReportInput:
    """Return the checked input; ``generated_at`` falls back to the time of the facts: same facts, same bytes."""
    facts = read_usage(usage)
    made_at = str(generated_at or facts["fetched_at"])
    _check_moment(made_at, "generated_at")
    return ReportInput(
        usage=facts,
        verdicts=read_verdicts(verdicts or []),
        estimate=_estimate(estimate) if estimate else None,
        previous=read_usage(previous, "previous") if previous else None,
        generated_at=made_at,
    )


def _check_moment(value: Any, what: str) -> None:
    try:
        parse_moment(str(value))
    except ValueError as error:
        raise ReportInputError(f"{what} is not a valid ISO 8601 time: {printable(value, 40)}") from error


def _estimate(value: Any) -> Estimate:
    if not isinstance(value, Mapping):
        raise ReportInputError(f"estimate is not a mapping but {type(value).__name__}")
    estimate = plain(value)
    problems = list(schema_problems(estimate, ESTIMATE_SCHEMA, describe_path))
    if problems:
        raise ReportInputError(f"estimate is not what estimate_costs returns: {'; '.join(problems[:_MAX_PROBLEMS])}")
    return cast(Estimate, estimate)
