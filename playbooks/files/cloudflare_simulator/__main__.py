# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the simulator: python cloudflare_simulator --help (the folder itself), or python -m cloudflare_simulator."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

NAME = "cloudflare_simulator"

if __name__ == "__main__":
    if not __package__:
        # Run as a folder, Python puts the folder on the path and not what holds it.
        sys.path[0] = str(Path(__file__).resolve().parents[1])
    sys.exit(importlib.import_module(f"{__package__ or NAME}.cli").main())
