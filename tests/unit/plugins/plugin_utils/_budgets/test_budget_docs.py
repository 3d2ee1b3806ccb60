# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What docs/ says of budgets and rate cards is true: examples, numbers, keys, codes and schemas."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.finops.cloudflare.playbooks.files.cloudflare_simulator.catalogue import METRICS, Metric
from ansible_collections.finops.cloudflare.plugins.module_utils._sources.paygo_names import metric_id
from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.evaluate import evaluate_budgets
from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.read import read_budgets
from ansible_collections.finops.cloudflare.plugins.plugin_utils._budgets.schema import BUDGETS_SCHEMA
from ansible_collections.finops.cloudflare.plugins.plugin_utils._facts.read import read_usage
from ansible_collections.finops.cloudflare.plugins.plugin_utils._pricing.estimate import estimate_costs
from ansible_collections.finops.cloudflare.plugins.plugin_utils._pricing.rate_card import (
    RATE_CARD_SCHEMA,
    read_rate_card,
)
from ansible_collections.finops.cloudflare.plugins.plugin_utils._verdicts.table import budgets_table

COUNTED = {"Requests", "Operations", "Rows", "Events", "Queries", "Images", "Neurons", "Seats"}
ROOT = Path(__file__).parents[5]
DOCS = ROOT / "docs"
BUDGETS_PAGE = "".join((DOCS / name).read_text(encoding="utf-8") for name in ("budgets.md", "budgets-reference.md"))
RATE_CARDS_PAGE = (DOCS / "rate-cards.md").read_text(encoding="utf-8")


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", page, re.DOTALL | re.MULTILINE)


def yaml_blocks(page: str) -> list[Any]:
    return [yaml.safe_load(block) for block in blocks(page, "yaml")]


def examples(page: str, kind: str) -> list[dict[str, Any]]:
    return [block for block in yaml_blocks(page) if isinstance(block, dict) and block.get("example") == kind]


def example_card() -> Any:
    path = DOCS.parent / "playbooks" / "files" / "rate-card-2026-10.yml"
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def example_file(name: str) -> Any:
    return yaml.safe_load((DOCS / "examples" / name).read_text(encoding="utf-8"))


def first_column(page: str) -> set[str]:
    """Return what stands in code in the first column of the page's tables."""
    cells = re.findall(r"^\| (`[^|]*) \|", page, re.MULTILINE)
    return {word for cell in cells for word in re.findall(r"`([^`]+)`", cell)}


def test_budget_docs_the_table_shown_is_what_the_examples_give() -> None:
    usage, budgets = read_usage(example_file("usage.yml")), example_file("budgets.yml")
    verdicts = evaluate_budgets(usage, budgets, example_card())
    assert blocks(BUDGETS_PAGE, "text") == [budgets_table(verdicts)]
    assert {verdict["status"] for verdict in verdicts} == {"pass", "warn", "fail", "unknown"}
    assert {verdict["on"] for verdict in verdicts} == {"actual", "forecast", "spike", "growth"}


def test_budget_docs_every_budget_on_the_page_is_one() -> None:
    lists = [block for block in yaml_blocks(BUDGETS_PAGE) if isinstance(block, list)]
    assert len(lists) == 9
    for block in lists:
        assert read_budgets(block)


@pytest.mark.parametrize("number", range(3))
def test_budget_docs_the_worked_prices_are_right(number: int) -> None:
    found = examples(RATE_CARDS_PAGE, "price")
    assert len(found) == 3
    example = found[number]
    card = {"name": "n", "source": "s", "checked_on": "2026-10-01", "currency": "USD", "prices": [example["price"]]}
    usage = example_file("usage.yml")
    group = usage["groups"][0] | {
        "x_billable_metric_id": example["price"]["metric"],
        "consumed_unit": example["price"]["unit"],
        "consumed_quantity": sum(example["daily"]),
        "daily_quantity": example["daily"] + [0] * (len(usage["days"]) - len(example["daily"])),
    }
    alone = {"accounts": usage["accounts"][:1], "record_count": group["record_count"], "sources": []}
    facts = {**usage, **alone, "groups": [group]}
    (item,) = estimate_costs(facts, card)["items"]
    assert (item["billable_quantity"], item["amount"]) == (example["billable"], example["amount"])


def test_budget_docs_the_card_on_the_page_is_one() -> None:
    cards = [block for block in yaml_blocks(RATE_CARDS_PAGE) if "prices" in block]
    assert len(cards) == 1
    assert read_rate_card(cards[0]).currency == "USD"


def test_budget_docs_the_example_card_prices_what_the_samples_use() -> None:
    card = example_card()
    read = read_rate_card(card)
    assert (read.currency, read.checked_on) == ("USD", "2026-10-01")
    assert "example" in read.name
    estimate = estimate_costs(example_file("usage.yml"), card)
    assert estimate["unpriced"] == []
    assert not estimate["is_lower_bound"]


def published() -> dict[str, tuple[float, float, float]]:
    """Return allowance, price and block of the published prices, by the first name in the example card."""
    million = 1e6
    return {
        "workers_standard_requests": (10 * million, 0.30, million),
        "workers_cpu_ms": (30 * million, 0.02, million),
        "kv_read_operations": (10 * million, 0.50, million),
        "kv_write_operations": (million, 5, million),
        "kv_delete_operations": (million, 5, million),
        "kv_list_operations": (million, 5, million),
        "kv_storage": (1, 0.50, 1),
        "d1_rows_read": (25_000 * million, 0.001, million),
        "d1_rows_written": (50 * million, 1, million),
        "d1_storage": (5, 0.75, 1),
        "r2_storage_class_a_operations": (million, 4.50, million),
        "r2_storage_class_b_operations": (10 * million, 0.36, million),
        "r2_storage": (10, 0.015, 1),
        "queues_standard_operations": (million, 0.40, million),
        "durable_objects_compute_requests": (million, 0.15, million),
        "durable_objects_compute_duration": (400_000, 12.50, million),
        "workers_ai_neurons": (10_000, 0.011, 1000),
        "container_memory": (90_000, 0.0000025, 1),
        "container_vcpu": (22_500, 0.00002, 1),
        "container_disk": (720_000, 0.00000007, 1),
        "durable_objects_sql_rows_read": (25_000 * million, 0.001, million),
        "durable_objects_sql_rows_written": (50 * million, 1, million),
        "durable_objects_sql_stored_data": (5, 0.20, 1),
        "workers_logs_events": (20 * million, 0.60, million),
        "workers_builds_minutes": (6000, 0.005, 1),
        "r2_infrequent_access_storage": (0, 0.01, 1),
        "r2_data_retrieval": (0, 0.01, 1),
        "stream_minutes_stored": (0, 5, 1000),
        "stream_minutes_delivered": (0, 1, 1000),
        "images_stored": (0, 5, 100_000),
        "images_delivered": (0, 1, 100_000),
        "images_transformations": (5000, 0.50, 1000),
        "argo_smart_routing_bandwidth": (1, 0.10, 1),
        "cache_reserve_storage": (0, 0.015, 1),
        "cache_reserve_class_a_operations": (0, 4.50, million),
        "cache_reserve_class_b_operations": (0, 0.36, million),
        "load_balancing_queries": (500_000, 0.50, 500_000),
        "vectorize_queried_dimensions": (50 * million, 0.01, million),
        "vectorize_stored_dimensions": (10 * million, 0.05, 100 * million),
        "analytics_engine_data_points_written": (10 * million, 0.25, million),
        "analytics_engine_read_queries": (million, 1, million),
        "workflows_storage": (1, 0.20, 1),
        "browser_rendering_browser_hours": (10, 0.09, 1),
        "email_sending_emails": (3000, 0.35, 1000),
    }


def test_budget_docs_the_example_card_holds_the_published_prices() -> None:
    found = {
        price["metric"][0]: (
            price.get("included_per_cycle", price.get("included_per_day", 0)),
            price["price"],
            price.get("block", 1),
        )
        for price in example_card()["prices"]
        if not str(price["unit"]).endswith("-Hours")
    }
    assert found == published()


# What Cloudflare charges for and the card names as not known.
UNPRICED = {"containers_egress", "rate_limiting_requests", "zero_trust_seats", "log_explorer_storage"}


def priced(metric: str, name: str, unit: str) -> bool:
    prices = read_rate_card(example_card()).prices
    return any(price.names(metric, name) and unit in price.units for price in prices)


@pytest.mark.many_cases
@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.id)
def test_budget_docs_the_example_card_serves_every_source(metric: Metric) -> None:
    """A bill names services, and counts in no unit what the usage API counts in requests, rows or operations."""
    service = metric.paygo.service
    bill_unit = "Count" if metric.unit in COUNTED else metric.unit
    expected = metric.id not in UNPRICED
    assert priced(metric.id, metric.name, metric.unit) is expected
    assert priced(metric_id(service), service, bill_unit) is expected


def test_budget_docs_by_the_hour_or_by_the_second_it_costs_the_same() -> None:
    prices = [price for price in example_card()["prices"] if price["metric"][0].startswith("container_")]
    seconds, hours = prices[:3], prices[3:]
    for second, hour in zip(seconds, hours, strict=True):
        assert second["metric"] == hour["metric"]
        assert Decimal(str(second["price"])) * 3600 == Decimal(str(hour["price"]))
        assert Decimal(str(hour["included_per_cycle"])) * 3600 == second["included_per_cycle"]


def test_budget_docs_every_key_is_described() -> None:
    assert BUDGETS_SCHEMA["items"]["properties"].keys() <= first_column(BUDGETS_PAGE)
    price = RATE_CARD_SCHEMA["properties"]["prices"]["items"]["properties"]
    assert RATE_CARD_SCHEMA["properties"].keys() | price.keys() <= first_column(RATE_CARDS_PAGE)


def test_budget_docs_every_reason_code_is_described() -> None:
    """The codes are read from the code: a Reason or Doubt with its code as text, and the codes of the estimates."""
    folder = ROOT / "plugins" / "plugin_utils"
    files = [*folder.glob("_budgets/**/*.py"), folder / "_facts" / "facts.py"]
    text = "".join(path.read_text(encoding="utf-8") for path in files)
    codes = set(re.findall(r'(?:Reason|Doubt)\(\s*"([a-z_]+)"', text)) - {"empty", "previous_"}
    codes |= {
        "no_match",
        "pattern_without_match",
        "unit_differs",
        "currency_differs",
        "mixed_units",
        "mixed_currencies",
    }
    assert len(codes) > 20
    assert codes <= first_column(BUDGETS_PAGE)
    pricing = (folder / "_pricing" / "pricing.py").read_text(encoding="utf-8")
    cycle_codes = set(re.findall(r'yield "([a-z_]+)"', pricing))
    assert len(cycle_codes) == 3
    assert cycle_codes <= first_column(BUDGETS_PAGE) & first_column(RATE_CARDS_PAGE)
    interface = (folder / "_budgets" / "interface.py").read_text(encoding="utf-8")
    reasons = re.findall(r'^    "([a-z_]+)": "', interface, re.MULTILINE)
    assert len(reasons) == 5
    assert set(reasons) <= first_column(RATE_CARDS_PAGE)
