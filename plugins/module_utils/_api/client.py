# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ask the Cloudflare API: one session with a token, retries, deadlines, the envelope, errors that say what to do."""

from __future__ import annotations

import random
import re
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
from types import TracebackType
from typing import Any, Protocol, TypeVar
from urllib.parse import urljoin, urlsplit

from ansible_collections.finops.cloudflare.plugins.module_utils._api.api_errors import error_from_response
from ansible_collections.finops.cloudflare.plugins.module_utils._api.decoder import (
    CutOffError,
    Envelope,
    NotJsonError,
)
from ansible_collections.finops.cloudflare.plugins.module_utils._api.notices import Answer, notices
from ansible_collections.finops.cloudflare.plugins.module_utils._api.pace import Pace, shared_file
from ansible_collections.finops.cloudflare.plugins.module_utils._columns import REQUIRED
from ansible_collections.finops.cloudflare.plugins.module_utils._errors import (
    ApiError,
    ApiResponseError,
    MalformedError,
    MissingLibraryError,
    TransportError,
)
from ansible_collections.finops.cloudflare.plugins.module_utils._redaction import Redaction
from ansible_collections.finops.cloudflare.plugins.module_utils._text import printable
from ansible_collections.finops.cloudflare.plugins.module_utils._version import COLLECTION_VERSION

try:
    import requests
except ImportError:
    HAS_REQUESTS = False
    REQUESTS_TRACEBACK = traceback.format_exc()
else:
    from ansible_collections.finops.cloudflare.plugins.module_utils._api.transport import (
        Session,
        Watch,
        blocks,
        packing,
    )
    from ansible_collections.finops.cloudflare.plugins.module_utils._api.transport_errors import describe, is_passing

    HAS_REQUESTS = True
    REQUESTS_TRACEBACK = ""

T = TypeVar("T")

MAX_REDIRECTS = 3
MAX_ERROR_BODY = 1024 * 1024  # bytes; what Cloudflare says in an error fits many times
FIRST_DELAY, MAX_DELAY, MAX_RETRY_AFTER = 0.5, 30.0, 300.0  # seconds
ANSWER_TIMEOUTS = 20  # a whole answer may take this many times the time-out
CANCELLED = "the task was given up"


@dataclass(frozen=True)
class Connection:
    """How to reach the API, all times in seconds.

    ``timeout`` is for connecting and for each wait for data, ``deadline`` for all requests, waits and retries together.
    """

    api_url: str
    api_token: str
    timeout: float = 30
    max_retries: int = 4
    validate_certs: bool = True
    ca_path: str | None = None
    concurrency: int = 1
    deadline: float = 900

    @property
    def verify(self) -> bool | str:
        return self.ca_path or True if self.validate_certs else False


class Timer(Protocol):
    """What ends an exchange when its time is over."""

    def start(self) -> None: ...

    def cancel(self) -> None: ...


def _daemon_timer(seconds: float, call: Callable[[], None]) -> Timer:
    timer = threading.Timer(seconds, call)
    timer.daemon = True
    return timer


class Client:
    """A session with the API, whose deadline starts now.

    ``sleep``, ``jitter`` (0 to 1), ``clock`` and ``timer`` are there for tests.
    """

    def __init__(
        self,
        connection: Connection,
        sleep: Callable[[float], object] | None = None,
        jitter: Callable[[], float] = random.random,
        clock: Callable[[], float] = time.monotonic,
        timer: Callable[[float, Callable[[], None]], Timer] = _daemon_timer,
    ) -> None:
        if not HAS_REQUESTS:
            raise MissingLibraryError("requests", REQUESTS_TRACEBACK)
        self.requests = 0
        self._connection = connection
        self._redaction = Redaction(connection.api_token)
        self._cancelled = threading.Event()
        self._sleep = sleep or self._cancelled.wait
        self._jitter = jitter
        self._clock = clock
        self._timer = timer
        self._ends = clock() + connection.deadline
        self._pace = Pace(shared_file(connection.api_url))
        self._lock = threading.Lock()
        self._watches: set[Watch] = set()
        self._session = Session(connection.concurrency)
        # http only goes to this machine, and so past any proxy, which would see the token.
        self._session.trust_env = urlsplit(connection.api_url).scheme != "http"
        self._session.headers.update(
            {
                "Accept": "application/json",
                "Cache-Control": "no-cache",
                "Accept-Encoding": "gzip",  # the one that is unpacked within bounds
                "User-Agent": f"ansible-finops.cloudflare/{COLLECTION_VERSION}",
            }
        )
        self._session.auth = self._authorize  # not a header: then no .netrc can take its place

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.cancel()
        self._session.close()

    def cancel(self) -> None:
        """End every request and every pause at once; nothing is sent any more. Any thread may call this."""
        self._cancelled.set()
        with self._lock:
            watches = list(self._watches)
        for watch in watches:
            watch.end(CANCELLED)

    def _authorize(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._connection.api_token}"
        return request

    def get_result(
        self,
        path: str,
        query: Mapping[str, str],
        consume: Callable[[Iterable[Any]], T],
        columns: Sequence[str] = (),
        required: frozenset[str] = REQUIRED,
        body: Mapping[str, Any] | None = None,
    ) -> Answer[T]:
        """Return what ``consume`` makes of the elements of ``result``, and what the answer says beside.

        ``consume`` starts anew with every try, and its value counts only when the whole answer arrived and says
        ``success: true``. Where only ``columns`` are asked for, elements that have all ``required`` ones may come as
        tuples of these. A request with a ``body`` is a POST; it only reads, and is retried as well. Raises ApiError.
        """

        def read(blocks: Iterator[bytes]) -> tuple[T, Envelope]:
            envelope = Envelope(blocks, columns, required)
            value = consume(envelope.records())
            if envelope.fields.get("success") is True and not envelope.result_is_list:
                raise NotJsonError("it has no list of results")
            return value, envelope

        return self._retried(path, lambda: self._try(path, query, body, read))

    def get_object(self, path: str) -> Answer[dict[str, Any]]:
        """Return the object that ``result`` is, and what the answer says beside. Raises ApiError."""

        def read(blocks: Iterator[bytes]) -> tuple[dict[str, Any], Envelope]:
            envelope = Envelope(blocks)
            deque(envelope.records(), maxlen=0)
            value = envelope.fields.get("result")
            if envelope.fields.get("success") is True and not isinstance(value, dict):
                raise NotJsonError("its result is not an object")
            return value or {}, envelope

        return self._retried(path, lambda: self._try(path, {}, None, read))

    def _retried(self, path: str, call: Callable[[], T]) -> T:
        attempt = 0
        while True:
            attempt += 1
            try:
                return call()
            except ApiError as error:
                error.attempts = attempt
                wait = self._delay(error, attempt)
                if not error.transient or attempt > self._connection.max_retries or wait is None:
                    raise error from None  # the causes may hold what the server sent
                if self._clock() + wait >= self._ends:
                    error.note = f" Not tried again, as the deadline of {self._connection.deadline:g} s would pass."
                    raise error from None
                if error.http_status == 429 and error.retry_after is not None:
                    self._pace.hold(self._clock() + error.retry_after)
            self._pause(path, wait)

    def _delay(self, error: ApiError, attempt: int) -> float | None:
        """Return the seconds to wait, None where the server asks for more patience than a play has."""
        ceiling = min(MAX_DELAY, FIRST_DELAY * 2.0 ** (attempt - 1))
        wait = ceiling * (0.5 + 0.5 * self._jitter())
        if error.retry_after is not None:
            return max(wait, error.retry_after) if error.retry_after <= MAX_RETRY_AFTER else None
        return wait

    def _pause(self, path: str, seconds: float) -> None:
        self._sleep(seconds)
        if self._cancelled.is_set():
            raise self._no_answer(path, CANCELLED, transient=False)

    def _try(
        self,
        path: str,
        query: Mapping[str, str],
        sent: Mapping[str, Any] | None,
        read: Callable[[Iterator[bytes]], tuple[T, Envelope]],
    ) -> Answer[T]:
        self._await_turn(path)
        with self._watch(path) as watch, self._send(path, query, sent, watch) as response:
            received = datetime.now(timezone.utc)
            body = self._body(path, response, watch)
            status, headers = response.status_code, response.headers
            self._pace.told(headers, self._clock())
            if status != 200:
                raise error_from_response(path, status, headers, _error_body(body), self._redaction)
            try:
                value, envelope = read(body)
                if envelope.fields.get("success") is not True:
                    raise error_from_response(path, status, headers, envelope.fields, self._redaction)
                info = envelope.fields.get("result_info")
                info = info if isinstance(info, dict) else {}
                return Answer(value, notices(envelope.fields, headers, received, self._redaction), info)
            except CutOffError as error:
                raise self._no_answer(path, f"the answer is not whole: {error}{packing(headers)}") from error
            except NotJsonError as error:
                raise self._malformed(path, f"{error}{packing(headers)}") from error
            except RecursionError as error:
                raise self._malformed(path, "a value in it is too deeply nested") from error

    @contextmanager
    def _watch(self, path: str) -> Iterator[Watch]:
        """Bound a whole exchange, from the first byte sent to the last one read."""
        timeout = self._connection.timeout * ANSWER_TIMEOUTS
        left = self._ends - self._clock()
        if left <= 0:
            raise self._no_answer(path, self._task_is_over, transient=False)
        reason = f"it took more than {timeout:g} s" if timeout < left else self._task_is_over
        with Watch() as watch:
            timer = self._timer(min(timeout, left), lambda: watch.end(reason))
            timer.start()
            with self._lock:
                self._watches.add(watch)
            try:
                if self._cancelled.is_set():
                    raise self._no_answer(path, CANCELLED, transient=False)
                yield watch
            finally:
                timer.cancel()
                with self._lock:
                    self._watches.discard(watch)

    @property
    def _task_is_over(self) -> str:
        deadline = self._connection.deadline
        return f"the deadline of {deadline:g} s for the task has passed; ask for less, or raise deadline"

    def _body(self, path: str, response: requests.Response, watch: Watch) -> Iterator[bytes]:
        """Yield the body, decompressed and without the token; whatever goes wrong is a TransportError."""
        try:
            for block in self._redaction.blocks(blocks(response)):
                if watch.reason:
                    break
                yield block
        except Exception as error:
            raise self._failure(path, error, watch) from error
        if watch.reason:
            raise self._no_answer(path, watch.reason, transient=False)

    def _failure(self, path: str, error: Exception, watch: Watch) -> TransportError:
        """Return the error for whatever a socket, or a library that reads it, can raise."""
        if watch.reason:
            return self._no_answer(path, watch.reason, transient=False)
        cause = describe(error, self._connection.timeout, proxied=self._proxy() is not None)
        return self._no_answer(path, cause, transient=is_passing(error))

    def _no_answer(self, path: str, cause: str, *, transient: bool = True) -> TransportError:
        host, proxy = urlsplit(self._connection.api_url).netloc, self._proxy()
        way = f"{host} through the proxy {proxy}" if proxy else host
        said = self._redaction.text(cause)
        return TransportError(f"No whole answer from {way} for {path}: {said}", path=path, transient=transient)

    def _malformed(self, path: str, problem: str) -> MalformedError:
        said = self._redaction.text(problem)
        message = f"The answer of {path} is not what the Cloudflare API sends: {said}. Check api_url and any proxy."
        return MalformedError(message, path=path, http_status=200)

    def _proxy(self) -> str | None:
        """Return the host of the proxy for the API, without the password that its address may hold."""
        url = self._connection.api_url
        proxies = requests.utils.get_environ_proxies(url) if self._session.trust_env else {}
        proxy = requests.utils.select_proxy(url, proxies)
        return urlsplit(proxy if "://" in proxy else f"//{proxy}").netloc.rpartition("@")[2] if proxy else None

    def _send(
        self, path: str, query: Mapping[str, str], sent: Mapping[str, Any] | None, watch: Watch
    ) -> requests.Response:
        """Send the request, following redirects only within the same host: the token goes nowhere else."""
        url = self._connection.api_url.rstrip("/") + path
        params: Mapping[str, str] | None = query
        for redirect in range(MAX_REDIRECTS):
            if redirect:
                self._await_turn(path)
            try:
                response = self._session.request(
                    "GET" if sent is None else "POST",
                    url,
                    params=params,
                    json=sent,
                    timeout=self._connection.timeout,
                    verify=self._connection.verify,
                    stream=True,
                    allow_redirects=False,
                )
            except Exception as error:
                raise self._failure(path, error, watch) from error
            if not response.is_redirect:
                return response
            response.close()
            watch.release()
            url, params, status = self._redirected(path, url, response), None, response.status_code
        raise ApiResponseError(f"{path} redirects without end. Check api_url.", path=path, http_status=status)

    def _redirected(self, path: str, url: str, response: requests.Response) -> str:
        """Return the address within the same host that an answer sends on to."""
        try:
            # Headers arrive as Latin-1, and servers write UTF-8.
            target = urljoin(response.url, response.headers["location"].encode("latin-1").decode("utf-8"))
            old, new = urlsplit(url), urlsplit(target)
        except ValueError as error:
            message = f"{path} has an invalid redirect target. Check api_url and any proxy."
            raise MalformedError(message, path=path, http_status=response.status_code) from error
        if old[:2] == new[:2]:
            return target
        # The token is taken out of the whole address first: it could be cut by what parts a host from a path.
        shown = self._redaction.text(target, 2000)
        scheme, _colon, rest = shown.partition(":")
        host = re.split(r"[/?#]", rest.removeprefix("//"))[0].rpartition("@")[2] if rest.startswith("//") else ""
        where = f"another host, {printable(host, 80)}" if host else f"an address of {printable(scheme, 20)}:"
        if old.netloc == new.netloc:
            where = f"{printable(scheme, 20)} in place of {old.scheme} on the same host"
        message = f"{path} redirects to {where}; the token was not sent there. Check api_url."
        raise ApiResponseError(message, path=path, http_status=response.status_code)

    def _await_turn(self, path: str) -> None:
        """Wait for this request's turn: however many threads and tasks ask, the API's rate limit holds."""
        with self._lock:
            self.requests += 1
        now = self._clock()
        due = self._pace.turn(now)
        if due >= self._ends:
            raise self._no_answer(path, self._task_is_over, transient=False)
        if due > now:
            self._pause(path, due - now)


def _error_body(body: Iterable[bytes]) -> dict[str, Any]:
    """Return the members of an error's JSON object; none where the body is HTML, empty, broken or cut off."""
    envelope = Envelope(_start(body))
    try:
        for _record in envelope.records():
            pass
    except (ValueError, ApiError):
        pass
    return envelope.fields


def _start(body: Iterable[bytes]) -> Iterator[bytes]:
    left = MAX_ERROR_BODY
    for block in body:
        yield block
        left -= len(block)
        if left <= 0:
            return
