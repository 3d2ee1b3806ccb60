# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Usage as one self-contained HTML page.

The template and the style sheet are those of the role ``usage_report``. Everything that comes from outside passes
through autoescaping; the content security policy allows nothing but this very style sheet.
"""

from __future__ import annotations

import base64
import functools
import hashlib
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ansible_collections.finops.cloudflare.plugins.plugin_utils._report import model as report_model
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.charts import svg as charts
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.forms import palette
from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.forms.interface import ReportInput

TEMPLATES = Path(__file__).parent


@functools.cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals.update(meter=charts.meter, hatch=charts.HATCH)
    return environment


@functools.cache
def _style() -> str:
    """Return the style sheet with the colours in it; it is the project's own text."""
    sheet = (TEMPLATES / "usage.css").read_text(encoding="utf-8")
    dark = f"@media screen and (prefers-color-scheme:dark){{:root{{{palette.variables(palette.DARK)}}}}}"
    return f":root{{{palette.variables(palette.LIGHT)}}}\n{dark}\n{sheet}"


def usage_html(report: ReportInput) -> str:
    """Return the page."""
    style = _style()
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    template = _environment().get_template("usage.html.j2")
    return template.render(report=report_model.build(report), style=style, policy=policy)
