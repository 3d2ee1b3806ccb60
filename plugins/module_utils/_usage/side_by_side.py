# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Do several things side by side, and end all of them as one."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import TypeVar

S = TypeVar("S")
T = TypeVar("T")

WAKE = 0.5  # seconds; a signal that comes just before a wait is seen after it


def map_ordered(
    call: Callable[[S], T],
    steps: Sequence[S],
    concurrency: int,
    cancel: Callable[[], None],
    ahead: int | None = None,
) -> Iterator[T]:
    """Yield the results in the order of the steps, with at most ``concurrency`` of them under way.

    No more than ``ahead`` results, by default ``concurrency``, are under way or wait for an earlier one. The first call
    that raises ends all others by ``cancel``, and its error is the one that is raised.
    """
    if concurrency == 1 or len(steps) < 2:
        yield from map(call, steps)
        return
    from concurrent.futures import Future, ThreadPoolExecutor, wait  # only a long range pays for this import

    ahead = ahead or concurrency
    errors: list[Exception] = []

    def attempt(step: S) -> T:
        try:
            return call(step)
        except Exception as error:
            errors.append(error)
            cancel()
            raise

    under_way: deque[Future[T]] = deque()
    with ThreadPoolExecutor(concurrency) as pool:
        try:  # from the first thread on, as a signal can come at any time
            under_way.extend(pool.submit(attempt, step) for step in steps[:ahead])
            to_come = iter(steps[ahead:])
            while under_way:
                first = under_way.popleft()
                while wait((first,), timeout=WAKE).not_done:
                    pass
                if errors:
                    raise errors[0]
                yield first.result()
                under_way.extend(pool.submit(attempt, step) for step in islice(to_come, 1))
        except BaseException:  # an error, Ctrl-C, or nobody wants the rest
            cancel()
            raise
        finally:
            for future in under_way:
                future.cancel()
