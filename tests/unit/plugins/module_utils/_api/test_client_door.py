# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whatever a socket can throw, and whatever a server can send, is an error of the one tree, in words."""

from __future__ import annotations

import gc
import gzip
import http.client
import json
import ssl
import traceback
import tracemalloc
import warnings
import zlib
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
import requests
import urllib3

from ansible_collections.finops.cloudflare.plugins.module_utils._api.client import Client, Connection
from ansible_collections.finops.cloudflare.plugins.module_utils._api.transport import BLOCK, blocks
from ansible_collections.finops.cloudflare.plugins.module_utils._errors import ApiError, MalformedError, TransportError
from ansible_collections.finops.cloudflare.tests.unit.plugins.module_utils._api.conftest import Timers
from ansible_collections.finops.cloudflare.tests.unit.plugins.module_utils.conftest import PATH, Api
from ansible_collections.finops.cloudflare.tests.unit.plugins.module_utils.usage_factories import TOKEN, answer

Listen = Callable[..., str]
Connect = Callable[..., Api]

POOL = urllib3.HTTPConnectionPool("127.0.0.1")
WRAPPED = requests.exceptions.ConnectionError(
    urllib3.exceptions.MaxRetryError(
        POOL, "/x", urllib3.exceptions.ProtocolError("Connection aborted.", OSError(5, "EIO"))
    )
)
BAD_CHUNK = http.client.IncompleteRead(b"")
BAD_CHUNK.__context__ = ValueError("invalid literal for int() with base 16: b'zz'")
PASSING = [
    ConnectionResetError(104, "Connection reset by peer"),
    BrokenPipeError(32, "Broken pipe"),
    ConnectionRefusedError(111, "Connection refused"),
    TimeoutError("timed out"),
    EOFError(),
    ssl.SSLEOFError(8, "EOF occurred in violation of protocol"),
    http.client.RemoteDisconnected("Remote end closed connection without response"),
    http.client.BadStatusLine(TOKEN),
    http.client.LineTooLong("header line"),
    http.client.IncompleteRead(b"x", 5),
    http.client.ResponseNotReady(),
    zlib.error("incorrect header check"),
    urllib3.exceptions.ProtocolError("Connection broken", OSError(5, "Input/output error")),
    urllib3.exceptions.ReadTimeoutError(POOL, "/x", "Read timed out."),
    urllib3.exceptions.IncompleteRead(1, 5),
    requests.exceptions.ConnectionError("reset"),
    requests.exceptions.ChunkedEncodingError("broken"),
    requests.exceptions.ReadTimeout("slow"),
    requests.exceptions.ConnectTimeout("slow"),
    requests.exceptions.ProxyError("no way"),
    WRAPPED,
]
FINAL = [
    OSError("something"),
    PermissionError(13, "Permission denied"),
    ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER] wrong version number"),
    ssl.SSLCertVerificationError(1, "certificate verify failed"),
    requests.exceptions.SSLError("certificate verify failed"),
    requests.exceptions.InvalidURL("no host"),
    requests.exceptions.InvalidHeader("bad"),
    requests.exceptions.InvalidSchema("socks"),
    requests.exceptions.TooManyRedirects("many"),
    requests.exceptions.RequestException(),
    urllib3.exceptions.LocationParseError(f"//{TOKEN}"),
    urllib3.exceptions.DecodeError("gzip"),
    urllib3.exceptions.SSLError("tls"),
    UnicodeError("label too long"),
    UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte"),
    LookupError("unknown encoding: x"),
    ValueError("negative count"),
    OverflowError("too large"),
    MemoryError(),
    RecursionError("maximum recursion depth exceeded"),
    AttributeError("'NoneType' object has no attribute 'readline'"),
    TypeError(),
    KeyError("x"),
    AssertionError(),
    NotImplementedError(),
]


def checked(error: ApiError) -> ApiError:
    """Return an error that holds no token, no object of a library, and can be written as JSON."""
    for text in (str(error), json.dumps(error.failure()), "".join(traceback.format_exception(error))):
        assert TOKEN not in text
    assert " object at " not in str(error)
    assert "Connection(" not in str(error)
    return error


@pytest.mark.parametrize("thrown", [*PASSING, *FINAL], ids=lambda error: f"{type(error).__module__}.{error!r:.30}")
@pytest.mark.parametrize("where", ["door", "body"])
def test_client_turns_whatever_a_socket_throws_into_its_own_error(
    connect: Connect, monkeypatch: pytest.MonkeyPatch, thrown: Exception, where: str
) -> None:
    api = connect(simulator={"token": TOKEN}, max_retries=1)

    def throw(*_arguments: Any, **_options: Any) -> Iterator[bytes]:
        raise thrown

    if where == "door":
        monkeypatch.setattr(requests.Session, "send", throw)
    else:
        monkeypatch.setattr(urllib3.HTTPResponse, "stream", throw)
    with pytest.raises(TransportError) as caught:
        api.records()
    checked(caught.value)
    assert caught.value.attempts == (2 if thrown in PASSING else 1)


@pytest.mark.parametrize(
    ("thrown", "words"),
    [
        (WRAPPED, ": EIO"),
        (http.client.BadStatusLine("x"), ": what came is not HTTP"),
        (http.client.IncompleteRead(b"x", 5), ": the answer is cut off"),
        (requests.exceptions.ReadTimeout("slow"), ": no answer within 600 s"),
        (MemoryError(), ": MemoryError"),
        (ValueError("read length must be non-negative or -1"), ": what came is not HTTP, or is cut off"),
        (zlib.error("Error -3 while decompressing data"), ": its compressed body is broken"),
        (BAD_CHUNK, ": the answer is cut off"),
        (ssl.SSLEOFError(8, "EOF occurred in violation of protocol (_ssl.c:1006)"), "violation of protocol"),
        (requests.exceptions.SSLError("certificate verify failed"), "Set ca_path to the CA certificates to trust"),
    ],
)
def test_client_says_what_happened_without_the_objects_of_libraries(
    connect: Connect, monkeypatch: pytest.MonkeyPatch, thrown: Exception, words: str
) -> None:
    def throw(*_arguments: Any, **_options: Any) -> None:
        raise thrown

    api = connect(max_retries=0)
    monkeypatch.setattr(requests.Session, "send", throw)
    with pytest.raises(TransportError) as caught:
        api.records()
    assert words in str(caught.value)


HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"\r\n\r\n",
        b"nonsense\r\n\r\n",
        b"HTTP/1.1 abc\r\n\r\n",
        b"HTTP/9.9 200 OK\r\n\r\n",
        b"HTTP/1.1 999 What\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
        b"HTTP/1.1 204 No Content\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.6\r\n",
        HEAD + b"no colon\r\n\r\n",
        HEAD + b"X: " + b"x" * 70_000 + b"\r\n\r\n",
        HEAD + b"X: y\r\n" * 200 + b"\r\n",
        HEAD + b"Content-Length: -5\r\n\r\n",
        HEAD + b"Content-Length: abc\r\n\r\n",
        HEAD + b"Content-Length: " + b"9" * 400 + b"\r\n\r\n",
        HEAD + b"Content-Type: application/json; charset=no-such-charset\r\n\r\n\xff",
        HEAD + b"Content-Encoding: gzip\r\n\r\nnot gzip",
        HEAD + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(answer([1]))[:-9],
        HEAD + b"Content-Encoding: deflate, br\r\n\r\n\xff\x00",
        HEAD + b"Set-Cookie: \xff=\xff; expires=never; domain=[\r\n\r\n",
        CHUNKED + b"-5\r\nabc\r\n0\r\n\r\n",
        CHUNKED + b"-0\r\n\r\n",
        CHUNKED + b"xyz\r\nabc\r\n",
        CHUNKED + b"f" * 70_000 + b"\r\n",
        CHUNKED + b"ffffffffffffffff\r\nabc",
        CHUNKED + b"\r\n\r\n",
        b"HTTP/1.1 503 Later\r\nRetry-After: Fri, 31 Dec 9999 23:59:59 -2359\r\n\r\n",
        b"HTTP/1.1 503 Later\r\nRetry-After: " + b"9" * 5000 + b"\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: http://[\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: " + TOKEN.encode() + b"\xff\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: //" + TOKEN.encode() + b".example.com/\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: https://" + TOKEN.upper().encode() * 9 + b"/\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: " + TOKEN.encode() + b"://x/\r\n\r\n",
        b"HTTP/1.1 403 " + TOKEN.encode() + b"\r\nCf-Ray: " + b"x" * 50 + TOKEN.encode() + b"\r\n\r\n",
        b'HTTP/1.1 403 No\r\n\r\n{"errors":[{"message":"'
        + b"x" * 290
        + TOKEN.encode()
        + b'"}],"messages":"Bearer '
        + TOKEN.encode()
        + b'"}',
        TOKEN.encode() + b"\r\n\r\n",
    ],
    ids=range(36),
)
def test_client_turns_whatever_a_server_sends_into_its_own_error(listen: Listen, sent: bytes) -> None:
    address = listen(lambda connection: connection.sendall(sent))
    connection = Connection(address, TOKEN, max_retries=1)
    with Client(connection, lambda _pause: None, timer=Timers()) as client, pytest.raises(ApiError) as caught:
        client.get_result(PATH, {}, list)
    for length in range(8, len(TOKEN)):  # no part of it either
        assert TOKEN[:length] not in str(caught.value) + json.dumps(caught.value.failure())
    checked(caught.value)


@pytest.mark.parametrize(("encoding", "told"), [("br", True), ("deflate, gzip", True), ("identity", False)])
def test_client_names_an_encoding_that_was_not_asked_for(listen: Listen, encoding: str, told: bool) -> None:
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: {encoding}\r\n\r\n".encode()
    address = listen(lambda connection: connection.sendall(head + b"\x0b\x02\x80"))
    with Client(Connection(address, TOKEN)) as client, pytest.raises(MalformedError) as caught:
        client.get_result(PATH, {}, list)
    assert (f"(its Content-Encoding is {encoding}, not gzip)" in str(caught.value)) is told


def test_client_turns_contradicting_lengths_into_its_own_error(listen: Listen) -> None:
    address = listen(lambda connection: connection.sendall(HEAD + b"Content-Length: 5, 7\r\n\r\n{"))
    with (
        Client(Connection(address, TOKEN, max_retries=0)) as client,
        pytest.raises(ApiError, match=r"No whole answer|not whole"),
    ):
        client.get_result(PATH, {}, list)
    with warnings.catch_warnings():
        # Nobody gets the answer that urllib3 stumbled over, so nobody can close it.
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


def test_client_gives_records_that_echo_the_token_without_it(listen: Listen) -> None:
    body = answer([{"a": f"x{TOKEN}y", TOKEN: [TOKEN], "BillingCurrency": TOKEN}], messages=[{"message": TOKEN}])
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body)
    address = listen(lambda connection: connection.sendall(head + body))
    with Client(Connection(address, TOKEN)) as client:
        result = client.get_result(PATH, {}, list)
    assert result.value == [{"a": "x[redacted]y", "[redacted]": ["[redacted]"], "BillingCurrency": "[redacted]"}]
    assert result.notices.messages == ({"code": None, "message": "[redacted]"},)


def test_client_refuses_what_is_nested_too_deeply_for_what_comes_after(connect: Connect) -> None:
    def consume(_records: Any) -> None:
        raise RecursionError("a column is too deeply nested")

    api = connect()
    with pytest.raises(MalformedError, match="a value in it is too deeply nested"):
        api.records(consume)
    assert api.statuses == [200]


def test_client_leaves_a_mistake_of_its_own_what_it_is(connect: Connect) -> None:
    def consume(_records: Any) -> None:
        raise KeyError("a mistake")

    with pytest.raises(KeyError, match="a mistake"):
        connect().records(consume)


class Raw:
    """Stands in for urllib3's response: the body in the pieces that the network makes."""

    def __init__(self, pieces: list[bytes]) -> None:
        self._pieces = pieces

    def stream(self, _size: int, *, decode_content: bool) -> Iterator[bytes]:
        assert not decode_content
        yield from self._pieces


def body_of(pieces: list[bytes], encoding: str = "gzip") -> Iterator[bytes]:
    response: Any = SimpleNamespace(raw=Raw(pieces), headers={"content-encoding": encoding})
    return blocks(response)


@pytest.mark.parametrize("size", [1, 7, 1000, 1 << 20])
@pytest.mark.parametrize("members", [1, 3])
def test_client_door_blocks_unpack_gzip_however_it_is_cut(size: int, members: int) -> None:
    text = bytes(range(256)) * 700
    packed = gzip.compress(text) * members
    pieces = [packed[start : start + size] for start in range(0, len(packed), size)]
    assert b"".join(body_of(pieces)) == text * members
    with pytest.raises(EOFError):
        list(body_of([packed[:-1]]))


def test_client_door_blocks_unpack_a_bomb_within_bounds() -> None:
    bomb = gzip.compress(bytes(32 * 1024 * 1024))
    assert len(bomb) < 40_000
    tracemalloc.start()
    try:
        tracemalloc.reset_peak()
        sizes = [len(block) for block in body_of([bomb])]
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (sum(sizes), max(sizes) <= 2 * BLOCK) == (32 * 1024 * 1024, True)
    assert peak < 1_000_000


def test_client_door_blocks_join_small_pieces() -> None:
    sizes = [len(block) for block in body_of([b"x"] * (3 * BLOCK + 5), encoding="")]
    assert sizes == [BLOCK, BLOCK, BLOCK, 5]
