# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The dashboard and the alerts of docs/examples, over the usage.prom of a gate, in a real Prometheus."""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

if TYPE_CHECKING:
    from ansible_collections.finops.cloudflare.tests.integration.conftest import Play, Server

EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "examples"
RULES = EXAMPLES / "prometheus" / "cloudflare.rules.yml"
ADVICE = {
    rule["alert"]: rule["annotations"]["description"]
    for group in yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"]
    for rule in group["rules"]
}
DASHBOARD = json.loads((EXAMPLES / "grafana" / "cloudflare-usage.json").read_text(encoding="utf-8"))
ACCOUNT = "023e105f4ecef8ad9ca31a8372d0c353"
REQUESTS = {"name": "requests", "match": {"metric": "workers_standard_requests"}, "unit": "Requests"}
BUDGETS = [
    {**REQUESTS, "limit": 1_000_000_000},
    {**REQUESTS, "name": "tight", "limit": 1},
    {"name": "bill", "measure": "billed_cost", "limit": 500, "currency": "USD"},
]
MOMENT = 1_750_000_000  # when Prometheus is taken to have read the metrics
UNKNOWN_COSTS = {"Known billed cost so far", "Billed cost by metric", "Estimated cost so far"}
NEVER = {"Why the usage is not complete"}  # the usage of this month is whole

pytestmark = pytest.mark.skipif(
    not (shutil.which("prometheus") and shutil.which("promtool")),
    reason="there is no Prometheus on this machine: apt-get install prometheus",
)


@pytest.fixture
def metrics(play: Play, simulator: Server, tmp_path: Path) -> list[str]:
    """Return the samples that a gate left for Prometheus."""
    variables = {
        "usage_facts_accounts": [ACCOUNT],
        "usage_facts_from": "2025-05-01",
        "usage_facts_to": "2025-05-31",
        "budget_assert_budgets": BUDGETS,
        "budget_assert_formats": [],
        "usage_report_formats": ["openmetrics"],
        "usage_report_dest": str(tmp_path / "out"),
    }
    play("finops.cloudflare.budget_gate", variables=variables, env=simulator.env())
    lines = (tmp_path / "out" / "usage.prom").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if not line.startswith("#")]


def _series(lines: list[str]) -> list[dict[str, str]]:
    pairs = (line.rpartition(" ") for line in lines)
    return [{"series": name, "values": f"{value}x200"} for name, _space, value in pairs]


def _alerts(minutes: int, name: str, *found: dict[str, str]) -> dict[str, Any]:
    """Return what promtool is to expect of an alert; annotations are told apart from labels by their key."""
    expected = [
        {
            "exp_labels": {key: value for key, value in each.items() if key != "summary"},
            "exp_annotations": {"summary": each["summary"], "description": ADVICE[name]},
        }
        for each in found
    ]
    return {"eval_time": f"{minutes}m", "alertname": name, "exp_alerts": expected}


def _labels(budget: str, status: str, severity: str, summary: str) -> dict[str, str]:
    return {"budget": budget, "status": status, "severity": severity, "summary": summary}


def _behind() -> dict[str, str]:
    summary = "The usage of account a1 has had no new complete day for more than four days."
    return {"scope": "account", "scope_id": "a1", "severity": "warning", "summary": summary}


def test_dashboards_alerts_tell_violated_and_unknown_budgets_and_stale_or_missing_metrics(
    metrics: list[str], tmp_path: Path
) -> None:
    violated = _labels("tight", "fail", "critical", "The budget tight is over its limit, or expected to be.")
    unknown = _labels("bill", "unknown", "warning", "It is not known whether the budget bill is kept.")
    stale = {
        "scope": "account",
        "scope_id": "a1",
        "severity": "critical",
        "summary": "The usage of account a1 was read 1d 12h 1m 0s ago: the nightly run does not come through.",
    }
    nothing = {"severity": "critical", "summary": "There are no metrics of Cloudflare usage, so nothing is known about"}
    nothing["summary"] += " cost and budgets."
    real = {
        "interval": "1m",
        "input_series": _series(metrics),
        "alert_rule_test": [
            _alerts(90, "CloudflareBudgetViolated", violated),
            _alerts(90, "CloudflareBudgetUnknown", unknown),
            _alerts(30, "CloudflareBudgetUnknown"),
            *(
                _alerts(90, name)
                for name in (
                    "CloudflareBudgetNear",
                    "CloudflareBudgetsNotJudged",
                    "CloudflareUsageMissing",
                    "CloudflareUsageStale",
                    "CloudflareUsageEmpty",
                    "CloudflareUsageBehind",
                )
            ),
        ],
    }
    old = {
        "interval": "1m",
        "input_series": [
            {
                "series": 'cloudflare_usage_fetched_timestamp_seconds{scope="account",scope_id="a1"}',
                "values": "0x3000",
            }
        ],
        "alert_rule_test": [
            _alerts(36 * 60 + 1, "CloudflareUsageStale", stale),
            _alerts(36 * 60, "CloudflareUsageStale"),
        ],
    }
    young = {
        "interval": "1m",
        "input_series": [
            {
                "series": 'cloudflare_usage_period_start_timestamp_seconds{scope="account",scope_id="a1"}',
                "values": "0x9000",
            },
            {
                "series": 'cloudflare_usage_complete_until_timestamp_seconds{scope="account",scope_id="a1"}',
                "values": "_x7209 86400x1800",
            },
            {
                "series": 'cloudflare_budget_status{budget="new",group_id="",status="unknown"}',
                "values": "1x200",
            },
            {
                "series": 'cloudflare_budget_outcome{budget="new",group_id="",outcome="pass"}',
                "values": "1x200",
            },
        ],
        "alert_rule_test": [
            _alerts(5 * 1440, "CloudflareUsageBehind"),
            _alerts(5 * 1440 + 1, "CloudflareUsageBehind", _behind()),
            _alerts(5 * 1440 + 20, "CloudflareUsageBehind"),  # a day of it is complete now
            _alerts(90, "CloudflareBudgetUnknown"),
        ],
    }
    none = {
        "interval": "1m",
        "input_series": [],
        "alert_rule_test": [_alerts(90, "CloudflareUsageMissing", nothing), _alerts(30, "CloudflareUsageMissing")],
    }
    path = tmp_path / "alerts.yml"
    path.write_text(yaml.safe_dump({"rule_files": [str(RULES)], "tests": [real, old, young, none]}), encoding="utf-8")
    done = subprocess.run(["promtool", "test", "rules", str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def prometheus(metrics: list[str], tmp_path: Path) -> Iterator[str]:
    """Return the address of a Prometheus that holds the metrics."""
    exposition = tmp_path / "metrics.txt"
    lines = []
    for family in sorted({re.split(r"[{ ]", line)[0] for line in metrics}):
        samples = [f"{line} {MOMENT}" for line in metrics if line.startswith(family + "{")]
        lines += [f"# TYPE {family} gauge", *samples]
    exposition.write_text("\n".join([*lines, "# EOF", ""]), encoding="utf-8")
    blocks = ["promtool", "tsdb", "create-blocks-from", "openmetrics", str(exposition), str(tmp_path / "data")]
    subprocess.run(blocks, check=True, capture_output=True)
    (tmp_path / "prometheus.yml").write_text("{}", encoding="utf-8")
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    command = ["prometheus", f"--config.file={tmp_path}/prometheus.yml", f"--storage.tsdb.path={tmp_path}/data"]
    command += [f"--web.listen-address={address}", "--storage.tsdb.retention.time=100y"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        said = []
        for line in process.stderr:
            said.append(line)
            if "ready to receive web requests" in line:
                break
        assert process.poll() is None, "".join(said)
        yield f"http://{address}"
        process.terminate()
        process.communicate()


def test_dashboard_queries_find_what_the_gate_left(prometheus: str) -> None:
    queries = [(panel["title"], target["expr"]) for panel in DASHBOARD["panels"] for target in panel["targets"]]
    assert len(queries) > 10
    for title, expression in queries:
        query = re.sub(r"\$\w+", ".*", expression)
        arguments = urllib.parse.urlencode({"query": query, "time": MOMENT})
        with urllib.request.urlopen(f"{prometheus}/api/v1/query?{arguments}") as answer:
            found = json.load(answer)
        assert found["status"] == "success"
        if title not in UNKNOWN_COSTS | NEVER and "forecast" not in expression:
            assert found["data"]["result"], f"{title}: {query}"


def test_dashboard_asks_only_for_metrics_that_the_report_has() -> None:
    source = EXAMPLES.parents[1] / "plugins" / "plugin_utils" / "_report" / "forms" / "openmetrics.py"
    written = source.read_text(encoding="utf-8")
    text = json.dumps(DASHBOARD) + RULES.read_text(encoding="utf-8")
    asked = set(re.findall(r"\bcloudflare_(?:usage|budget)_\w+", text))
    assert asked
    for name in asked:
        assert name in written or f'"{name.removeprefix("cloudflare_usage_")}"' in written, name
