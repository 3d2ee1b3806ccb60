# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Between Ansible's action plugins and the collection's plain Python; private to the collection."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from ansible.errors import AnsibleError
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.plugins.action import ActionBase

from ansible_collections.finops.cloudflare.plugins.module_utils._errors import FinopsError, ParameterError
from ansible_collections.finops.cloudflare.plugins.module_utils._report_files import MAX_TEXT
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.documents import (
    DocumentError,
    problem_text,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.named_document import (
    NamedDocument,
    open_document,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.options import file_mode, is_given, read_list
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.plain import plain
from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.read_document import read_document

_ROLES = "finops.cloudflare."


class TaskError(FinopsError):
    """A step on the host failed."""

    kind = "task"


class TaskAction(ActionBase):
    """An action that fails with a message of its own, and takes null and blank for an option that was left out.

    ``OPTIONS`` is an argument spec. ``DOCUMENTS`` are options for facts, budgets and the like, of any size: they are
    taken as they are, or read where they are text.
    """

    OPTIONS: ClassVar[dict[str, dict[str, Any]]]
    DOCUMENTS: ClassVar[frozenset[str]]
    _requires_connection = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return the result of the task."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        self._variables = task_vars or {}
        try:
            return {**result, **self.work()}
        except FinopsError as error:
            return {**result, "failed": True, "msg": problem_text(error), "failure": error.failure()}

    @abstractmethod
    def work(self) -> dict[str, Any]:
        """Return what the task has done; a FinopsError fails it."""

    def name(self, option: str) -> str:
        """Return what people call an option: in a role, its variable."""
        role = str(self._task._role.get_name()) if self._task._role else ""
        return f"{role.removeprefix(_ROLES)}_{option}" if role.startswith(_ROLES) else option

    def options(self) -> dict[str, Any]:
        """Return the options that are given or have a default, or raise a ParameterError for those that are wrong."""
        given = {name: value for name, value in self._task.args.items() if is_given(value)}
        documents = {name: self._document(name, given.pop(name)) for name in self.DOCUMENTS & given.keys()}
        spec = {self.name(name): entry for name, entry in self.OPTIONS.items() if name not in self.DOCUMENTS}
        parameters = {
            self.name(name): read_list(value) if self.OPTIONS.get(name, {}).get("type") == "list" else plain(value)
            for name, value in given.items()
        }
        checked = ArgumentSpecValidator(spec).validate(parameters)
        if checked.error_messages:
            raise ParameterError([str(message) for message in checked.error_messages])
        names = {self.name(name): name for name in self.OPTIONS}
        return {names[name]: value for name, value in checked.validated_parameters.items()} | documents

    def _document(self, option: str, value: Any) -> Any:
        return read_document(plain(value), self.name(option)) if isinstance(value, str) else value

    def document_of(self, options: Mapping[str, Any], option: str) -> NamedDocument:
        """Return the document that an option holds, or the file that the option beside it names."""
        file = f"{option}_file"
        if options.get(file) and options.get(option):
            raise DocumentError([f"Set either {self.name(option)} or {self.name(file)}, not both."])
        if options.get(file):
            # Plain data: what stands in a file is what was reviewed, so a template in it stays text.
            return open_document(self.name(file), options[file], self.read_file)
        return NamedDocument(self.name(option), options.get(option) or [])

    def run_module(self, module: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Return the result of a module on the host."""
        result: dict[str, Any] = self._execute_module(
            module_name=module, module_args=dict(arguments), task_vars=self._variables
        )
        return result

    @staticmethod
    def folder(path: str) -> str:
        """Return a path on the host: a relative one is meant from where ansible-playbook was started."""
        return path if path.startswith(("/", "~")) else str(Path(path).resolve())

    def write_files(self, options: Mapping[str, Any], files: Mapping[str, str]) -> dict[str, Any]:
        """Write texts under their names into ``dest``, all or none; return ``changed``, and ``diff`` if asked for."""
        modes = {key: file_mode(options[key]) for key in ("mode", "directory_mode")}
        small = {name: text for name, text in files.items() if len(text) <= MAX_TEXT}
        sources = self._send({name: text for name, text in files.items() if name not in small})
        arguments = {"dest": self.folder(options["dest"]), "files": small, "sources": sources, **modes}
        result = self.run_module("finops.cloudflare.cloudflare_report_files", arguments)
        if result.get("failed"):
            raise TaskError(str(result.get("msg", "The files could not be written.")))
        return {key: result[key] for key in ("changed", "diff") if key in result}

    def _send(self, texts: Mapping[str, str]) -> dict[str, str]:
        """Return the paths of temporary files on the host that hold the texts; Ansible removes them after the task."""
        if not texts:
            return {}
        shell = self._connection._shell
        folder = shell.tmpdir or self._make_tmp_path()
        paths = {name: str(shell.join_path(folder, name)) for name in texts}
        for name, text in texts.items():
            self._transfer_data(paths[name], text)
        self._fixup_perms2((folder, *paths.values()), execute=False)
        return paths

    def read_file(self, path: str) -> str:
        """Return the text of a file on the controller, decrypted where it is of Ansible Vault."""
        if not Path(path).is_file():
            raise OSError(0, "there is no such file")
        try:
            return str(self._loader.get_text_file_contents(path))
        except AnsibleError as error:
            raise OSError(0, str(error)) from None
