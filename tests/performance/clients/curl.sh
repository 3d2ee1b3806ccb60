#!/bin/sh
# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Client: fetch and forget. It shows what the server and the loopback interface take.
echo "header = \"Authorization: Bearer ${CLOUDFLARE_API_TOKEN}\"" |
  curl --silent --show-error --fail --config - --output /dev/null "${BENCH_URL}"
