# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What every form of verdicts is made of, and what it has to be: verdicts in, text out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from ansible_collections.finops.cloudflare.plugins.plugin_utils._common.comments import MAX_LENGTH
from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts.model import Verdict


@dataclass(frozen=True)
class Preview:
    """What verdicts would be: ``against`` says which usage they are of, ``link`` where it was read.

    ``before`` are the verdicts of that time, which tell the limits of before.
    """

    against: str
    link: str = ""
    before: Sequence[Verdict] = ()


@dataclass(frozen=True)
class VerdictReport:
    """Verdicts, with what the forms say about them.

    ``problem`` is why there is no verdict. ``path`` is the budgets file, relative to the repository, and ``text`` what
    it holds: for the line of a budget. ``marker`` names a comment that a later run updates, of at most ``max_length``
    characters. With ``preview`` the verdicts are only what a gate would say.
    """

    verdicts: Sequence[Verdict]
    problem: str = ""
    title: str = "Cloudflare budgets"
    path: str = "budgets.yml"
    text: str | None = None
    marker: str = "budgets"
    max_length: int = MAX_LENGTH
    preview: Preview | None = None


Renderer: TypeAlias = Callable[[VerdictReport], str]


@dataclass(frozen=True)
class VerdictFormat:
    """One form: the name of its file, and the function that makes its text."""

    file: str
    render: Renderer
