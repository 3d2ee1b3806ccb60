#!/bin/sh
# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Client: curl and jq. The token goes in through a file that is none, so that no process list shows it.
echo "header = \"Authorization: Bearer ${CLOUDFLARE_API_TOKEN}\"" |
  curl --silent --show-error --fail --config - "${BENCH_URL}" |
  jq --compact-output \
    'reduce .result[] as $row ({}; .["\($row.x_BillableMetricId)|\($row.ConsumedUnit)"] += $row.ConsumedQuantity)'
