# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Text from outside, escaped for where it lands. HTML is left to markupsafe, JSON to the standard library.

Every function first takes out control, format and bidirectional characters, so that no output can steer a terminal.
"""

from __future__ import annotations

import functools
import re
import urllib.parse

from ansible_collections.finops.cloudflare.plugins.module_utils._csv_text import not_a_formula
from ansible_collections.finops.cloudflare.plugins.module_utils._text import printable

MACHINE_LIMIT = 1000  # far longer than any name, short enough that a hostile one can't fill a file

NAME_LIMIT = 120  # of a name in a line for people
CHAT_LINE_LIMIT = 2000

_BREAK = "&#8203;"  # a zero-width space ends what would become a mention, a reference or a link
_MARKDOWN = re.compile(r"[\\`*_\[\]~|$]|[&<>]|[@#!](?=\w)|:(?=/)|www(?=\.)", re.IGNORECASE)
_MARKDOWN_START = re.compile(r"^(\d+(?=[.)])|(?=[#+=-]))([#+=.)-])(?=[\s#=-]|$)")
# What a chat would make something of: @name, #channel, ~channel, [text](url), [text][name], url, www.name, &name;
_CHAT = re.compile(r"[<>`]|[@#~!&](?=[\w#])|\](?=[(\[:])|:(?=//)|\bwww(?=\.)", re.IGNORECASE)
_LOOK_ALIKES = {"<": "\u2039", ">": "\u203a", "`": "\u2019", "@": "\uff20"}
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


@functools.lru_cache(maxsize=65536, typed=True)
def clean(value: object, limit: int = MACHINE_LIMIT) -> str:
    """Return one line that is safe in a terminal, in XML and in UTF-8; None becomes the empty string."""
    return "" if value is None else printable(value, limit)


def name_text(value: object) -> str:
    """Return a name from outside, fit for a line of a report."""
    return clean(value, NAME_LIMIT)


def markdown(value: object, limit: int = 300) -> str:
    """Return text that stays text in a paragraph, a list item and a table cell of GitHub's and GitLab's Markdown."""
    text = _MARKDOWN.sub(_escape_markdown, clean(value, limit))
    return _MARKDOWN_START.sub(r"\1\\\2", text)


def _escape_markdown(match: re.Match[str]) -> str:
    found = match[0]
    if found in _ENTITIES:
        return _ENTITIES[found]
    return found + _BREAK if found in {"@", "#", "!", ":"} or len(found) > 1 else "\\" + found


def chat_text(value: object) -> str:
    """Return lines that Slack, Teams and Mattermost show as they are: no mention, link, image, code or reference.

    Look-alikes stand for angle brackets, backticks and the @ of a name, and a zero-width space breaks the rest.
    """
    return "\n".join(_CHAT.sub(_escape_chat, clean(line, CHAT_LINE_LIMIT)) for line in str(value).splitlines())


def _escape_chat(match: re.Match[str]) -> str:
    return _LOOK_ALIKES.get(match[0]) or match[0] + "\u200b"


def csv_text(value: object) -> str:
    """Return text that no spreadsheet takes for a formula, nor a part of it where one splits lines at semicolons."""
    return ";".join(map(not_a_formula, clean(value).split(";")))


def label_value(value: object) -> str:
    """Return the inside of the quotes of an OpenMetrics or Prometheus label."""
    return clean(value).replace("\\", r"\\").replace('"', r"\"")


def sarif_text(value: object) -> str:
    """Return a SARIF message: brackets would be links, braces placeholders (SARIF 2.1.0, 3.11.5 and 3.11.6)."""
    text = clean(value).replace("\\", "\\\\")
    return text.replace("[", "\\[").replace("]", "\\]").replace("{", "{{").replace("}", "}}")


def repository_path(value: object) -> str:
    """Return a path as code hosts want it: forward slashes, no leading ``./``."""
    path = clean(value).replace("\\", "/")
    while path.startswith("./"):
        path = path[2:].lstrip("/")
    return path


def uri_path(value: object) -> str:
    """Return the path as a URI reference."""
    return urllib.parse.quote(repository_path(value), safe="/")


def fit_lines(lines: list[str], limit: int, what: str = "line") -> list[str]:
    """Return the first lines, of at most ``limit`` characters, and a last one that tells how many are left out."""
    room = limit - 40  # for that last line
    for count, line in enumerate(lines):
        room -= len(line) + 1
        if room < 0:
            first = lines[:count] or [f"{line[: limit - 42]}…"]
            left = len(lines) - len(first)
            return [*first, f"… and {left} more {what}{'' if left == 1 else 's'}."] if left else first
    return lines
