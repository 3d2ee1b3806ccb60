# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The address of a webhook is looked at before it is used, and no part of it is ever repeated."""

from __future__ import annotations

import pytest

from ansible_collections.finops.cloudflare.plugins.plugin_utils._report.forms.webhook import address_problem

GOOD = [
    "https://hooks.slack.com/services/T000/B000/secret",
    "HTTPS://hooks.example.com:8443/a?b=c&d=%20#e",
    "https://xn--bcher-kva.example./x",
    "https://192.0.2.1/x",
    "https://[2001:db8::1]:443/x",
    "http://127.0.0.1:8080/x",
    "http://localhost/x",
    "http://[::1]/x",
]
BAD = [
    "hooks.example.com/secret", "//hooks.example.com/secret", "ftp://hooks.example.com/secret", "https:/secret",
    "https:///secret", "https://", "https://hooks.example.com/sec ret", "https://hooks.example.com/secret\n",
    "https://hooks.example.com:port/secret", "https://hooks.example.com:99999/secret", "https://hooks.example.com:0/secret",
    "https://user@hooks.example.com/secret", "https://user:secret@hooks.example.com/", "https://:secret@example.com/",
    "https://hooks..example.com/secret", "https://-hooks.example.com/secret", "https://[::1/secret", "https://[zz]/secret",
    f"https://{'a' * 64}.example.com/secret", f"https://{'a.' * 130}com/secret",
    f"https://example.com/{'secret' * 400}",
    "https://b\u00fccher.example/secret", "https://example.com/\x00secret", "https://example.com/{secret}",
    "https://example.com\\@evil.example/secret", "http://hooks.example.com/secret", "http://127.0.0.1.example.com/secret",
    "http://169.254.169.254/secret", "http://localhost.example/secret", "file:///secret",
]  # fmt: skip


@pytest.mark.parametrize("address", GOOD)
def test_webhook_address_that_can_be_used(address: str) -> None:
    assert address_problem(address) == ""


@pytest.mark.parametrize("address", BAD)
def test_webhook_address_that_is_wrong_is_not_repeated(address: str) -> None:
    problem = address_problem(address)
    assert problem
    for part in ("secret", "hooks", "example", "user", "evil", "169", "port/"):
        assert part not in problem.replace("or port is wrong", "").replace("has a user or password", "")
