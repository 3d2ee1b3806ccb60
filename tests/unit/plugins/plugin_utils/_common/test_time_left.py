# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Several tasks keep to one deadline."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest

from ansible_collections.finops.cloudflare.plugins.filter.seconds_left import FilterModule
from ansible_collections.finops.cloudflare.plugins.module_utils._errors import ParameterError
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.time_left import LEAST, seconds_left

NOON = datetime(2025, 6, 2, 12, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("deadline", "since", "left"),
    [
        (900, "2025-06-02T12:00:00", 900.0),
        ("900", "2025-06-02T11:59:59.500000", 899.5),
        (900, "2025-06-02T11:45:00.001000", LEAST),
        (900, "2025-06-02T11:45:00", LEAST),
        (900, "2025-06-01T12:00:00", LEAST),
        (900, "2025-06-02T13:00:00", 900.0),  # the clock was set back
        (0.5, "2025-06-02T12:00:00", 0.5),
    ],
)
def test_time_left_is_never_none_and_never_more(deadline: Any, since: str, left: float) -> None:
    assert seconds_left(deadline, since, NOON) == left


@pytest.mark.parametrize("deadline", ["soon", 0, -1, "nan", True, None, [900], "", 1e9])
def test_time_left_of_what_is_no_deadline_is_for_the_task_to_refuse(deadline: Any) -> None:
    left = seconds_left(deadline, "2025-06-02T12:00:00", NOON)
    assert left is deadline or left == deadline


@pytest.mark.parametrize("since", ["noon", "", None, 7])
def test_time_left_needs_to_know_when_it_began(since: Any) -> None:
    with pytest.raises(ParameterError, match=r"since: .* is not a valid time; use now\(utc=true\)"):
        seconds_left(900, since, NOON)


def test_time_left_as_a_filter_looks_at_the_clock() -> None:
    assert FilterModule().filters()["seconds_left"](900, "2025-01-01T00:00:00") == LEAST
