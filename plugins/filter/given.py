# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter given."""

from __future__ import annotations

DOCUMENTATION = r"""
name: given
short_description: A value, or a default where it is null or blank
version_added: 1.0.0
author:
  - The finops.cloudflare contributors (@finops-cloudflare)
description:
  - A survey of AWX hands a blank answer over as null or as an empty text. This takes both for an option that was left
    out, and V(false), V(0) and an empty list for values, which C(default(..., true\)) does not.
positional: default
options:
  _input:
    description:
      - The value, as C(name | default(none\)) where it may not be set at all.
    type: raw
    required: true
  default:
    description:
      - What takes its place.
    type: raw
seealso:
  - plugin: finops.cloudflare.given_list
    plugin_type: filter
"""

EXAMPLES = r"""
---
- name: Read the usage of the period that a survey asked for, or of this month
  finops.cloudflare.cloudflare_usage_info:
    account_id: 023e105f4ecef8ad9ca31a8372d0c353
    period: "{{ survey_period | default(none) | finops.cloudflare.given('month_to_date') }}"
    lag_days: "{{ survey_lag_days | default(none) | finops.cloudflare.given(omit) }}"
"""

RETURN = r"""
_value:
  description: The value, or the default.
  type: raw
"""

from collections.abc import Callable
from typing import Any

from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.options import is_given


def given(value: Any, default: Any = None) -> Any:
    """Return the value or the default; see the documentation of the filter."""
    return value if is_given(value) else default


class FilterModule:
    """What Ansible asks for."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter under its name."""
        return {"given": given}
