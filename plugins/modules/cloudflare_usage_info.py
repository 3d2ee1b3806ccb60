#!/usr/bin/python

# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ansible module: the usage facts of a Cloudflare account or organization."""

from __future__ import annotations

DOCUMENTATION = r"""
module: cloudflare_usage_info
short_description: Get the billable usage of a Cloudflare account or organization
version_added: 1.0.0
description:
  - Gets the daily billable usage of one account, of one organization with all its accounts, or of lists of them, and
    returns it as facts with exact totals, a daily series for each group, and an honest statement of what is not known.
  - The API sends FinOps FOCUS v1.3 records. Which of them carry costs depends on O(source); what is absent is V(null),
    never V(0).
  - The parameters are validated before any request, and all problems are reported at once.
author:
  - The finops.cloudflare contributors (@finops-cloudflare)
extends_documentation_fragment:
  - finops.cloudflare.cloudflare
  - finops.cloudflare.cloudflare.query
  - finops.cloudflare.cloudflare.attributes
  - finops.cloudflare.cloudflare.actiongroup
attributes:
  check_mode:
    details:
      - The module only reads, so it does the same in check mode.
  diff_mode:
    support: N/A
    details:
      - The module changes nothing.
options:
  group_by:
    description:
      - What the groups of the facts are made by, each given once.
      - Groups always differ by unit and currency as well.
    type: list
    elements: str
    choices: [account, sub_account, product_family, metric, zone, region, charge_class]
    default: [account, product_family, metric]
  tags:
    description:
      - The keys of at most two tags that the groups are made by as well. Use without a tag is a group of its own.
      - Only with O(source=rated). Zones and regions in O(group_by) count as well, as the API groups by two at most.
    type: list
    elements: str
    default: []
  subscriptions:
    description:
      - Whether RV(usage.subscriptions) is asked for as well - the fixed fees of plans and add-ons, which no source has
        among its records. It takes one more request for each account, and does not go with O(organization_id) and
        O(organization_ids).
    type: bool
    default: false
  history_days:
    description:
      - How many days before the range are looked at as well, to know what was in use then, V(0) to V(366).
      - What was used then, and not on the asked days, is a group with C(0) instead of none, and a silence that is usual
        by these days too is no doubt. The days themselves, their amounts and RV(records) are not part of the facts.
    type: int
    default: 0
  return_records:
    description:
      - Whether RV(records) is returned as well. With more than some thousand records this costs far more time and
        memory than all else, on the controller too.
    type: bool
    default: false
seealso:
  - module: finops.cloudflare.cloudflare_usage_export
  - name: FinOps FOCUS specification
    description: What the columns of a record mean.
    link: https://focus.finops.org/focus-specification/v1-3/
"""

EXAMPLES = r"""
- name: Get this month's usage of an account
  finops.cloudflare.cloudflare_usage_info:
    api_token: "{{ cloudflare_api_token }}"
    account_id: 023e105f4ecef8ad9ca31a8372d0c353
  register: result

- name: Show the totals
  ansible.builtin.debug:
    msg: "{{ item.x_billable_metric_name }}: {{ item.consumed_quantity }} {{ item.consumed_unit }}"
  loop: "{{ result.usage.groups }}"
  loop_control:
    label: "{{ item.x_billable_metric_id }}"

- name: Get a year of an organization by account and metric, with small windows
  finops.cloudflare.cloudflare_usage_info:
    organization_id: a7b9c3d2e8f4a1b5c6d7e8f9a0b1c2d3
    from: "2025-05-01"
    to: "2026-04-30"
    group_by: [account, metric]
    window_days: 8
  register: result

- name: Get the last billing cycle of an organization, of which one account is no longer in use
  finops.cloudflare.cloudflare_usage_info:
    organization_id: a7b9c3d2e8f4a1b5c6d7e8f9a0b1c2d3
    period: previous_billing_cycle
    cycle_day: 15
    expected_accounts:
      - 023e105f4ecef8ad9ca31a8372d0c353
      - 8282fa634378aca02a1626d315d430e3
    ended_accounts:
      8282fa634378aca02a1626d315d430e3: "2025-05-16"
    deadline: 1800
  register: result

- name: Get all Workers requests of the last seven whole days, with their records
  finops.cloudflare.cloudflare_usage_info:
    account_id: 023e105f4ecef8ad9ca31a8372d0c353
    period: last_7_days
    complete_days: true
    metric:
      - workers_standard_requests
    return_records: true
  register: result

- name: Get what a pay-as-you-go account has been charged since its billing cycle began, up to the last whole day
  finops.cloudflare.cloudflare_usage_info:
    account_id: 023e105f4ecef8ad9ca31a8372d0c353
    source: paygo
    period: billing_cycle
    complete_days: true
    subscriptions: true
  register: bill

- name: Get what each team was charged last month, by tag
  finops.cloudflare.cloudflare_usage_info:
    account_id: 023e105f4ecef8ad9ca31a8372d0c353
    source: rated
    period: previous_month
    group_by: [product_family]
    tags: [team]
  register: teams

- name: Get the last month of several accounts in one task
  finops.cloudflare.cloudflare_usage_info:
    account_ids:
      - 023e105f4ecef8ad9ca31a8372d0c353
      - 8282fa634378aca02a1626d315d430e3
    period: previous_month
  register: result

- name: Get what every account of an organization was charged last month, each by its own bill
  finops.cloudflare.cloudflare_usage_info:
    organization_id: a7b9c3d2e8f4a1b5c6d7e8f9a0b1c2d3
    source: paygo
    period: previous_month
  register: result

- name: Get the last month of an organization, and of accounts that are in none or in it
  finops.cloudflare.cloudflare_usage_info:
    organization_ids:
      - a7b9c3d2e8f4a1b5c6d7e8f9a0b1c2d3
    account_ids:
      - 023e105f4ecef8ad9ca31a8372d0c353
      - 8282fa634378aca02a1626d315d430e3
    period: previous_month
  register: result

- name: Say which of them could not be read, and why
  ansible.builtin.debug:
    msg: "{{ result.usage.sources | selectattr('failure') | map(attribute='failure.message') }}"

- name: Stop unless the facts are complete
  ansible.builtin.assert:
    that: result.usage.status == "complete"
    fail_msg: "{{ result.usage.reasons | map(attribute='message') | join(' ') }}"
"""

RETURN = r"""
usage:
  description: The usage facts.
  returned: success
  type: dict
  contains:
    source:
      description: The value of O(source).
      returned: success
      type: str
      sample: usage
    scope:
      description: V(account), V(organization), or V(combined) for several accounts and organizations.
      returned: success
      type: str
      sample: account
    scope_id:
      description: The id that was asked for; null for several O(account_ids).
      returned: success
      type: str
      sample: 023e105f4ecef8ad9ca31a8372d0c353
    from:
      description: The first day asked for, in UTC.
      returned: success
      type: str
      sample: "2025-05-01"
    to:
      description: The last day asked for, which is part of the range.
      returned: success
      type: str
      sample: "2025-05-31"
    period:
      description: The words that the range was resolved from, or null.
      returned: success
      type: str
      sample: previous_month
    billing_cycle:
      description:
        - The billing cycle that the last day of the range (or today) lies in; null where nobody said when cycles begin.
      returned: success
      type: dict
      contains:
        from:
          description: The first day of the cycle.
          returned: success
          type: str
          sample: "2025-05-05"
        to:
          description: The last day of the cycle.
          returned: success
          type: str
          sample: "2025-06-04"
        anchor:
          description: The day of the month on which cycles begin.
          returned: success
          type: int
          sample: 5
    days:
      description:
        - Every day of the range - the axis of all daily series.
      returned: success
      type: list
      elements: str
    complete_through:
      description:
        - The last day that can be trusted to be whole; null if there is none.
        - It is the earlier of RV(usage.to) and the day O(lag_days) before yesterday, or the last day with any row where
          it is a surprise that none came later.
      returned: success
      type: str
      sample: "2025-05-31"
    lag_days:
      description: The value of O(lag_days).
      returned: success
      type: int
      sample: 1
    status:
      description:
        - V(complete) if nothing speaks against the facts, V(partial) if there are RV(usage.reasons), V(empty) if no
          record counts.
      returned: success
      type: str
      sample: complete
    reasons:
      description: Every doubt about the facts; empty exactly when they are complete.
      returned: success
      type: list
      elements: dict
      contains:
        code:
          description:
            - What the doubt is, for programs - V(empty), V(days_not_complete_yet), V(clock_differs),
              V(no_rows_on_first_days), V(no_rows_on_last_days), V(gap_in_daily_metric), V(records_outside_range),
              V(records_not_counted), V(metric_without_rows), V(accounts_missing), V(columns_missing), V(unit_missing),
              V(account_silent), V(records_of_other_accounts), V(negative_quantity), V(period_longer_than_a_day),
              V(period_without_end), V(period_ends_before_start), V(period_not_in_utc), V(mixed_currencies),
              V(cost_on_some_records), V(cost_not_a_number), V(cost_not_rated_yet), V(currency_missing),
              V(errors_beside_success), V(more_pages), or V(answer_truncated).
            - With several accounts and organizations also V(accounts_failed), and V(source_empty) in place of V(empty);
              V(accounts_not_all_listed) and V(accounts_not_expected) where an organization is read by its accounts.
            - With O(source=paygo) also V(account_not_covered), V(no_active_subscription), V(billing_cycles_differ),
              V(billing_cycle_moved), V(billing_cycle_without_rows), or
              V(cost_differs_from_running_total).
          returned: success
          type: str
          sample: days_not_complete_yet
        affects:
          description: V(usage), or V(cost) if the quantities are whole all the same.
          returned: success
          type: str
          sample: usage
        message:
          description: The doubt in words.
          returned: success
          type: str
          sample: Rows for 2025-05-31 can still be missing.
        about:
          description:
            - What it is about - all accounts and metrics of it, each with C(account), C(metric) (the id, else the
              name), or both. Without it, the doubt is about everything.
          returned: depending on the code
          type: list
          elements: dict
          sample: [{account: 023e105f4ecef8ad9ca31a8372d0c353, metric: workers_standard_requests}]
        count:
          description: How many records, metrics or accounts it is about.
          returned: depending on the code
          type: int
        days:
          description: The days it is about, 20 at most.
          returned: depending on the code
          type: list
          elements: str
        metrics:
          description: The metrics it is about, 20 at most.
          returned: depending on the code
          type: list
          elements: str
        accounts:
          description: The accounts it is about, 20 at most.
          returned: depending on the code
          type: list
          elements: str
        sources:
          description: The ids of those RV(usage.sources) whose own facts have the doubt, 20 at most.
          returned: with several accounts and organizations, depending on the code
          type: list
          elements: str
        columns:
          description: The columns it is about.
          returned: depending on the code
          type: list
          elements: str
        currencies:
          description: The currencies it is about.
          returned: depending on the code
          type: list
          elements: str
        samples:
          description:
            - Up to five records that can't be counted - what is wrong, and where.
          returned: when the code is V(records_not_counted)
          type: list
          elements: dict
    record_count:
      description: How many records were counted.
      returned: success
      type: int
      sample: 31
    dropped:
      description: How many records were not counted, by cause.
      returned: success
      type: dict
      contains:
        outside_range:
          description: Records of days that were not asked of the API.
          returned: success
          type: int
          sample: 0
        other_account:
          description: Records of accounts that were not asked for, or are not among O(expected_accounts).
          returned: success
          type: int
          sample: 0
        other_metric:
          description: Records of metrics other than O(metric).
          returned: success
          type: int
          sample: 0
        not_counted:
          description: Records without a usable day or number.
          returned: success
          type: int
          sample: 0
    accounts:
      description: The accounts that sent records, each with its latest name.
      returned: success
      type: list
      elements: dict
      contains:
        id:
          description: The id of the account.
          returned: success
          type: str
        name:
          description: The latest name of the account; null if the records name none.
          returned: success
          type: str
        last_day:
          description: The last day that it sent records for.
          returned: success
          type: str
          sample: "2025-05-31"
    metric:
      description: The metric ids that were asked for; empty if all were.
      returned: success
      type: list
      elements: str
    group_by:
      description: What the groups are made by, O(tags) as C(tag.KEY).
      returned: success
      type: list
      elements: str
    cost:
      description: Whether the records carry a billed cost.
      returned: success
      type: dict
      contains:
        available:
          description: V(all), V(some), or V(none) of the records carry one.
          returned: success
          type: str
          sample: none
        currency:
          description: The currency, if the records name exactly one, else null.
          returned: success
          type: str
    fetched_at:
      description: When the module ran, in UTC.
      returned: success
      type: str
      sample: "2025-06-02T03:00:00Z"
    requests:
      description: How many requests were sent, tries that failed included.
      returned: success
      type: int
      sample: 1
    collection_version:
      description: The version of this collection.
      returned: success
      type: str
      sample: 1.0.0
    sources:
      description:
        - Where several accounts and organizations were read, each of them, accounts first, in the order of asking. An
          organization that was read by its accounts stands here as these. Empty otherwise.
      returned: success
      type: list
      elements: dict
      contains:
        source:
          description: The value of O(source).
          returned: success
          type: str
          sample: usage
        scope:
          description: V(account), or V(organization).
          returned: success
          type: str
          sample: account
        scope_id:
          description: The id of the account or organization.
          returned: success
          type: str
          sample: 023e105f4ecef8ad9ca31a8372d0c353
        from:
          description: The first day.
          returned: success
          type: str
          sample: "2025-05-01"
        to:
          description: The last day.
          returned: success
          type: str
          sample: "2025-05-31"
        status:
          description: As RV(usage.status), of this one alone; V(failed) if nothing of it counts.
          returned: success
          type: str
          sample: complete
        complete_through:
          description: As RV(usage.complete_through), of this one alone; null if there is none.
          returned: success
          type: str
          sample: "2025-05-31"
        record_count:
          description: How many of its records were counted.
          returned: success
          type: int
          sample: 31
        fetched_at:
          description: When the module ran, in UTC.
          returned: success
          type: str
          sample: "2025-06-02T03:00:00Z"
        failure:
          description:
            - Why there is nothing of this one - C(kind) and C(message), and what RV(failure) has where a request
              failed. Null if all is well.
            - C(kind) is also V(empty), V(account_not_covered), V(no_active_subscription), V(other_days), or
              V(accounts_twice).
          returned: success
          type: dict
    subscriptions:
      description:
        - The fixed fees of the account, which are never part of RV(usage.groups).
      returned: success, and O(subscriptions) is true
      type: list
      elements: dict
      contains:
        billing_account_id:
          description: The id of the account.
          returned: success
          type: str
        id:
          description: The id of the subscription; null if there is none.
          returned: success
          type: str
        name:
          description: What the plan is called; null if it has no name.
          returned: success
          type: str
          sample: Workers Paid
        rate_plan_id:
          description: The id of the plan; null if there is none.
          returned: success
          type: str
          sample: workers_paid
        state:
          description: The state that the API gives, such as V(Paid), V(Trial) or V(Cancelled); null if there is none.
          returned: success
          type: str
          sample: Paid
        price:
          description: The price of one period; null if there is none.
          returned: success
          type: float
          sample: 5
        currency:
          description: The currency of the price; null if there is none.
          returned: success
          type: str
          sample: USD
        frequency:
          description: V(weekly), V(monthly), V(quarterly), or V(yearly); null if there is none.
          returned: success
          type: str
          sample: monthly
        period:
          description: The first and the last day of the current period; null if the API does not name them.
          returned: success
          type: dict
          sample: {from: "2025-05-05", to: "2025-06-04"}
        cost:
          description:
            - What the range of the facts takes of the price, by days; null if any of its days is not known.
          returned: success
          type: float
          sample: 5
        daily_cost:
          description:
            - What each day of RV(usage.days) takes of the price; null for days outside the current period, of which the
              API says nothing.
          returned: success
          type: list
          elements: float
        unknown:
          description: Why the cost is not known, in words; null if it is known.
          returned: success
          type: str
    groups:
      description:
        - The totals, by O(group_by), O(tags), unit, and currency. Each of O(tags) is a key C(tag.KEY), null for use
          without the tag.
      returned: success
      type: list
      elements: dict
      contains:
        billing_account_id:
          description: The id of the account; null for usage on contract level.
          returned: when O(group_by) holds V(account)
          type: str
        billing_account_name:
          description: The latest name of the account; null if there is none.
          returned: when O(group_by) holds V(account)
          type: str
        sub_account_id:
          description: The id of the subscription or contract; null if there is none.
          returned: when O(group_by) holds V(sub_account)
          type: str
        sub_account_name:
          description: The latest name of the subscription or contract; null if there is none.
          returned: when O(group_by) holds V(sub_account)
          type: str
        x_product_family_name:
          description: The product family; null if there is none.
          returned: when O(group_by) holds V(product_family)
          type: str
        x_billable_metric_id:
          description: The id of the metric; null if there is none.
          returned: when O(group_by) holds V(metric)
          type: str
        x_billable_metric_name:
          description: The latest name of the metric; null if there is none.
          returned: when O(group_by) holds V(metric)
          type: str
        x_zone_id:
          description: The id of the zone; null for usage without one.
          returned: when O(group_by) holds V(zone)
          type: str
        x_zone_name:
          description: The latest name of the zone; null if there is none.
          returned: when O(group_by) holds V(zone)
          type: str
        region_id:
          description: The id of the region; null if there is none.
          returned: when O(group_by) holds V(region)
          type: str
        region_name:
          description: The latest name of the region; null if there is none.
          returned: when O(group_by) holds V(region)
          type: str
        charge_class:
          description: V(Correction), or null.
          returned: when O(group_by) holds V(charge_class)
          type: str
        consumed_unit:
          description: The unit of the quantities; null if the records name none. Units are never added up.
          returned: success
          type: str
          sample: Requests
        billing_currency:
          description: The currency of the costs; null if the records name none.
          returned: success
          type: str
        record_count:
          description: How many records the group holds.
          returned: success
          type: int
          sample: 31
        consumed_quantity:
          description: The exact total of the range.
          returned: success
          type: float
          sample: 4650000
        billed_cost:
          description: The total of the charges as invoiced; null unless every record carries it.
          returned: success
          type: float
        effective_cost:
          description: The total of the effective costs; null unless every record carries it.
          returned: success
          type: float
        contracted_cost:
          description: The total of the contracted costs; null unless every record carries it.
          returned: success
          type: float
        list_cost:
          description: The total of the list costs; null unless every record carries it.
          returned: success
          type: float
        incomplete_costs:
          description:
            - The costs that only some records of the group carry, by name - each with C(amount), the total of those
              records, and C(record_count), their number.
          returned: success
          type: dict
          sample: {billed_cost: {amount: 1.2, record_count: 3}}
        pricing_quantity:
          description:
            - The part of the quantity that is charged for, in RV(usage.groups[].pricing_unit); null unless every record
              says so, in one unit.
          returned: success
          type: float
          sample: 3
        pricing_unit:
          description: The unit of RV(usage.groups[].pricing_quantity); null where that is.
          returned: success
          type: str
          sample: Count
        rated_through:
          description:
            - The last whole day up to which the use of the group has its cost. From then on its costs are not known,
              and all costs of the group are null. Null if none is known.
          returned: success
          type: str
          sample: "2025-05-31"
        daily_quantity:
          description:
            - The total of each day of RV(usage.days). V(0) says that no record came; believe it up to
              RV(usage.complete_through) only.
            - Null for days to come.
          returned: success
          type: list
          elements: float
          sample: [150000, 148000]
        daily_billed_cost:
          description: The charges of each day of RV(usage.days); null unless every record carries one.
          returned: success
          type: list
          elements: float
        exact:
          description:
            - The digits of those numbers of the group that a float does not keep, as text under the same keys. In a
              list they are null where the float is the number.
            - Budgets and estimates calculate with these. For people and charts the numbers do.
          returned: when a number has more digits than a float keeps
          type: dict
          sample: {consumed_quantity: "9007199254740992.5"}
records:
  description:
    - Every counted record, under the field names of the API's reference. A field that the API did not send is null.
    - Columns that this collection does not know are kept, their names in snake case.
  returned: success, and O(return_records) is true
  type: list
  elements: dict
  contains:
    billing_account_id:
      description: The id of the Cloudflare account. Null for usage on contract level.
      returned: success
      type: str
      sample: 023e105f4ecef8ad9ca31a8372d0c353
    billing_account_name:
      description: The name of the Cloudflare account.
      returned: success
      type: str
    charge_category:
      description: What kind of charge this is; V(Usage).
      returned: success
      type: str
    charge_description:
      description: What is charged for, in words.
      returned: success
      type: str
    charge_frequency:
      description: How often the charge occurs; V(Usage-Based).
      returned: success
      type: str
    charge_period_end:
      description: The end of the time in which the usage was consumed, exclusive, as ISO 8601.
      returned: success
      type: str
      sample: "2025-05-02T00:00:00Z"
    charge_period_start:
      description: The start of the time in which the usage was consumed, inclusive, as ISO 8601.
      returned: success
      type: str
      sample: "2025-05-01T00:00:00Z"
    consumed_quantity:
      description: The measured usage, before any pricing.
      returned: success
      type: float
      sample: 150000
    consumed_unit:
      description: The unit of RV(records[].consumed_quantity).
      returned: success
      type: str
      sample: Requests
    host_provider_name:
      description: Who provides the infrastructure underneath.
      returned: success
      type: str
    invoice_issuer_name:
      description: Who sends the invoice.
      returned: success
      type: str
    service_provider_name:
      description: Who made the service available for purchase.
      returned: success
      type: str
    x_billable_metric_name:
      description: The name of the billable metric.
      returned: success
      type: str
    billed_cost:
      description: The charge as invoiced. Null as long as the API does not send it.
      returned: success
      type: float
    billing_currency:
      description: The ISO 4217 code of the currency of the costs.
      returned: success
      type: str
    billing_period_end:
      description: The end of the billing cycle, exclusive.
      returned: success
      type: str
    billing_period_start:
      description: The start of the billing cycle, inclusive.
      returned: success
      type: str
    charge_class:
      description: V(Correction) for a correction of an earlier billing period, whose numbers can be negative.
      returned: success
      type: str
    contracted_cost:
      description: The contracted unit price times the pricing quantity.
      returned: success
      type: float
    contracted_unit_price:
      description: The agreed price of one pricing unit.
      returned: success
      type: float
    effective_cost:
      description: The amortized cost after all discounts and prepaid purchases.
      returned: success
      type: float
    list_cost:
      description: The list unit price times the pricing quantity.
      returned: success
      type: float
    list_unit_price:
      description: The published price of one pricing unit.
      returned: success
      type: float
    pricing_quantity:
      description: The quantity in pricing units.
      returned: success
      type: float
    pricing_unit:
      description: The unit that prices are given in.
      returned: success
      type: str
    region_id:
      description: The id of the region of the service.
      returned: success
      type: str
    region_name:
      description: The name of the region of the service.
      returned: success
      type: str
    sub_account_id:
      description: The id of the subscription or contract.
      returned: success
      type: str
    sub_account_name:
      description: The name of the subscription or contract.
      returned: success
      type: str
    x_billable_metric_id:
      description: The id of the billable metric.
      returned: success
      type: str
      sample: workers_standard_requests
    x_product_family_name:
      description: The product family, such as V(Workers) or V(R2).
      returned: success
      type: str
    x_zone_id:
      description: The id of the zone.
      returned: success
      type: str
    x_zone_name:
      description: The name of the zone.
      returned: success
      type: str
failure:
  description: What went wrong, for programs. Options that Ansible itself refuses have none.
  returned: failure
  type: dict
  contains:
    kind:
      description: V(parameters), V(transport), V(refused), V(malformed), or V(missing_library).
      returned: failure
      type: str
      sample: refused
    problems:
      description: One sentence for each option that can't be used.
      returned: when RV(failure.kind) is V(parameters)
      type: list
      elements: str
    path:
      description: The path that was asked for.
      returned: when a request failed
      type: str
    http_status:
      description: The HTTP status; null if no answer came.
      returned: when a request failed
      type: int
      sample: 403
    errors:
      description: The errors that Cloudflare sent, each with C(code) and C(message).
      returned: when a request failed
      type: list
      elements: dict
    messages:
      description: The messages that Cloudflare sent, each with C(code) and C(message).
      returned: when a request failed
      type: list
      elements: dict
    cf_ray:
      description: The value of the C(cf-ray) header, which Cloudflare's support asks for; null if there is none.
      returned: when a request failed
      type: str
    retry_after:
      description: The seconds that the API asked to wait; null if it did not.
      returned: when a request failed
      type: float
    accounts:
      description: The failure of each account and organization, by its id.
      returned: when all of several failed
      type: dict
    retried:
      description: Whether the request was sent more than once.
      returned: when a request failed
      type: bool
      sample: false
    attempts:
      description: How often the request was sent.
      returned: when a request failed
      type: int
      sample: 1
"""

from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.finops.cloudflare.plugins.module_utils._ansible import run_module
from ansible_collections.finops.cloudflare.plugins.module_utils._ansible_options import (
    connection_options,
    query_options,
    query_rules,
)
from ansible_collections.finops.cloudflare.plugins.module_utils._columns import DIMENSION_COLUMNS
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.parameters import (
    QUERY_DEFAULTS,
    check_query,
)
from ansible_collections.finops.cloudflare.plugins.module_utils._usage.usage_info import query_usage


def usage_info(parameters: Mapping[str, Any], _module: AnsibleModule) -> Mapping[str, Any]:
    """Return the result of the module."""
    now = datetime.now(timezone.utc)
    given = check_query(parameters, now.date())
    return query_usage(given, now)


def options() -> dict[str, Any]:
    """Return the argument spec."""
    return {
        **connection_options(),
        **query_options(),
        "group_by": {
            "type": "list",
            "elements": "str",
            "choices": list(DIMENSION_COLUMNS),
            "default": list(QUERY_DEFAULTS["group_by"]),
        },
        "tags": {"type": "list", "elements": "str", "default": list(QUERY_DEFAULTS["tags"])},
        "subscriptions": {"type": "bool", "default": QUERY_DEFAULTS["subscriptions"]},
        "history_days": {"type": "int", "default": QUERY_DEFAULTS["history_days"]},
        "return_records": {"type": "bool", "default": QUERY_DEFAULTS["return_records"]},
    }


def main() -> None:
    """Run the module."""
    run_module(options(), usage_info, query_rules())


if __name__ == "__main__":
    main()
