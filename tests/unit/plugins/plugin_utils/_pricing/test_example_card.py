# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The example rate card beside the simulator's bill, which has the same allowances, blocks and prices."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timezone
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.finops.cloudflare.playbooks.files.cloudflare_simulator import Config, Simulator
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.parameters import check_query
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.usage_info import query_usage
from ansible_collections.finops.cloudflare.plugins.plugin_utils._pricing.reconcile import reconcile_costs

CARD = Path(__file__).parents[5] / "playbooks" / "files" / "rate-card-2026-10.yml"
NOW = datetime(2025, 6, 2, 3, tzinfo=timezone.utc)
NO_PRICE = {"containers_egress", "rate_limiting_requests", "log_explorer_storage", "zero_trust_seats"}


@pytest.fixture(scope="module")
def bill() -> Iterator[dict[str, Any]]:
    """Return the bill of an account that uses everything that the simulator knows, for a whole cycle."""
    with Simulator(Config(today=date(2025, 6, 2), metrics=40)) as simulator:
        account = simulator.api.dataset.accounts[0].id
        asked = {"account_id": account, "source": "paygo", "from": "2025-05-01", "to": "2025-05-31"}
        connection = {"api_url": simulator.base_url, "api_token": simulator.config.token}
        yield query_usage(check_query({**connection, **asked}, NOW.date()), NOW)["usage"]


def card() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load(CARD.read_text(encoding="utf-8"))
    return {**read, "valid_from": "2025-01-01"}


def lines(bill: dict[str, Any], rate_card: dict[str, Any]) -> dict[str, Any]:
    return {str(line["metric_id"]): line for line in reconcile_costs(bill, rate_card)["lines"]}


def test_example_card_comes_to_the_bill_to_the_last_digit(bill: dict[str, Any]) -> None:
    found = lines(bill, card())
    assert {metric for metric, line in found.items() if line["result"] != "equal"} == NO_PRICE
    assert all(found[metric]["estimated"] == found[metric]["billed"] for metric in found.keys() - NO_PRICE)
    assert len(found) == 40


def test_example_card_that_is_wrong_by_a_cent_shows(bill: dict[str, Any]) -> None:
    wrong = card()
    [price] = [each for each in wrong["prices"] if "load_balancing_queries" in each["metric"]]
    price["price"] += 0.01
    different = {metric for metric, line in lines(bill, wrong).items() if line["result"] == "different"}
    assert different == {"load_balancing_queries"}
