# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Between Ansible and the collection's plain Python; private to the collection.

The only place where an exception becomes a failed task.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ansible.module_utils.basic import AnsibleModule, env_fallback, missing_required_lib

from ansible_collections.finops.cloudflare.plugins.module_utils._errors import FinopsError, MissingLibraryError

DEFAULT_API_URL = "https://api.cloudflare.com/client/v4"


def connection_options() -> dict[str, Any]:
    """Return the argument spec of the options that every module shares."""
    return {
        "api_token": {"type": "str", "no_log": True, "fallback": (env_fallback, ["CLOUDFLARE_API_TOKEN"])},
        "api_url": {"type": "str", "default": DEFAULT_API_URL, "fallback": (env_fallback, ["CLOUDFLARE_BASE_URL"])},
        "timeout": {"type": "float", "default": 30.0},
        "max_retries": {"type": "int", "default": 4},
        "validate_certs": {"type": "bool", "default": True},
        "ca_path": {"type": "path"},
    }


def query_options() -> dict[str, Any]:
    """Return the argument spec of the options that say which usage is asked for."""
    return {
        "account_id": {"type": "str"},
        "organization_id": {"type": "str"},
        "from": {"type": "str"},
        "to": {"type": "str"},
        "period": {"type": "str"},
        "complete_days": {"type": "bool", "default": False},
        "metric": {"type": "list", "elements": "str"},
        "lag_days": {"type": "int", "default": 1},
        "window_days": {"type": "int", "default": 31},
        "concurrency": {"type": "int", "default": 4},
        "expected_accounts": {"type": "list", "elements": "str"},
    }


def run_module(
    options: Mapping[str, Any],
    action: Callable[[Mapping[str, Any], AnsibleModule], Mapping[str, Any]],
    *,
    writes_files: bool = False,
) -> None:
    """Run ``action`` on the parameters and exit with its result; its ``warnings`` become warnings of the task.

    A module that writes files also has the options that all of Ansible's file modules have.
    """
    module = AnsibleModule(argument_spec=dict(options), supports_check_mode=True, add_file_common_args=writes_files)
    try:
        result = dict(action(module.params, module))
    except MissingLibraryError as error:
        module.fail_json(msg=missing_required_lib(error.library), exception=error.traceback, failure=error.failure())
    except FinopsError as error:
        module.fail_json(msg=str(error), failure=error.failure())
    for warning in result.pop("warnings", ()):
        module.warn(warning)
    module.exit_json(**{"changed": False, **result})
