# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The parameters of a usage query: one JSON Schema, and a message for each option that breaks it."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from ansible_collections.finops.cloudflare.plugins.module_utils._columns import DIMENSION_COLUMNS
from ansible_collections.finops.cloudflare.plugins.module_utils._errors import ParameterError
from ansible_collections.finops.cloudflare.plugins.module_utils._json_schema import (
    BOOLEAN,
    DAY,
    PRINTABLE,
    not_accepted,
    one_of,
    schema_errors,
    whole_number,
)
from ansible_collections.finops.cloudflare.plugins.module_utils._redaction import holds_secret, redact
from ansible_collections.finops.cloudflare.plugins.module_utils._text import printable
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.periods import (
    CYCLE_PERIOD,
    CYCLE_PERIODS,
    MAX_CYCLES,
    MAX_WINDOW_DAYS,
    PERIODS,
)

MAX_DAYS = 3660
GROUPED, MAX_GROUPED = ("zone", "region"), 2  # what rated usage is asked to group by, beside tags
SOURCES = ("usage", "paygo", "rated")
# What says whose usage is asked for: one option of one of these sets, or the whole set.
SCOPE_SETS = (("account_id",), ("organization_id",), ("account_ids", "organization_ids"))
SCOPES = tuple(sorted(scope for scopes in SCOPE_SETS for scope in scopes))
# What an option that is not given stands for: the one place for resolve and for the argument specs.
QUERY_DEFAULTS: dict[str, Any] = {
    "source": "usage",
    "period": "month_to_date",
    "complete_days": False,
    "metric": (),
    "group_by": ("account", "product_family", "metric"),
    "lag_days": 1,
    "window_days": MAX_WINDOW_DAYS,
    "concurrency": 4,
    "expected_accounts": (),
    "expected_accounts_by_organization": {},
    "tags": (),
    "ended_accounts": {},
    "return_records": False,
    "subscriptions": False,
    "history_days": 0,
}
SECRET_OPTIONS = ("api_token", "api_url")  # an address can carry a password

# A pattern's $ also matches before a final newline, which the (?!\\n) behind it forbids.
_ID: dict[str, Any] = {"type": "string", "pattern": "^[0-9A-Fa-f]{32}$(?!\\n)"}
ACCOUNT_ID: dict[str, Any] = {
    **_ID,
    "description": "an account id of 32 hexadecimal characters, as in the dashboard's address dash.cloudflare.com/ID",
}
ORGANIZATION_ID: dict[str, Any] = {**_ID, "description": "an organization id of 32 hexadecimal characters"}
_BEARER, _QUOTED = re.compile(r"\s*bearer\s", re.IGNORECASE), re.compile(r"""(["']).*\1""")
_SLUG = re.compile(r"[a-z0-9]+(?:_[a-z0-9]+)*")
_METRIC: dict[str, Any] = {"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9_.:-]*$(?!\\n)", "maxLength": 128}


def _unique_list(items: Mapping[str, Any], **rules: Any) -> dict[str, Any]:
    return {"type": "array", "items": dict(items), "uniqueItems": True, **rules}


# Every description ends the sentence "<option>: <value> is not accepted, it must be ...".
CONNECTION_PROPERTIES: dict[str, Any] = {
    "api_token": {
        "type": "string",
        "pattern": "^[!-~]+$(?!\\n)",
        "maxLength": 4096,
        "description": "an API token: printable ASCII characters without spaces or line ends",
    },
    "api_url": {"type": "string", "minLength": 1, "maxLength": 2048, "description": "the address of the API"},
    "timeout": {
        "type": "number",
        "exclusiveMinimum": 0,
        "maximum": 3600,
        "description": "seconds, above 0 and up to 3600",
    },
    "deadline": {
        "type": "number",
        "exclusiveMinimum": 0,
        "maximum": 86400,
        "description": "seconds, above 0 and up to 86400",
    },
    "max_retries": whole_number(0, 20),
    "validate_certs": BOOLEAN,
    "ca_path": {"type": "string", "minLength": 1, "description": "the path of a file or folder of CA certificates"},
}
QUERY_SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Usage query",
    "type": "object",
    "properties": {
        "account_id": ACCOUNT_ID,
        "account_ids": {
            "type": "array",
            "items": ACCOUNT_ID,
            "minItems": 1,
            "description": "a list of account ids of 32 hexadecimal characters",
        },
        "organization_id": ORGANIZATION_ID,
        "organization_ids": {
            "type": "array",
            "items": ORGANIZATION_ID,
            "minItems": 1,
            "description": "a list of organization ids of 32 hexadecimal characters",
        },
        "from": DAY,
        "to": DAY,
        "source": one_of(SOURCES),
        "period": {
            "anyOf": [{"enum": sorted(PERIODS)}, {"type": "string", "pattern": f"^{CYCLE_PERIOD.pattern}$(?!\\n)"}],
            "description": f"one of {', '.join(sorted((*PERIODS, *CYCLE_PERIODS)))} (N is 2 to {MAX_CYCLES})",
        },
        "cycle_day": whole_number(1, 31),
        "complete_days": BOOLEAN,
        "metric": _unique_list(
            _METRIC,
            minItems=1,
            maxItems=20,
            description="one to 20 different metric ids of letters, digits, and the characters _ . : -",
        ),
        "group_by": _unique_list(
            {"enum": list(DIMENSION_COLUMNS)},
            description="a list of different words out of " + ", ".join(DIMENSION_COLUMNS),
        ),
        "tags": _unique_list(
            {"type": "string", "pattern": PRINTABLE, "minLength": 1, "maxLength": 256},
            maxItems=MAX_GROUPED,
            description=f"at most {MAX_GROUPED} different keys of tags, without control characters",
        ),
        "lag_days": whole_number(0, 31),
        "window_days": whole_number(1, MAX_WINDOW_DAYS),
        "history_days": whole_number(0, 366),
        "concurrency": whole_number(1, 16),
        "expected_accounts": _unique_list(
            _ID, description="a list of different account ids of 32 hexadecimal characters"
        ),
        "expected_accounts_by_organization": {
            "type": "object",
            "propertyNames": _ID,
            "additionalProperties": {"type": "array", "items": _ID},
            "description": "a mapping of organization ids of 32 hexadecimal characters to lists of account ids",
        },
        "ended_accounts": {
            "type": "object",
            "propertyNames": _ID,
            "additionalProperties": DAY,
            "description": "a mapping of account ids of 32 hexadecimal characters to days like 2025-05-01",
        },
        "return_records": BOOLEAN,
        "subscriptions": BOOLEAN,
        **CONNECTION_PROPERTIES,
    },
    "required": ["api_token", "api_url"],
    "oneOf": [{"anyOf": [{"required": [scope]} for scope in scopes]} for scopes in SCOPE_SETS],
    "dependentRequired": {"from": ["to"], "to": ["from"]},
    "allOf": [
        {"not": {"required": ["period", "from"]}},
        {"not": {"required": ["period", "to"]}},
        *({"not": {"required": [scope, "expected_accounts"]}} for scope in SCOPES if scope != "organization_id"),
    ],
}

_MISSING = {
    "api_token": "api_token: missing; set it, or the environment variable CLOUDFLARE_API_TOKEN",
    "api_url": "api_url: missing; set it, or the environment variable CLOUDFLARE_BASE_URL",
}


def check_query(parameters: Mapping[str, Any], today: date, schema: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return the given options (those that are not null), or raise a ParameterError with every problem.

    ``schema`` is QUERY_SCHEMA or one that extends it; ``today`` is the UTC day.
    """
    given = {name: value for name, value in parameters.items() if not (value is None or _is_blank(name, value))}
    problems = list(_schema_problems(given, schema or QUERY_SCHEMA))
    not_numbers = [option for option in ("timeout", "deadline") if given.get(option) != given.get(option)]
    problems += [_value_problem(option, given, QUERY_SCHEMA) for option in not_numbers]  # NaN passes every bound
    problems += _secret_problems(given, schema or QUERY_SCHEMA)
    problems += _address_problems(given.get("api_url"))
    if not {"from", "to"} & {problem.partition(":")[0] for problem in problems}:
        problems += _day_problems(given, today)
    if not any(problem.startswith("ended_accounts:") for problem in problems):
        problems += _ended_problems(given)
    if not problems:
        problems += [*_expected_problems(given), *_source_problems(given)]
    if problems:
        raise ParameterError(sorted(set(problems), key=problems.index))
    return given


def _is_blank(option: str, value: Any) -> bool:
    """Tell whether an option that must be there is empty, as an unset variable of a CI system is."""
    return option in _MISSING and isinstance(value, str) and not value.strip()


def _secret_problems(given: Mapping[str, Any], schema: Mapping[str, Any]) -> Iterator[str]:
    """Yield a token in quotes, and one given as a metric: it would travel in an address and stay in the facts."""
    if _QUOTED.fullmatch(_token(given)):
        yield _value_problem("api_token", given, schema)
    for metric in given["metric"] if isinstance(given.get("metric"), list) else ():
        if isinstance(metric, str) and holds_secret(metric, _token(given)):
            yield _value_problem("metric", given, schema)


def _token(given: Mapping[str, Any]) -> str:
    token = given.get("api_token")
    return token if isinstance(token, str) else ""


def _shown(option: str, given: Mapping[str, Any]) -> str:
    """Return a refused value for a message, unless it is a secret, or a secret that was given as something else."""
    if option in SECRET_OPTIONS:
        return "the value"
    return _shown_value(given[option], given)


def _shown_value(value: Any, given: Mapping[str, Any]) -> str:
    text = repr(value)
    return "what looks like a token" if holds_secret(text, _token(given)) else printable(text, 120)


def _source_problems(given: Mapping[str, Any]) -> Iterator[str]:
    """Yield what a source can never be asked for, with what to do instead."""
    source, period = given.get("source", QUERY_DEFAULTS["source"]), given.get("period", "")
    for scope in ("organization_id", "organization_ids"):
        if given.get("subscriptions") and scope in given:
            yield (
                f"subscriptions: can't be used with {scope}, as the API tells the fixed fees of one account only;"
                " set account_id or account_ids, or leave it out"
            )
    if given.get("tags"):
        yield from _tag_problems(given, source)
    if source == "paygo":
        yield from _paygo_problems(given)
    elif CYCLE_PERIOD.fullmatch(period) and "cycle_day" not in given:
        yield (
            f"period: {period} needs to know when billing cycles begin; set cycle_day to the day of the month, or"
            " source to paygo, which asks Cloudflare for it"
        )


def _tag_problems(given: Mapping[str, Any], source: str) -> Iterator[str]:
    if source != "rated":
        yield f"tags: can't be used with source {source}, whose records have none; set source to rated, or leave it out"
    named = [*given["tags"], *(name for name in GROUPED if name in given.get("group_by", ()))]
    if len(named) > MAX_GROUPED:
        yield (
            f"tags: {printable(', '.join(named), 120)} are more than the {MAX_GROUPED} tags, zones and regions that the"
            " API groups by; leave one of them out of tags or group_by"
        )


def _paygo_problems(given: Mapping[str, Any]) -> Iterator[str]:
    if "cycle_day" in given:
        yield "cycle_day: can't be used with source paygo, which asks Cloudflare when cycles begin; leave it out"
    odd = [metric for metric in given.get("metric", ()) if not _SLUG.fullmatch(metric)]
    if odd:
        yield (
            f"metric: {printable(odd[0], 60)!r} is not a metric id of source paygo, where an id is the name of the"
            " service in small letters, such as r2_storage_class_a_operations"
        )


def _schema_problems(given: Mapping[str, Any], schema: Mapping[str, Any]) -> Iterator[str]:
    for error in sorted(schema_errors(given, schema), key=lambda each: list(each.path)[:1] or [""]):
        if error.path:
            yield _item_problem(error, given) or _value_problem(str(error.path[0]), given, schema)
        elif error.validator == "required":
            yield from (_MISSING.get(name, f"{name}: missing") for name in error.validator_value if name not in given)
        elif error.validator == "oneOf":
            both = " and ".join(scope for scope in SCOPES if scope in given)
            yield (
                f"{', '.join(SCOPES)}: {f'{both} are' if both else 'none is'} set; set exactly one of them, or both"
                f" {' and '.join(SCOPE_SETS[-1])}"
            )
        elif error.validator == "dependentRequired":
            name, other = ("from", "to") if "from" in given else ("to", "from")
            yield f"{name}: set to {_shown(name, given)} without {other}; set both or neither"
        elif error.validator == "not":
            first, second = error.validator_value["required"]
            yield f"{first}: can't be used together with {second}; leave one of them out"
        else:
            yield printable(redact(error.message, _token(given)))


def _item_problem(error: Any, given: Mapping[str, Any]) -> str | None:
    """Return the sentence about an item of a list that has a description of its own: the list may be long."""
    option = str(error.path[0])
    if len(error.path) == 1 or "description" not in error.schema or not isinstance(given[option], list):
        return None
    return not_accepted(option, _shown_value(error.instance, given), error.schema["description"])


def _value_problem(option: str, given: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    problem = not_accepted(option, _shown(option, given), schema["properties"][option]["description"])
    return problem + _token_remedy(_token(given)) if option == "api_token" else problem


def _token_remedy(token: str) -> str:
    """Return what to do about a token that was copied with something around it, without a word of it."""
    if _BEARER.match(token):
        return "; leave out the word Bearer"
    if _QUOTED.fullmatch(token.strip()):
        return "; leave out the quotes around it"
    return "; take away what is before or after it" if token != token.strip() else ""


_NOT_AN_ADDRESS = not_accepted("api_url", "the value", "an address like https://api.cloudflare.com/client/v4")


def _address_problems(address: object) -> list[str]:
    """A token travels to this address: so it is https, or http to this machine itself, and holds nothing else."""
    if not isinstance(address, str) or not address:
        return []
    try:
        parts = urlsplit(address)
        host, _port = parts.hostname or "", parts.port
        host.encode("idna")
    except ValueError:
        return [_NOT_AN_ADDRESS]
    if parts.scheme not in ("https", "http") or not host or any(char.isspace() for char in address):
        return [_NOT_AN_ADDRESS]
    if parts.username is not None or parts.password is not None:
        return ["api_url: must not hold a user name or a password; the token goes into api_token"]
    if parts.query or parts.fragment:
        return ["api_url: must not hold a query or a fragment; give the address up to /client/v4"]
    if parts.scheme == "http" and not _is_loopback(host):
        return [f"api_url: http to {printable(host, 80)!r} would send the token in the clear; use https"]
    return []


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _expected_problems(given: Mapping[str, Any]) -> Iterator[str]:
    """Accounts that are expected of an organization that nobody asks for would be missed by nobody."""
    named = {each.lower() for each in given.get("organization_ids", ())}
    for organization in given.get("expected_accounts_by_organization", {}):
        if organization.lower() not in named:
            yield f"expected_accounts_by_organization: {organization} is not one of organization_ids"


def _ended_problems(given: Mapping[str, Any]) -> Iterator[str]:
    for account, day in given.get("ended_accounts", {}).items():
        try:
            date.fromisoformat(day)
        except ValueError:
            yield f"ended_accounts: {day!r} of {account} is not a valid date"


def _day_problems(given: Mapping[str, Any], today: date) -> Iterator[str]:
    days: dict[str, date] = {}
    for option in ("from", "to"):
        try:
            days[option] = date.fromisoformat(given[option])
        except KeyError:
            return
        except ValueError:
            yield f"{option}: {given[option]!r} is not a valid date"
    if len(days) < 2:
        return
    if days["from"] > days["to"]:
        yield f"from: {given['from']} lies after to, {given['to']}; swap them"
    if days["from"] > today:
        yield f"from: {given['from']} is still to come (today is {today} in UTC); usage is known for past days only"
    if (days["to"] - days["from"]).days >= MAX_DAYS:
        yield f"to: {given['to']} is more than {MAX_DAYS} days after from, {given['from']}; ask for a shorter range"
