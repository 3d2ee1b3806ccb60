# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The quick look at a query accepts nothing that the library refuses, and ordinary queries need no library."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.finops.cloudflare.plugins.module_utils._export.export import EXPORT_SCHEMA
from ansible_collections.finops.cloudflare.plugins.module_utils._plain_check import is_plainly_valid
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.parameters import QUERY_SCHEMA

ACCOUNT = "023e105f4ecef8ad9ca31a8372d0c353"
ALWAYS = {"api_token": "a-token", "api_url": "https://api.example.com"}
RIGHT: list[dict[str, Any]] = [
    {"account_id": ACCOUNT},
    {"account_ids": [ACCOUNT, ACCOUNT], "metric": ["a", "b"], "group_by": ["metric", "account"], "lag_days": 0},
    {"organization_id": ACCOUNT, "from": "2025-05-01", "to": "2025-05-31", "return_records": True, "timeout": 0.5},
    {"account_id": ACCOUNT, "period": "last_2_billing_cycles", "source": "paygo", "ended_accounts": {}},
    {"organization_id": ACCOUNT, "expected_accounts": [ACCOUNT], "ended_accounts": {ACCOUNT: "2025-05-01"}},
]
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-2, 40),
        st.floats(allow_nan=True, allow_infinity=True),
        st.sampled_from([ACCOUNT, ACCOUNT + "\n", "", "2025-05-01", "2025-05-01\n", "metric", "usage", "this_month"]),
        st.sampled_from(["month_to_date", "last_2_billing_cycles", "csv", "account", "x" * 5000, "\x00", "https://a"]),
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([ACCOUNT, "a", ""]), inner, max_size=2),
    max_leaves=5,
)
SCHEMAS = {"query": QUERY_SCHEMA, "export": EXPORT_SCHEMA}


def is_valid(value: Any, schema: Any) -> bool:
    return bool(jsonschema.Draft202012Validator(schema).is_valid(value))


@pytest.mark.parametrize("query", RIGHT)
def test_plain_check_accepts_what_is_ordinary(query: dict[str, Any]) -> None:
    assert is_plainly_valid({**ALWAYS, **query}, QUERY_SCHEMA)
    assert is_valid({**ALWAYS, **query}, QUERY_SCHEMA)


@pytest.mark.parametrize("name", SCHEMAS)
@given(data=st.data())
def test_plain_check_accepts_nothing_that_the_library_refuses(name: str, data: st.DataObject) -> None:
    schema = SCHEMAS[name]
    options = st.dictionaries(st.sampled_from(sorted(schema["properties"])), VALUES, max_size=4)
    query = {**ALWAYS, **data.draw(st.sampled_from(RIGHT)), **data.draw(options)}
    assert is_valid(query, schema) or not is_plainly_valid(query, schema)
    rule, value = schema["properties"][data.draw(st.sampled_from(sorted(schema["properties"])))], data.draw(VALUES)
    assert is_valid(value, rule) or not is_plainly_valid(value, rule)


@pytest.mark.parametrize(
    ("value", "schema"),
    [
        (1, {"multipleOf": 1}),
        ({"a": 1}, {"patternProperties": {"a": {}}, "additionalProperties": False}),
        ({"a": 1}, {"oneOf": [{"type": "object"}]}),
        ({"a": 1}, {"oneOf": [{"anyOf": [{"required": ["a"]}, {"type": "object"}]}]}),
        ({"a": 1}, {"not": {"type": "string"}}),
        (True, {"enum": [1]}),
        (1.0, {"type": "integer"}),
        (float("nan"), {"type": "number"}),
    ],
)
def test_plain_check_leaves_to_the_library_what_it_does_not_know(value: Any, schema: Any) -> None:
    assert not is_plainly_valid(value, schema)


@pytest.mark.parametrize(("day", "needed"), [("2025-05-01", False), ("1 May", True)])
def test_plain_check_spares_a_right_query_the_import_of_the_library(day: str, *, needed: bool) -> None:
    script = """
import datetime, json, sys
from ansible_collections.finops.cloudflare.plugins.modules import cloudflare_usage_info
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.parameters import ParameterError, check_query
try:
    check_query(json.loads(sys.argv[1]), datetime.date(2026, 1, 1))
except ParameterError:
    pass
print("jsonschema" in sys.modules)
"""
    query = json.dumps({**ALWAYS, "account_id": ACCOUNT, "from": day, "to": "2025-05-31"})
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", script, query], env=env, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(needed)
