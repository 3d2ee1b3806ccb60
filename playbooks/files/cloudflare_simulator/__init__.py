# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Cloudflare billable-usage API on loopback, for the demo, the tests and the benchmarks. Standard library only."""

from __future__ import annotations

from .catalogue import (
    ACCOUNT_ID,
    EMPTY_ORGANIZATION_ID,
    NOT_COVERED_ACCOUNT_ID,
    ORGANIZATION_ID,
    PAYGO_ACCOUNT_ID,
    SUB_ORGANIZATION_ID,
    TOKEN,
)
from .config import Config
from .server import Simulator

__all__ = [
    "ACCOUNT_ID",
    "EMPTY_ORGANIZATION_ID",
    "NOT_COVERED_ACCOUNT_ID",
    "ORGANIZATION_ID",
    "PAYGO_ACCOUNT_ID",
    "SUB_ORGANIZATION_ID",
    "TOKEN",
    "Config",
    "Simulator",
]
