# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Between Ansible and the collection's plain Python; private to the collection.

The only place where an exception becomes a failed task.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import combinations, product
from types import FrameType
from typing import Any, NoReturn

from ansible.module_utils.basic import AnsibleFallbackNotFound, AnsibleModule, env_fallback

from ansible_collections.finops.cloudflare.plugins.module_utils._api.client import Connection
from ansible_collections.finops.cloudflare.plugins.module_utils._errors import FinopsError, MissingLibraryError
from ansible_collections.finops.cloudflare.plugins.module_utils._redaction import redact
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.parameters import (
    QUERY_DEFAULTS,
    SCOPE_SETS,
    SCOPES,
    SOURCES,
)

HIDDEN = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"  # the words of ansible-core
DEFAULT_API_URL = "https://api.cloudflare.com/client/v4"


def connection_options() -> dict[str, Any]:
    """Return the argument spec of the options that every module shares."""
    return {
        "api_token": {"type": "str", "no_log": True, "fallback": (_environment, ["CLOUDFLARE_API_TOKEN"])},
        "api_url": {"type": "str", "default": DEFAULT_API_URL, "fallback": (_environment, ["CLOUDFLARE_BASE_URL"])},
        "timeout": {"type": "float", "default": Connection.timeout},
        "deadline": {"type": "float", "default": Connection.deadline},
        "max_retries": {"type": "int", "default": Connection.max_retries},
        "validate_certs": {"type": "bool", "default": Connection.validate_certs},
        "ca_path": {"type": "path"},
    }


def _environment(name: str) -> str:
    """Return an environment variable; one that is empty is as good as none."""
    value: str = env_fallback(name)
    if not value.strip():
        raise AnsibleFallbackNotFound
    return value


def query_options() -> dict[str, Any]:
    """Return the argument spec of the options that say which usage is asked for."""
    return {
        "source": {"type": "str", "choices": list(SOURCES), "default": QUERY_DEFAULTS["source"]},
        "account_id": {"type": "str"},
        "account_ids": {"type": "list", "elements": "str"},
        "organization_id": {"type": "str"},
        "organization_ids": {"type": "list", "elements": "str"},
        "from": {"type": "str"},
        "to": {"type": "str"},
        "period": {"type": "str"},
        "cycle_day": {"type": "int"},
        "complete_days": {"type": "bool", "default": QUERY_DEFAULTS["complete_days"]},
        "metric": {"type": "list", "elements": "str"},
        "lag_days": {"type": "int", "default": QUERY_DEFAULTS["lag_days"]},
        "window_days": {"type": "int", "default": QUERY_DEFAULTS["window_days"]},
        "concurrency": {"type": "int", "default": QUERY_DEFAULTS["concurrency"]},
        "expected_accounts": {"type": "list", "elements": "str"},
        "expected_accounts_by_organization": {"type": "dict"},
        "ended_accounts": {"type": "dict"},
    }


class _Module(AnsibleModule):
    """A module whose results never hold a secret option: from ansible-core 2.22 on nothing else takes it out."""

    def exit_json(self, **result: Any) -> None:
        super().exit_json(**{"invocation": self._invocation(), **result})

    def fail_json(self, msg: str, **result: Any) -> None:
        super().fail_json(msg, **{"invocation": self._invocation(), **result})

    def _invocation(self) -> dict[str, Any]:
        secrets = {name: self.params.get(name) for name, option in self.argument_spec.items() if option.get("no_log")}
        given = {name: value for name, value in self.params.items() if name not in secrets}
        for secret in filter(None, secrets.values()):  # a token may also stand where it should not
            given = {name: _redacted(value, str(secret)) for name, value in given.items()}
        hidden = {name: None if value is None else HIDDEN for name, value in secrets.items()}
        return {"module_args": {**given, **hidden}}


def _redacted(value: Any, secret: str) -> Any:
    if isinstance(value, list):
        return [_redacted(each, secret) for each in value]
    return redact(value, secret) if isinstance(value, str) else value


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """Turn SIGTERM and SIGINT into an exception, which ends requests and threads and removes temporary files."""

    def end(number: int, _frame: FrameType | None) -> NoReturn:
        raise SystemExit(128 + number)

    before = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _query_rules(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the rules between the options of a usage query; none for a module that asks for none."""
    if not options.keys() >= set(SCOPES):
        return {}
    pairs = combinations(SCOPE_SETS, 2)
    return {
        "required_one_of": [SCOPES],
        "mutually_exclusive": [
            *(both for one, other in pairs for both in product(one, other)),
            ("period", "from"),
            ("period", "to"),
        ],
        "required_together": [("from", "to")],
    }


def run_module(
    options: Mapping[str, Any],
    action: Callable[[Mapping[str, Any], AnsibleModule], Mapping[str, Any]],
    *,
    writes_files: bool = False,
) -> None:
    """Run ``action`` on the parameters and exit with its result; its ``warnings`` become warnings of the task.

    Between the options of a usage query hold its rules. A module that writes files also has the options that all of
    Ansible's file modules have.
    """
    module = _Module(
        argument_spec=dict(options),
        supports_check_mode=True,
        add_file_common_args=writes_files,
        **_query_rules(options),
    )
    try:
        with _ended_by_signals():
            result = dict(action(module.params, module))
    except MissingLibraryError as error:
        module.fail_json(msg=str(error), exception=error.traceback, failure=error.failure())
    except FinopsError as error:
        module.fail_json(msg=str(error), failure=error.failure())
    for warning in result.pop("warnings", ()):
        module.warn(warning)
    module.exit_json(**{"changed": False, **result})
