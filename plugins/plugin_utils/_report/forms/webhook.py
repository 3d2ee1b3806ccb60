# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a webhook is: an address that is a secret, so nothing here ever repeats a part of it."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

_LABEL = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?")
_CHARACTERS = re.compile(r"[!-~]+")
_REFUSED = re.compile(r"[\"<>\\^`{|}]")


def address_problem(address: str) -> str:
    """Return what is wrong with the form of an address, without a part of it, or nothing."""
    if len(address) > 2000 or not _CHARACTERS.fullmatch(address) or _REFUSED.search(address):
        return "not a valid address: it has a blank or another character that no address has, or is too long"
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "not a valid address: its host or port is wrong"
    if parts.scheme.lower() not in ("https", "http"):
        return "not a valid address: it must begin with https://"
    if parts.username is not None or parts.password is not None:
        return "has a user or password in it, which is not accepted"
    if not _is_host(host) or port == 0:
        return "not a valid address: its host or port is wrong"
    if parts.scheme.lower() == "http" and not _is_loopback(host):
        return "must begin with https://, since whoever sees the address can post; http:// is for this machine only"
    return ""


def _is_host(host: str) -> bool:
    try:
        return bool(ipaddress.ip_address(host))
    except ValueError:
        return len(host) <= 253 and all(_LABEL.fullmatch(label) for label in host.removesuffix(".").split("."))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
