# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Between Ansible's filters and the collection's plain Python; private to the collection."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from ansible.errors import AnsibleFilterError

from ansible_collections.finops.cloudflare.plugins.module_utils._errors import FinopsError

_Arguments = ParamSpec("_Arguments")
_Result = TypeVar("_Result")


def ansible_filter(function: Callable[_Arguments, _Result]) -> Callable[_Arguments, _Result]:
    """Turn what the collection raises into Ansible's own error of a filter."""

    @functools.wraps(function)
    def wrapper(*args: _Arguments.args, **kwargs: _Arguments.kwargs) -> _Result:
        try:
            return function(*args, **kwargs)
        except FinopsError as error:
            raise AnsibleFilterError(f"{function.__name__}: {error}") from error

    return wrapper
