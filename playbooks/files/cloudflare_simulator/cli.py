# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line: options to a configuration, and a process that never stays behind."""

from __future__ import annotations

import argparse
import dataclasses
import datetime as dt
import json
import os
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from . import catalogue, faults
from .config import CHOICES, Config, parse_day
from .dataset import Dataset
from .server import Simulator

_POLL_SECONDS = 0.2
_DESCRIPTION = """\
A Cloudflare API on loopback with sample data: billable usage of accounts and organizations (version 2), rated usage,
the bill of accounts that pay as they go (version 1), fixed fees, the lists of accounts and organizations, and the token
check. It needs nothing but Python, never talks to Cloudflare and makes the same numbers every time.

The first line of standard output is the base URL: give it to a client as CLOUDFLARE_BASE_URL.
"""


def _epilog() -> str:
    actions = "\n".join(
        f"  {name + '=':10} {' '.join([action.text, ', '.join(action.choices)]).strip()}"
        for name, action in faults.ACTIONS.items()
    )
    options = "\n".join(f"  {name + '=':18} {text}" for name, text in faults.OPTIONS.items())
    paygo = "\n".join(f"  {ident}  pays as it goes: {text}" for ident, text in catalogue.PAYGO_ACCOUNTS.items())
    return f"""\
ids that are the same in every run:
  {catalogue.ACCOUNT_ID}  an account with usage in all versions, its cycle from the 1st (My Account)
  {catalogue.NOT_COVERED_ACCOUNT_ID}  an account that is not covered: an empty list
{paygo}
  {catalogue.ORGANIZATION_ID}  an organization with all accounts that have usage
  {catalogue.SUB_ORGANIZATION_ID}  an organization below it, with the accounts that pay as they go
  {catalogue.EMPTY_ORGANIZATION_ID}  an organization without accounts: an empty list
  --list prints them all. The token is '{catalogue.TOKEN}' unless --token says otherwise.

rules it keeps: from and to both or neither, YYYY-MM-DD, from <= to, at most 31 days (else 400, code 1183); no token
401, a wrong one 403 (code 10000); an id that is none 404 (code 7003); an account nobody knows 403 (code 9109); an
organization nobody knows, or without accounts, an empty list; no rows for days later than today - lag days. Accounts
that pay as they go: 403 insufficient_permissions in version 2. Version 1: a range must hold exactly one anchor day,
else it is empty; no range: two cycles. POST: unknown fields 400, To exclusive, tags not for every third account.

faults: --fault ACTION=VALUE[,OPTION=VALUE...], any number of times; or one JSON object of the same words.
Of the faults that decide an answer (status, redirect, envelope, body, reset, close) the first that is due acts, the
next one's turn comes after it; all others act together.
{actions}
options of a fault:
{options}
  With redirect, code= is the HTTP status (default 307). {{token}} in any value is the token of the request.

examples:
  python cloudflare_simulator --port 8787
  python cloudflare_simulator --list --accounts 5
  python cloudflare_simulator --today 2025-06-02 --cost all --currencies USD,EUR
  python cloudflare_simulator --records-per-window 1000000 --prepare
  python cloudflare_simulator --fault status=503,times=2 --fault status=429,retry-after=1,times=1
  python cloudflare_simulator --fault 'cut=50%,path=*/usage,times=1' --fault drop=day:2025-05-03
  curl -H 'Authorization: Bearer {catalogue.TOKEN}' "$URL/accounts/{catalogue.ACCOUNT_ID}/billable/usage"
"""


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(
        prog="cloudflare_simulator",
        description=_DESCRIPTION,
        epilog=_epilog(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    _process_options(made.add_argument_group("process"))
    _data_options(made.add_argument_group("data"))
    _answer_options(made.add_argument_group("answers"))
    return made


def _process_options(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add("--port", type=int, default=0, help="port on 127.0.0.1 (default: a free one)")
    add("--url-file", type=Path, metavar="FILE", help="also write the base URL here; ends when it is removed")
    add("--log", type=Path, metavar="FILE", help="append one JSON line per request (never the token) to this file")
    add("--exit-with-pid", type=int, metavar="PID", help="end by itself when the process with this id is gone")
    add("--prepare", nargs="?", const="", metavar="FROM..TO", help="make bodies first (default: last 31 days)")
    add("--cache-mb", type=int, default=Config.cache_mb, metavar="N", help="memory for bodies made (default: 1024)")
    add("--list", action="store_true", help="print token, ids, metrics and what each is for as JSON, and end")
    add("--fault", action="append", default=[], metavar="FAULT", help="what goes wrong, see below; repeatable")


def _data_options(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add("--today", type=parse_day, metavar="DAY", help="what the server takes for today (default: today in UTC)")
    add("--lag-days", type=int, default=1, metavar="N", help="the last day with rows is today - N (default: 1)")
    add("--restated-days", type=int, default=0, metavar="N", help="the last N days with rows are low, and rise later")
    add("--accounts", type=int, default=Config.accounts, metavar="N", help="accounts with usage (default: 3)")
    add("--organizations", type=int, default=1, metavar="N", help="organizations the accounts belong to (default: 1)")
    add("--metrics", type=int, default=Config.metrics, metavar="N", help="billable metrics per account (default: 12)")
    add("--zones", type=int, metavar="N", help="zones per account (default: 3, or what --records-per-window needs)")
    add("--records-per-window", type=int, metavar="N", help="exactly N rows per account in any 31 days, 1 k to 1 M")
    add("--regions", type=int, default=0, metavar="N", help="split every row over N regions")
    add("--sub-accounts", type=int, default=0, metavar="N", help="split every row over N subscriptions")
    add("--contract-rows", action="store_true", help="also rows of the contract, without an account")
    add("--corrections", action="store_true", help="also rows of class Correction with negative quantities")
    add("--sparse", action="store_true", help="some metrics have no row on some days")
    add("--spike", metavar="DAY[:METRIC[:FACTOR]]", help="a day with much more use; DAY is YYYY-MM-DD or today-N")
    add("--plan", type=_text_of, metavar="FILE", help="all use of some metrics as JSON: {METRIC: {DAY: QUANTITY}}")
    add("--quantity", metavar="NUMBER", help="every row has exactly this quantity, like 0.01")
    add("--cost", **_choices("cost"), help="which rows carry cost columns (default: none, as today)")
    add("--currencies", default="USD", metavar="LIST", help="currencies, metric after metric (default: USD)")
    add("--names", **_choices("names"), help="plain (default), unicode, or hostile: HTML, formulas, templates ...")


def _answer_options(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add("--shape", **_choices("shape"), help="columns as in the API page or an SDK (default: seed)")
    add("--minimal", action="store_true", help="only the columns that the shape requires")
    add("--nulls", action="store_true", help="optional columns without a value are null instead of absent")
    add("--extra-columns", action="store_true", help="also columns that nobody knows yet")
    add("--numbers-as-strings", action="store_true", help="numbers in quotes")
    add("--spaced-json", action="store_true", help="JSON with spaces and line ends")
    add("--envelope", **_choices("envelope"), help="success after or before the rows (default: after)")
    add("--to", **_choices("to"), help="whether the day given as to is served (default: inclusive)")
    add(
        "--metric-parameter", choices=CHOICES["metric_parameter"], help="what filters by metric (default: by the shape)"
    )
    add("--token", default=Config.token, help="the only token that is let in (default: simulator-token)")
    add("--two-anchors", **_choices("two_anchors"), help="version 1, range of two anchors: empty, or first cycle only")
    add("--rate-limit", metavar="N[/SECONDS]", help="refuse more than N requests in 300 seconds with 429")
    add("--gzip", action="store_true", help="compress for clients that accept it")
    add("--chunked", action="store_true", help="send bodies in chunks, without a length")


def _text_of(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise argparse.ArgumentTypeError(f"{path}: {error.strerror}") from error


def _choices(name: str) -> dict[str, Any]:
    return {"choices": CHOICES[name], "default": CHOICES[name][0]}


def main(arguments: Sequence[str] | None = None) -> int:
    options = parser().parse_args(arguments)
    try:
        made = configuration(options)
        simulator = Simulator(made, port=options.port, faults=options.fault, log=options.log)
        prepare = _range(options.prepare)
    except ValueError as error:
        parser().error(str(error))
    if options.list:
        sys.stdout.write(json.dumps(Dataset(made).describe(), indent=2, ensure_ascii=False) + "\n")
        return 0
    if prepare is not None:
        simulator.prepare(*prepare)
    return _run(simulator, options)


def configuration(options: argparse.Namespace) -> Config:
    given = vars(options)
    values = {one.name: given[one.name] for one in dataclasses.fields(Config)}
    values["currencies"] = tuple(filter(None, options.currencies.split(",")))
    return Config(**values)


def _range(text: str | None) -> tuple[dt.date | None, dt.date | None] | None:
    if text is None:
        return None
    if not text:
        return None, None
    first, _sign, last = text.partition("..")
    return parse_day(first), parse_day(last)


def _run(simulator: Simulator, options: argparse.Namespace) -> int:
    over = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_given: over.set())
    try:
        simulator.start()
    except OSError as error:
        sys.stderr.write(f"cloudflare_simulator: port {options.port} or the log cannot be used: {error}\n")
        return 1
    try:
        if options.url_file:
            _write(options.url_file, f"{simulator.base_url}\n")
        sys.stdout.write(f"{simulator.base_url}\n")
        sys.stdout.flush()
        while not over.wait(_POLL_SECONDS) and _is_wanted(options.url_file, options.exit_with_pid):
            pass
    finally:
        simulator.stop()
        if options.url_file:
            options.url_file.unlink(missing_ok=True)
    return 0


def _is_wanted(url_file: Path | None, pid: int | None) -> bool:
    """Tell whether what the simulator was started for is still there."""
    if url_file and not url_file.exists():
        return False
    try:
        if pid is not None:
            os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # it belongs to somebody else, so it is there
    return True


def _write(path: Path, text: str) -> None:
    """Write a file whole: whoever sees it can read all of it."""
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)
