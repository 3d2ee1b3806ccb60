# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What every form of the report is made of, and what it has to be: facts and verdicts in, text out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.estimates import Estimate
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.types import Usage
from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts.model import Verdict


@dataclass(frozen=True, eq=False)
class ReportInput:
    """Everything that a report is made of, in plain Python types; nothing but itself is equal to it."""

    usage: Usage
    verdicts: list[Verdict] = field(default_factory=list)
    estimate: Estimate | None = None
    previous: Usage | None = None
    generated_at: str = ""


Renderer: TypeAlias = Callable[[ReportInput], str]


@dataclass(frozen=True)
class ReportFormat:
    """One form: the name of its file, and the function that makes its text."""

    file: str
    render: Renderer
