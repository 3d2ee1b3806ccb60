# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rate limit: many threads, tasks and processes keep it together, and what tells them of it may be anything."""

from __future__ import annotations

import fcntl
import os
import stat
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import date, datetime, timezone
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.finops.cloudflare.playbooks.files.cloudflare_simulator import Config, Simulator
from ansible_collections.finops.cloudflare.plugins.module_utils._api import client as client_module
from ansible_collections.finops.cloudflare.plugins.module_utils._api import pace
from ansible_collections.finops.cloudflare.plugins.module_utils._api.client import Client
from ansible_collections.finops.cloudflare.plugins.module_utils._api.pace import Pace, shared_file
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.parameters import check_query
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.usage_info import query_usage

NOW = datetime(2025, 6, 2, 3, tzinfo=timezone.utc)
URL = "https://api.cloudflare.com/client/v4"


def most_within(times: Sequence[float], seconds: float) -> int:
    """Return how many of the times lie in any span of so many seconds."""
    ordered = sorted(times)
    return max(sum(1 for each in ordered[number:] if each < first + seconds) for number, first in enumerate(ordered))


def turns(path: Path, count: int) -> list[float]:
    one = Pace(path)
    return [one.turn(1000.0) for _turn in range(count)]


def test_pace_of_fifty_processes_is_that_of_one(tmp_path: Path) -> None:
    with ProcessPoolExecutor(8, mp_context=get_context("fork")) as processes:
        found = [due for each in processes.map(turns, [tmp_path / "shared"] * 50, [60] * 50) for due in each]
    assert Counter(found) == {1000.0: 1000, 1301.0: 1000, 1602.0: 1000}


def test_pace_of_tasks_that_share_nothing_is_that_of_each() -> None:
    assert max(Pace(None).turn(0.0) for _turn in range(1000)) == 0
    one = Pace(None)
    assert [one.turn(0.0) for _turn in range(1001)][-1] == 301


def test_pace_after_an_answer_that_asks_to_wait_lets_requests_leave_one_by_one(tmp_path: Path) -> None:
    one, other = Pace(tmp_path / "shared"), Pace(tmp_path / "shared")
    other.turn(10.0)
    one.hold(12.0)
    found = [each.turn(10.5) for each in (one, other, one, other)]
    assert found == pytest.approx([12.0, 12.05, 12.1, 12.15])
    assert other.turn(22.1) == 22.1


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"ratelimit-policy": '"default";q=12;w=30'}, [5.0] * 10 + [36.0]),
        ({"ratelimit-policy": '"default";q=1;w=30'}, [5.0, 36.0, 67.0]),
        ({"ratelimit": '"default";r=0;t=7', "ratelimit-policy": '"default";q=1200;w=300'}, [12.0, 12.05]),
        ({"ratelimit": '"default";r=1;t=7'}, [5.0, 5.0]),
        ({"ratelimit-policy": '"default";q=0;w=30'}, [5.0, 5.0]),
        ({"ratelimit-policy": '"default";q=1;w=0'}, [5.0, 5.0]),
        ({"ratelimit-policy": '"daily";q=1;w=999'}, [5.0, 5.0]),
        ({"ratelimit-policy": "q=1", "ratelimit": "r=\N{ARABIC-INDIC DIGIT ZERO};t=9"}, [5.0, 5.0]),
        ({"ratelimit-policy": ";q=" + "9" * 400 + ";w=1", "ratelimit": ";r=0;t=" + "9" * 400}, [5.0, 5.0]),
        ({}, [5.0, 5.0]),
    ],
)
def test_pace_follows_what_answers_tell_of_the_limit(
    tmp_path: Path, headers: dict[str, str], expected: list[float]
) -> None:
    Pace(tmp_path / "shared").told(headers, 5.0)
    one = Pace(tmp_path / "shared")
    assert [one.turn(5.0) for _turn in expected] == expected


def test_pace_forgets_a_limit_that_no_answer_names_any_more(tmp_path: Path) -> None:
    one = Pace(tmp_path / "shared")
    one.told({"ratelimit-policy": '"default";q=2;w=300'}, 5.0)
    assert one.turn(5.0) == 5.0
    assert one.turn(305.0) == one.turn(305.0) == 305.0


@pytest.mark.parametrize("content", [b"x", b"\xff" * 4000, b"nan, inf", os.urandom(999)])
def test_pace_begins_anew_where_the_file_holds_something_else(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "shared"
    path.write_bytes(content)
    assert Pace(path).turn(7.0) == 7.0
    Pace(path).hold(9.0)
    assert Pace(path).turn(7.0) == 9.0


def test_pace_begins_anew_after_a_restart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "shared"
    Pace(path).hold(9.0)
    monkeypatch.setattr(pace, "_started", lambda: 1.0)
    assert Pace(path).turn(7.0) == 7.0


def test_pace_without_a_file_that_is_safe_to_share_is_kept_by_each_task(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "target")
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    for name in ("link", "folder", "pipe", "missing/shared"):
        one = Pace(tmp_path / name)
        one.hold(9.0)
        assert (one.turn(7.0), Pace(tmp_path / name).turn(7.0)) == (9.0, 7.0)
    assert not (tmp_path / "target").exists()
    monkeypatch.setattr(pace, "BETWEEN", 0)
    with (tmp_path / "held").open("wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert Pace(tmp_path / "held").turn(7.0) == 7.0
    assert (tmp_path / "held").read_bytes() == b""


def test_pace_is_shared_in_a_folder_of_the_user_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    path = shared_file(URL)
    assert path is not None
    assert path == shared_file("https://user:secret@API.cloudflare.com/other")
    assert path == tmp_path / f"finops-cloudflare-{os.getuid()}" / "api.cloudflare.com"
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    Pace(path).turn(1.0)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.parent.chmod(0o770)
    assert shared_file(URL) is None
    path.parent.rename(tmp_path / "elsewhere")
    path.parent.symlink_to(tmp_path / "elsewhere")
    assert shared_file(URL) is None
    path.parent.unlink()
    path.parent.write_text("a file")
    assert shared_file(URL) is None
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "missing"))
    assert shared_file(URL) is None


class Clock:
    """Time that passes by sleeping alone."""

    def __init__(self) -> None:
        self.now = 1000.0
        self._lock = threading.Lock()

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        until = self.now + seconds
        with self._lock:
            self.now = max(self.now, until)


@pytest.mark.parametrize("shares", [True, False])
def test_pace_of_two_hundred_accounts_in_one_task_and_of_a_task_for_each_of_fifty_stays_within_the_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shares: bool
) -> None:
    if shares:
        monkeypatch.setattr(client_module, "shared_file", lambda _url: tmp_path / "shared")
    clock = Clock()
    session = partial(Client, sleep=clock.sleep, clock=clock)
    allowed = 30 if shares else 120
    config = Config(today=date(2025, 6, 2), accounts=200, metrics=1, rate_limit=f"{allowed}/30")
    with Simulator(config, clock=clock) as simulator:
        accounts = [account.id for account in simulator.api.dataset.accounts]

        def read(**whose: Any) -> str:
            given = {"api_url": simulator.base_url, "api_token": config.token, "concurrency": 8, **whose}
            checked = check_query({**given, "from": "2025-05-01", "to": "2025-05-31"}, NOW.date())
            status: str = query_usage(checked, NOW, session)["usage"]["status"]
            return status

        if shares:
            statuses = side_by_side(lambda account: read(account_id=account), accounts[:50])
        else:
            statuses = [read(account_ids=accounts)]
        answered = Counter(each["status"] for each in simulator.requests)
    assert set(statuses) == {"complete"}
    assert answered == {200: len(simulator.requests)}, "no request was refused"
    assert clock.now >= 1000 + 30 * ((len(simulator.requests) - 1) // allowed) > 1000


def side_by_side(call: Callable[[str], str], accounts: Sequence[str]) -> list[str]:
    """Run a task for each account, eight at a time, as forks do."""
    statuses: list[str] = []
    waiting = list(accounts)

    def work() -> None:
        while waiting:
            statuses.append(call(waiting.pop()))

    threads = [threading.Thread(target=work) for _thread in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(statuses) == len(accounts)
    return statuses


def test_pace_after_too_many_requests_is_the_one_that_the_api_asks_for(tmp_path: Path) -> None:
    clock = Clock()
    with Simulator(Config(today=date(2025, 6, 2)), faults=["status=429,retry-after=40,times=1"]) as simulator:
        given = {"api_url": simulator.base_url, "api_token": simulator.config.token, "period": "last_7_days"}
        account = simulator.api.dataset.accounts[0].id
        checked = check_query({**given, "account_id": account}, NOW.date())
        query_usage(checked, NOW, partial(Client, sleep=clock.sleep, clock=clock))
    assert [each["status"] for each in simulator.requests][:2] == [429, 200]
    assert clock.now >= 1040
