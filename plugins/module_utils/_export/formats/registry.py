# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The formats of an export, by the name that the option has for them."""

from __future__ import annotations

from collections.abc import Callable

from ansible_collections.finops.cloudflare.plugins.module_utils._export.formats.format_csv import Csv
from ansible_collections.finops.cloudflare.plugins.module_utils._export.formats.format_ndjson import Ndjson
from ansible_collections.finops.cloudflare.plugins.module_utils._export.formats.format_parquet import Parquet
from ansible_collections.finops.cloudflare.plugins.module_utils._export.formats.interface import Format

FORMATS: dict[str, Callable[[], Format]] = {"csv": Csv, "ndjson": Ndjson, "parquet": Parquet}
