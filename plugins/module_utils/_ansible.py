# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Between Ansible and the collection's plain Python: the only place where an exception becomes a failed task.

It imports nothing of the API, so that a module that asks for nothing is packed without it.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import FrameType
from typing import Any, NoReturn

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.finops.cloudflare.plugins.module_utils._errors import FinopsError, MissingLibraryError
from ansible_collections.finops.cloudflare.plugins.module_utils._redaction import redact

HIDDEN = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"  # the words of ansible-core


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


def run_module(
    options: Mapping[str, Any],
    action: Callable[[Mapping[str, Any], AnsibleModule], Mapping[str, Any]],
    rules: Mapping[str, Any] | None = None,
    *,
    writes_files: bool = False,
) -> None:
    """Run ``action`` on the parameters and exit with its result; its ``warnings`` become warnings of the task.

    ``rules`` are those between options. A module that writes files also has the options that all of Ansible's file
    modules have.
    """
    module = _Module(
        argument_spec=dict(options),
        supports_check_mode=True,
        add_file_common_args=writes_files,
        **(rules or {}),
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
