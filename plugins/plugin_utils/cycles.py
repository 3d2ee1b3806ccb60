# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Billing cycles, under the name by which the budgets know them."""

from __future__ import annotations

from ansible_collections.finops.cloudflare.plugins.module_utils.cycles import cycle_end, cycle_start, cycles

__all__ = ["cycle_end", "cycle_start", "cycles"]
