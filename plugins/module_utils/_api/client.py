# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ask the Cloudflare API: one session with a token, retries, the envelope, and errors that say what to do."""

from __future__ import annotations

import random
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, TypeVar
from urllib.parse import urljoin, urlsplit

from ansible_collections.finops.cloudflare.plugins.module_utils._api.api_errors import error_from_response
from ansible_collections.finops.cloudflare.plugins.module_utils._api.decoder import (
    CutOffError,
    Envelope,
    NotJsonError,
)
from ansible_collections.finops.cloudflare.plugins.module_utils._errors import (
    ApiError,
    ApiResponseError,
    MalformedError,
    MissingLibraryError,
    TransportError,
)
from ansible_collections.finops.cloudflare.plugins.module_utils._text import printable
from ansible_collections.finops.cloudflare.plugins.module_utils._version import COLLECTION_VERSION

try:
    import requests
    from requests.adapters import HTTPAdapter
except ImportError:
    HAS_REQUESTS = False
    REQUESTS_TRACEBACK = traceback.format_exc()
else:
    HAS_REQUESTS = True
    REQUESTS_TRACEBACK = ""

T = TypeVar("T")

BLOCK = 64 * 1024  # decoding is fastest while a block fits the processor's cache
MAX_REDIRECTS = 3
FIRST_DELAY, MAX_DELAY, MAX_RETRY_AFTER = 0.5, 30.0, 300.0  # seconds
ANSWER_TIMEOUTS = 20  # a whole answer may take this many times the time-out
MAX_REQUESTS, PERIOD = 1000, 300.0  # that many in any 5 minutes; the API allows 1200, also to others with the token


@dataclass(frozen=True)
class Connection:
    """How to reach the API; ``timeout`` is in seconds, for connecting and for each wait for data."""

    api_url: str
    api_token: str
    timeout: float = 30
    max_retries: int = 4
    validate_certs: bool = True
    ca_path: str | None = None
    concurrency: int = 1

    @property
    def verify(self) -> bool | str:
        return self.ca_path or True if self.validate_certs else False


class Client:
    """A session with the API. ``sleep``, ``jitter`` (0 to 1) and ``clock`` are there for tests."""

    def __init__(
        self,
        connection: Connection,
        sleep: Callable[[float], None] = time.sleep,
        jitter: Callable[[], float] = random.random,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if not HAS_REQUESTS:
            raise MissingLibraryError("requests", REQUESTS_TRACEBACK)
        self.requests = 0
        self._connection = connection
        self._sleep = sleep
        self._jitter = jitter
        self._clock = clock
        self._sent: deque[float] = deque(maxlen=MAX_REQUESTS)
        self._lock = threading.Lock()
        self._session = requests.Session()
        # http only goes to this machine, and so past any proxy, which would see the token.
        self._session.trust_env = urlsplit(connection.api_url).scheme != "http"
        self._session.headers.update(
            {"Accept": "application/json", "User-Agent": f"ansible-finops.cloudflare/{COLLECTION_VERSION}"}
        )
        self._session.auth = self._authorize  # not a header: then no .netrc can take its place
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, HTTPAdapter(pool_maxsize=connection.concurrency))

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._session.close()

    def _authorize(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._connection.api_token}"
        return request

    def get_result(
        self,
        path: str,
        query: Mapping[str, str],
        consume: Callable[[Iterable[Any]], T],
        columns: Sequence[str] = (),
    ) -> T:
        """Return what ``consume`` makes of the elements of ``result``.

        ``consume`` starts anew with every try, and its value counts only when the whole answer arrived and says
        ``success: true``. Where only ``columns`` are asked for, elements may come as tuples of these. Raises ApiError.
        """
        attempt = 0
        while True:
            attempt += 1
            try:
                return self._try(path, query, consume, columns)
            except ApiError as error:
                error.attempts = attempt
                wait = self._delay(error, attempt)
                if not error.transient or attempt > self._connection.max_retries or wait is None:
                    raise
            self._sleep(wait)

    def _delay(self, error: ApiError, attempt: int) -> float | None:
        """Return the seconds to wait, None where the server asks for more patience than a play has."""
        if error.retry_after is not None:
            return error.retry_after if error.retry_after <= MAX_RETRY_AFTER else None
        ceiling = min(MAX_DELAY, FIRST_DELAY * 2.0 ** (attempt - 1))
        return ceiling * (0.5 + 0.5 * self._jitter())

    def _try(
        self, path: str, query: Mapping[str, str], consume: Callable[[Iterable[Any]], T], columns: Sequence[str]
    ) -> T:
        try:
            with self._send(path, query) as response, _Deadline(response, self._connection.timeout) as deadline:
                if response.status_code != 200:
                    raise error_from_response(
                        path, response.status_code, response.headers, _error_body(deadline.blocks())
                    )
                envelope = Envelope(deadline.blocks(), columns)
                result = consume(envelope.records())
                if envelope.fields.get("success") is not True:
                    raise error_from_response(path, response.status_code, response.headers, envelope.fields)
                if not envelope.result_is_list:
                    raise NotJsonError("it has no list of results")
                return result
        except requests.exceptions.Timeout as error:
            raise self._no_answer(path, f"no answer within {self._connection.timeout:g} s") from error
        except OSError as error:  # of which all exceptions of requests are kinds
            raise self._no_answer(path, _cause(error), transient=_is_passing(error)) from error
        except CutOffError as error:
            raise self._no_answer(path, f"the answer is not whole: {error}") from error
        except NotJsonError as error:
            message = (
                f"The answer of {path} is not what the Cloudflare API sends: {error}. Check api_url and any proxy."
            )
            raise MalformedError(message, path=path, http_status=200) from error

    def _no_answer(self, path: str, cause: str, *, transient: bool = True) -> TransportError:
        host = urlsplit(self._connection.api_url).netloc
        return TransportError(f"No whole answer from {host} for {path}: {cause}", path=path, transient=transient)

    def _send(self, path: str, query: Mapping[str, str]) -> requests.Response:
        """Send the request, following redirects only within the same host: the token goes nowhere else."""
        url = self._connection.api_url.rstrip("/") + path
        params: Mapping[str, str] | None = query
        for _redirect in range(MAX_REDIRECTS):
            self._pace()
            try:
                response = self._session.get(
                    url,
                    params=params,
                    timeout=self._connection.timeout,
                    verify=self._connection.verify,
                    stream=True,
                    allow_redirects=False,
                )
                location = self._session.get_redirect_target(response)
            except OSError:
                raise
            except ValueError as error:  # requests reads the target of a redirect even if it does not go there
                message = f"{path} is redirected to what is no address. Check api_url and any proxy."
                raise MalformedError(message, path=path) from error
            if location is None:
                return response
            status, target, params = response.status_code, urljoin(response.url, location), None
            response.close()
            if urlsplit(target)[:2] != urlsplit(url)[:2]:
                host = printable(urlsplit(target).netloc.rpartition("@")[2], 80)
                raise ApiResponseError(
                    f"{path} redirects to another host, {host}; the token was not sent there. Check api_url.",
                    path=path,
                    http_status=status,
                )
            url = target
        raise ApiResponseError(f"{path} redirects without end. Check api_url.", path=path, http_status=status)

    def _pace(self) -> None:
        """Wait for this request's turn: however many threads ask, the API's rate limit holds."""
        with self._lock:
            self.requests += 1
            now = self._clock()
            due = self._sent[0] + PERIOD if len(self._sent) == MAX_REQUESTS else now
            self._sent.append(max(now, due))
        wait = due - now
        if wait > 0:
            self._sleep(wait)


class _Deadline:
    """Bounds a whole answer: a server that drips bytes never runs into the time-out of a single wait."""

    def __init__(self, response: requests.Response, timeout: float) -> None:
        self._response = response
        self._passed = False
        self._seconds = timeout * ANSWER_TIMEOUTS
        self._timer = threading.Timer(self._seconds, self._stop)
        self._timer.daemon = True

    def __enter__(self) -> _Deadline:
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()

    def _stop(self) -> None:
        self._passed = True
        shutdown = getattr(self._response.raw, "shutdown", None)  # urllib3 from 2.3; before, the next block ends it
        if shutdown:
            shutdown()

    def blocks(self) -> Iterator[bytes]:
        """Yield the body, decompressed, in blocks."""
        try:
            for block in self._response.iter_content(BLOCK):
                if self._passed:
                    break
                yield block
        except OSError:
            if not self._passed:
                raise
        if self._passed:
            raise CutOffError(f"it took more than {self._seconds:g} s")


def _is_passing(error: OSError) -> bool:
    """Tell whether another try can help: not with a certificate, an address or a file that is wrong."""
    passing = (
        requests.exceptions.ConnectionError,
        requests.exceptions.ChunkedEncodingError,
        requests.exceptions.ContentDecodingError,
    )
    wrong = ("CERTIFICATE_VERIFY_FAILED", "doesn't match")  # the second is what urllib3 said before version 2
    return isinstance(error, passing) and not any(words in str(error) for words in wrong)


def _cause(error: OSError) -> str:
    """Return the innermost cause in words, without the objects that urllib3 puts around it."""
    inner = error.args[0] if error.args else error
    inner = getattr(inner, "reason", None) or inner
    words = str(inner).rpartition(">: ")[2] or type(error).__name__
    return printable(words)


def _error_body(blocks: Iterable[bytes]) -> dict[str, Any]:
    """Return the members of an error's JSON object; none where the body is HTML, empty, broken or cut off."""
    envelope = Envelope(blocks)
    try:
        for _record in envelope.records():
            pass
    except (ValueError, OSError):
        pass
    return envelope.fields
