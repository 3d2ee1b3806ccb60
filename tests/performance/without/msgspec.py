# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stands in front of the library of this name, for a run as on a machine that lacks it."""

from __future__ import annotations

raise ImportError("left out of this run")
