# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Schemas, types and files say the same: the types of facts and verdicts, their JSON Schemas, and docs/schemas."""

from __future__ import annotations

import json
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints, is_typeddict

import jsonschema
import pytest

from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.evaluate import evaluate_budgets
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.estimates import (
    ESTIMATE_SCHEMA,
    RECONCILIATION_SCHEMA,
    Estimate,
    Reconciliation,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.schema import USAGE_SCHEMA
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.types import Usage
from ansible_collections.finops.cloudflare.plugins.plugin_utils._pricing.estimate import estimate_costs
from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts.model import Verdict
from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts.schema import VERDICT_SCHEMA, VERDICTS_SCHEMA
from ansible_collections.finops.cloudflare.tests.schemas import SCHEMAS, text
from ansible_collections.finops.cloudflare.tests.unit.plugins.plugin_utils.budget_factories import budget, group, usage

PRICE = {"metric": "workers_standard_requests", "unit": "Requests", "price": 0.30}
FOLDER = Path(__file__).parents[3] / "docs" / "schemas"
NAMES = {
    str: "string",
    int: "integer",
    float: "number",
    bool: "boolean",
    NoneType: "null",
    dict: "object",
    list: "array",
}


def alternatives(schema: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the schemas of one type each that a value can have."""
    if "anyOf" in schema:
        return [each for option in schema["anyOf"] for each in alternatives(option)]
    if "enum" in schema:
        values = schema["enum"]
        texts = [{"type": "string", "enum": [value for value in values if value is not None]}]
        return [*texts, *([{"type": "null"}] if None in values else [])]
    types = schema.get("type", "object")
    return [{**schema, "type": name} for name in ([types] if isinstance(types, str) else types)]


def differences(hint: Any, schema: dict[str, Any], path: str = "") -> list[str]:
    """Return where a type and a schema differ; what the type takes as any text, the schema may limit."""
    options = list(get_args(hint)) if get_origin(hint) in (Union, UnionType) else [hint]
    found = []
    schemas = alternatives(schema)
    kinds = {_kind(option): option for option in options}
    if hint is not Any and kinds.keys() != {each["type"] for each in schemas}:
        return [f"{path}: {sorted(kinds)} and {sorted(each['type'] for each in schemas)}"]
    for each in schemas if hint is not Any else []:
        found += _differences(kinds[each["type"]], each, path)
    return found


def _kind(hint: Any) -> str:
    if get_origin(hint) is Literal:
        return "string"
    return "object" if is_typeddict(hint) else NAMES[get_origin(hint) or hint]


def _differences(hint: Any, schema: dict[str, Any], path: str) -> list[str]:
    if get_origin(hint) is Literal:
        return [] if set(get_args(hint)) == set(schema["enum"]) else [f"{path}: {schema['enum']}"]
    if get_origin(hint) is list:
        return differences(get_args(hint)[0], schema["items"], f"{path}[]")
    if get_origin(hint) is dict and isinstance(schema.get("additionalProperties"), dict):
        return differences(get_args(hint)[1], schema["additionalProperties"], f"{path}{{}}")
    if not is_typeddict(hint):
        return []
    hints, properties = get_type_hints(hint), schema["properties"]
    found = [f"{path}.{key}: only in one of them" for key in sorted(hints.keys() ^ properties.keys())]
    missing = hint.__required_keys__ - set(schema["required"])
    found += [f"{path}.{key}: required by the type, and not by the schema" for key in sorted(missing)]
    for key in sorted(hints.keys() & properties.keys()):
        found += differences(hints[key], properties[key], f"{path}.{key}")
    return found


def required_differences(hint: Any, schema: dict[str, Any]) -> set[str]:
    """Return the keys that only the type or only the schema requires."""
    return set(hint.__required_keys__ ^ set(schema["required"]))


def test_schemas_types_of_facts_say_what_their_schema_says() -> None:
    assert differences(Usage, USAGE_SCHEMA) == []
    assert required_differences(Usage, USAGE_SCHEMA) == set()
    items = USAGE_SCHEMA["properties"]
    for key in ("groups", "reasons", "accounts", "sources"):
        (hint,) = get_args(get_type_hints(Usage)[key])
        assert required_differences(hint, items[key]["items"]) == set(), key


def test_schemas_type_of_a_verdict_says_what_its_schema_says() -> None:
    assert differences(Verdict, VERDICT_SCHEMA) == []
    # what is handed over by others may lack most, what is given here lacks nothing
    assert set(VERDICT_SCHEMA["required"]) == set(get_type_hints(Verdict))


@pytest.mark.parametrize(("hint", "schema"), [(Estimate, ESTIMATE_SCHEMA), (Reconciliation, RECONCILIATION_SCHEMA)])
def test_schemas_types_of_estimates_say_what_their_schemas_say(hint: Any, schema: dict[str, Any]) -> None:
    assert differences(hint, schema) == []
    assert required_differences(hint, schema) == set()


def test_schemas_estimate_is_what_its_schema_says() -> None:
    card = {"name": "n", "source": "s", "checked_on": "2026-10-01", "currency": "USD", "prices": [PRICE]}
    facts = usage([group([3] * 31, cost=[1] * 31), group([3] * 31, metric="r2_storage")])
    found = estimate_costs(facts, card)
    assert (len(found["items"]), len(found["unpriced"])) == (1, 1)
    assert found["reconciliation"]
    jsonschema.Draft202012Validator(ESTIMATE_SCHEMA).validate(found)


@pytest.mark.parametrize("changed", ["type", "key", "word"])
def test_schemas_difference_between_a_type_and_a_schema_is_found(changed: str) -> None:
    schema = json.loads(json.dumps(USAGE_SCHEMA))
    if changed == "type":
        schema["properties"]["groups"]["items"]["properties"]["billed_cost"] = {"type": "number"}
    elif changed == "key":
        del schema["properties"]["accounts"]["items"]["properties"]["name"]
    else:
        schema["properties"]["status"]["enum"].append("fine")
    assert len(differences(Usage, schema)) == 1


def test_schemas_verdicts_of_budgets_are_what_their_schema_says() -> None:
    budgets = [budget(), budget(name="each", each="account", limit=10), budget(name="none", match={"account": "x"})]
    found = evaluate_budgets(usage([group([3] * 31)]), budgets)
    validator = jsonschema.Draft202012Validator(VERDICTS_SCHEMA, format_checker=jsonschema.FormatChecker())
    assert validator.is_valid(json.loads(json.dumps(found)))


@pytest.mark.parametrize("name", SCHEMAS)
def test_schemas_published_schema_is_the_schema(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMAS[name])
    assert (FOLDER / f"{name}.json").read_text(encoding="utf-8") == text(SCHEMAS[name]), "run make schemas"


def test_schemas_published_schemas_are_all_of_them() -> None:
    assert {path.stem for path in FOLDER.glob("*.json")} == set(SCHEMAS)
