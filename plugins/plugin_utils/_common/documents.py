# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documents that people write (budgets, rate cards): the errors for those that can't be used."""

from __future__ import annotations

from typing import Any

from ansible_collections.finops.cloudflare.plugins.module_utils._errors import FinopsError


class DocumentError(FinopsError):
    """A document that can't be used; ``problems`` holds one sentence for each thing wrong in it."""

    kind = "document"

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems

    def failure(self) -> dict[str, Any]:
        return {"kind": self.kind, "problems": self.problems}


class BudgetError(DocumentError):
    """Budgets that can't be used, or something that is no usage facts at all."""

    kind = "budgets"


class RateCardError(DocumentError):
    """A rate card that can't be used."""

    kind = "rate_card"
