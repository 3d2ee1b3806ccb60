# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""FOCUS service categories, and which of them Cloudflare's product families belong to."""

from __future__ import annotations

CATEGORIES = frozenset(
    (
        "AI and Machine Learning",
        "Analytics",
        "Business Applications",
        "Compute",
        "Databases",
        "Developer Tools",
        "Identity",
        "Integration",
        "Internet of Things",
        "Management and Governance",
        "Media",
        "Migration",
        "Mobile",
        "Multicloud",
        "Networking",
        "Other",
        "Security",
        "Storage",
        "Web",
    )
)
# By product family in lower case, without a leading "cloudflare".
FAMILIES = {
    "ai gateway": ("AI and Machine Learning", "AI Platforms"),
    "argo": ("Networking", "Network Routing"),
    "argo smart routing": ("Networking", "Network Routing"),
    "cache reserve": ("Networking", "Content Delivery"),
    "cdn": ("Networking", "Content Delivery"),
    "containers": ("Compute", "Containers"),
    "d1": ("Databases", "Relational Databases"),
    "durable objects": ("Compute", "Serverless Compute"),
    "images": ("Media", "Other (Media)"),
    "kv": ("Databases", "NoSQL Databases"),
    "load balancing": ("Networking", "Application Networking"),
    "log explorer": ("Management and Governance", "Observability"),
    "logpush": ("Management and Governance", "Observability"),
    "logs": ("Management and Governance", "Observability"),
    "pages": ("Web", "Application Platforms"),
    "queues": ("Integration", "Messaging"),
    "r2": ("Storage", "Object Storage"),
    "rate limiting": ("Networking", "Network Security"),
    "spectrum": ("Networking", "Application Networking"),
    "stream": ("Media", "Media Streaming"),
    "vectorize": ("Databases", "Other (Databases)"),
    "workers": ("Compute", "Serverless Compute"),
    "workers ai": ("AI and Machine Learning", "Generative AI"),
    "workers kv": ("Databases", "NoSQL Databases"),
    "zero trust": ("Security", "Other (Security)"),
}


def service_category(said: str | None, *names: str | None) -> tuple[str, str]:
    """Return category and subcategory: the category that the API says if FOCUS allows it, else that of the family.

    ``names`` and ids are tried in turn. A family that is not known is of the category Other, as FOCUS asks.
    """
    keys = (" ".join((name or "").lower().replace("_", " ").split()).removeprefix("cloudflare ") for name in names)
    category, subcategory = next((FAMILIES[key] for key in keys if key in FAMILIES), ("Other", "Other (Other)"))
    if said in CATEGORIES and said != category:
        return said, f"Other ({said})"
    return category, subcategory
