# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every product family has a category that FOCUS allows, and nothing is guessed."""

from __future__ import annotations

import pytest

from ansible_collections.finops.cloudflare.plugins.module_utils._export.focus_services import (
    CATEGORIES,
    FAMILIES,
    service_category,
)

# The subcategories that FOCUS allows in the categories that are used here.
SUBCATEGORIES = {
    "AI and Machine Learning": {"AI Platforms", "Bots", "Generative AI", "Machine Learning"},
    "Compute": {"Containers", "Serverless Compute", "Virtual Machines"},
    "Databases": {"Caching", "Data Warehouses", "NoSQL Databases", "Relational Databases"},
    "Integration": {"API Management", "Messaging", "Workflow Orchestration"},
    "Management and Governance": {"Cost Management", "Observability", "Support"},
    "Media": {"Content Creation", "Media Streaming"},
    "Networking": {
        "Application Networking",
        "Content Delivery",
        "Network Connectivity",
        "Network Infrastructure",
        "Network Routing",
        "Network Security",
    },
    "Security": {"Threat Detection and Response"},
    "Storage": {"Backup Storage", "Object Storage"},
    "Web": {"Application Platforms"},
}


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_focus_services_a_family_is_of_an_allowed_category(family: str) -> None:
    category, subcategory = FAMILIES[family]
    assert category in CATEGORIES
    assert subcategory in SUBCATEGORIES[category] | {f"Other ({category})"}
    assert family == family.lower().strip()
    assert service_category(None, family.title()) == (category, subcategory)
    assert service_category(None, f"Cloudflare {family}") == (category, subcategory)
    assert service_category(None, None, family.replace(" ", "_")) == (category, subcategory)


def test_focus_services_a_family_that_nobody_knows_is_other() -> None:
    assert service_category(None, "Quantum Tunnels", None) == ("Other", "Other (Other)")
    assert service_category(None) == ("Other", "Other (Other)")


def test_focus_services_a_category_that_focus_allows_is_taken_from_the_api() -> None:
    assert service_category("Media", "Images") == ("Media", "Other (Media)")
    assert service_category("Storage", "R2") == ("Storage", "Object Storage")
    assert service_category("Security", "R2") == ("Security", "Other (Security)")
    assert service_category("Developer", "R2") == ("Storage", "Object Storage")
