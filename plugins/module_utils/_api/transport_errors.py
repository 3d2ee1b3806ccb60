# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What went wrong on the way to the API and back, in words, and whether another try can help."""

from __future__ import annotations

import http.client
import ssl
import zlib

from ansible_collections.finops.cloudflare.plugins.module_utils._api.libraries import requests, urllib3

_TIMEOUTS = (requests.exceptions.Timeout, urllib3.exceptions.TimeoutError, TimeoutError)
_PASSING = (
    *_TIMEOUTS,
    requests.exceptions.ConnectionError,
    requests.exceptions.ChunkedEncodingError,
    urllib3.exceptions.ProtocolError,
    http.client.HTTPException,
    ConnectionError,
    EOFError,
    zlib.error,
)
_TLS = (requests.exceptions.SSLError, urllib3.exceptions.SSLError, ssl.SSLError)
_PROXY = (requests.exceptions.ProxyError, urllib3.exceptions.ProxyError)
# The address of the API is checked before it is used, so it is the one of the proxy that is wrong.
_ADDRESS = (
    requests.exceptions.InvalidURL,
    requests.exceptions.InvalidSchema,
    urllib3.exceptions.LocationValueError,
    urllib3.exceptions.ProxySchemeUnknown,
)
_REFUSED = "Tunnel connection failed: 4"  # the words of Python
_CERTIFICATE = ("certificate verify failed", "doesn't match")  # the second is what urllib3 said before version 2


def is_passing(error: Exception) -> bool:
    """Tell whether another try can help: not with a certificate, an address or a file that is wrong."""
    if isinstance(error, _TLS):
        return "EOF" in str(error)
    return isinstance(error, _PASSING) and _REFUSED not in str(error)


def describe(error: Exception, timeout: float, *, proxied: bool) -> str:
    """Return the cause in words, without the objects that libraries put around it, and what to do about it.

    ``timeout`` is in seconds; ``proxied`` tells that the request goes through a proxy.
    """
    words = _words(error)
    if isinstance(error, _PROXY) or (proxied and isinstance(error, _ADDRESS)):
        remedy = "Check HTTPS_PROXY and NO_PROXY."
        if f"{_REFUSED}07" in words:
            remedy = "It wants a name and a password; HTTPS_PROXY can hold them: http://NAME:PASSWORD@HOST:PORT."
        return f"the proxy failed: {words.removesuffix('.')}. {remedy}"
    if isinstance(error, _TIMEOUTS):
        return f"no answer within {timeout:g} s"
    if isinstance(error, _TLS) and any(each in words for each in _CERTIFICATE):
        return (
            f"{words}. Set ca_path to the CA certificates to trust, where the API or a proxy has a certificate of an"
            " authority of your own; validate_certs: false trusts anybody."
        )
    return f"{words}. Check ca_path, or REQUESTS_CA_BUNDLE." if "certificate bundle" in words else words


def _words(error: BaseException) -> str:
    inner = _innermost(error)
    if isinstance(inner, ssl.SSLCertVerificationError):
        return f"certificate verify failed: {getattr(inner, 'verify_message', 'no reason given')}"
    if isinstance(inner, ssl.SSLError) and getattr(inner, "reason", None):
        return f"TLS failed: {inner.reason.lower().replace('_', ' ')}"
    if isinstance(inner, OSError) and inner.strerror:
        return inner.strerror.partition(" (_ssl")[0]  # the place in the source of Python
    if isinstance(inner, http.client.IncompleteRead):
        return "the answer is cut off"
    if isinstance(inner, (http.client.BadStatusLine, http.client.UnknownProtocol)) and not isinstance(
        inner, ConnectionError
    ):
        return "what came is not HTTP"
    if isinstance(inner, zlib.error):
        return "its compressed body is broken"
    if inner.__class__ is ValueError:  # such as the size of a chunk
        return "what came is not HTTP, or is cut off"
    return str(inner).rpartition(">: ")[2] or type(inner).__name__


def _innermost(error: BaseException) -> BaseException:
    """Return the exception that all others were put around."""
    seen: list[BaseException] = []
    while error not in seen and not isinstance(error, http.client.IncompleteRead):
        seen.append(error)
        wrapped = [getattr(error, "reason", None), *error.args]
        if isinstance(error, urllib3.exceptions.HTTPError):
            wrapped += [error.__cause__, error.__context__]
        error = next((each for each in wrapped if isinstance(each, BaseException)), error)
    return error
