# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation that all modules share."""

from __future__ import annotations


class ModuleDocFragment:
    """The options of every module that talks to the Cloudflare API, and of those that ask for usage."""

    DOCUMENTATION = r"""
options:
  api_token:
    description:
      - The Cloudflare API token. It needs the permission C(Billing Read) on the account or organization.
      - If it is not set, the environment variable E(CLOUDFLARE_API_TOKEN) is used. This is the safer way, since Ansible
        itself can write the options of a task to debug output and files; see the security policy.
    type: str
  api_url:
    description:
      - The address of the Cloudflare API.
      - It must use HTTPS; HTTP is accepted for the machine itself only, since the token travels with every request.
      - If it is not set, the environment variable E(CLOUDFLARE_BASE_URL) is used.
    type: str
    default: https://api.cloudflare.com/client/v4
  timeout:
    description:
      - Seconds to wait for a connection, and for each part of an answer.
      - A whole exchange, from the first byte sent to the last byte read, may take up to twenty times as long. One that
        takes longer is ended and not tried again.
    type: float
    default: 30.0
  deadline:
    description:
      - Seconds that all requests, pauses and retries of the task may take together. Then the task fails.
      - At most 1000 requests are sent in 5 minutes, or five sixths of the limit that the API names in its answers, by
        all tasks of this user on this machine together. So what needs more of them needs a longer deadline.
    type: float
    default: 900.0
  max_retries:
    description:
      - How often a request is sent again after HTTP 408, 429 or 5xx, a connection that broke, or a time-out.
      - The pauses grow from half a second to 30 seconds. C(Retry-After) makes them longer, up to five minutes, and
        never shorter; after HTTP 429 all tasks keep it, and then go on one by one.
      - Other answers are final and never asked for again.
    type: int
    default: 4
  validate_certs:
    description: Whether the certificate of the API must be valid. Do not turn this off outside of tests.
    type: bool
    default: true
  ca_path:
    description:
      - A file, or folder, of CA certificates to trust in place of the usual ones.
      - Needed where the API, or a proxy on the way, has a certificate of an authority of your own.
    type: path
requirements:
  - requests >= 2.28.0
  - jsonschema >= 4.10.0
  - msgspec >= 0.19.0 (optional; halves the time that large answers take)
"""

    QUERY = r"""
options:
  source:
    description:
      - Where the records come from. A source never stands in for another by itself.
      - V(usage) asks version 2 of the usage API, which sends quantities of accounts and organizations, without costs.
      - V(paygo) asks for the bill of pay-as-you-go accounts, with its costs, one billing cycle at a time. See the page
        on sources in the documentation of the collection for what is known of a cost.
      - V(rated) asks version 2 of the usage API for quantities with their costs, of accounts with a contract.
      - The last two send the records of one account at a time, so an organization is read account by account.
    type: str
    choices: [usage, paygo, rated]
    default: usage
  account_id:
    description:
      - The account whose usage is asked for, as 32 hexadecimal characters. The address of the dashboard has them,
        C(dash.cloudflare.com/ID).
      - Exactly one of O(account_id), O(organization_id), and the two lists O(account_ids) and O(organization_ids) says
        whose usage is asked for. The lists go together.
    type: str
  account_ids:
    description:
      - The accounts whose usage is asked for, each as 32 hexadecimal characters.
      - All accounts and organizations of a task are read side by side, at most O(concurrency) at once, within one
        O(deadline) and one rate limit, and put together to one set of facts, as P(finops.cloudflare.merge_usage#filter)
        does.
      - An account that is named twice, or whose rows have come with an organization of O(organization_ids), is read
        once.
      - One that fails, is not covered or is empty hides none of the others. It is one of the C(sources) of the usage
        with its C(failure), the usage is C(partial), and a reason names it. The task fails where all of them fail.
      - Billing cycles in words can be other days for each account. Those that differ from most count as failed.
    type: list
    elements: str
  organization_id:
    description:
      - The organization whose usage is asked for, with all its accounts, as 32 hexadecimal characters.
      - It does not stand for the organizations below it. Cloudflare does not say whether their accounts are in its
        answer, and with O(source=paygo) and O(source=rated) they are not. Name these organizations as well, in
        O(organization_ids). What comes with two of them counts once.
      - With O(source=paygo) and O(source=rated) its accounts are what O(account_ids) would be. Where the API refuses to
        list them, those of C(/accounts) that name it as their parent stand in, and the usage is C(partial), because
        some of them can be missing, unless O(expected_accounts) names them.
    type: str
  organization_ids:
    description:
      - The organizations whose usage is asked for, each as O(organization_id). They go with O(account_ids).
      - One whose accounts have all come with another counts there, which is a warning. One that shares only some of
        them is one of the C(sources) with its C(failure).
    type: list
    elements: str
  from:
    description:
      - The first day, as C(YYYY-MM-DD), in UTC. Needs O(to), and excludes O(period).
      - A range can be as long as ten years; it is asked for in windows of at most 31 days.
    type: str
  to:
    description:
      - The last day, which is part of the range, as C(YYYY-MM-DD), in UTC.
      - It can lie in the future; days to come are not asked for and are unknown.
    type: str
  period:
    description:
      - The range in words, resolved in UTC when the module runs.
      - One of V(month_to_date), V(previous_month), V(quarter_to_date), V(previous_quarter), V(year_to_date),
        V(previous_year), V(last_7_days), V(last_30_days), and V(last_90_days).
      - Or V(billing_cycle), which is this one up to today, V(previous_billing_cycle), and V(last_2_billing_cycles) to
        V(last_36_billing_cycles), of which this one is the last. With O(source=paygo) Cloudflare says when cycles
        begin, with other sources O(cycle_day).
      - Without O(from), O(to) and O(period) the range is V(month_to_date).
    type: str
  complete_days:
    description:
      - Whether a period in words ends with the last complete day instead of today.
      - Usage arrives late, so a range that ends today is never complete. With this a check that runs every night
        looks at whole days only.
      - While a month, quarter or year has no complete day yet, its range ends today all the same, and is not complete.
    type: bool
    default: false
  cycle_day:
    description:
      - The day of the month on which the billing cycle begins, V(1) to V(31), on the last day where a month is shorter.
      - Not together with O(source=paygo), where Cloudflare says it.
    type: int
  metric:
    description:
      - The ids of the billable metrics to ask for, such as V(workers_standard_requests). By default all of them.
      - Each metric is asked for by itself, and the answer is filtered as well.
      - With O(source=paygo) an id is the name of the service in small letters, without the note of what is included,
        such as V(r2_storage_class_a_operations), and the answer is filtered only.
    type: list
    elements: str
  lag_days:
    description:
      - How many days late usage can arrive, V(0) to V(31). The last complete day lies this many days before yesterday.
    type: int
    default: 1
  window_days:
    description:
      - The days of one request, V(1) to V(31). Smaller windows need less memory and more requests.
      - Neighbouring windows share a day, so V(1) is the same as V(2).
      - With O(source=paygo) a request is for one billing cycle.
    type: int
    default: 31
  concurrency:
    description:
      - How many requests may be under way at the same time when a range needs several, V(1) to V(16).
    type: int
    default: 4
  expected_accounts:
    description:
      - The ids of the accounts of the organization, all of which must have usage. Where one sent nothing, the usage is
        partial. So it is where another account sent something, which does not count.
      - With O(source=paygo) and O(source=rated) these accounts are read, whether the API lists them or not, and others
        are not.
      - Only together with O(organization_id).
    type: list
    elements: str
  expected_accounts_by_organization:
    description:
      - The same for O(organization_ids), as lists by the ids of organizations.
    type: dict
  ended_accounts:
    description:
      - Accounts that are no longer in use, each with the first day without use, such as V(2025-05-16). An account that
        stops sending rows is a doubt unless it is named here.
    type: dict
"""

    ATTRIBUTES = r"""
attributes:
  check_mode:
    support: full
    description: Can run in C(check_mode) and return the changed status prediction without modifying the target.
  diff_mode:
    support: none
    description: Will return details on what has changed (or possibly needs changing in C(check_mode)) in diff mode.
  platform:
    support: full
    platforms: posix
    description: The target systems that the module can run on.
notes:
  - The libraries are needed by the Python that runs the module, which is the one of the host that the task runs on.
"""

    ACTIONGROUP = r"""
attributes:
  action_group:
    support: full
    description: Use C(group/finops.cloudflare.cloudflare) in C(module_defaults) to set defaults for this module.
    membership:
      - finops.cloudflare.cloudflare
"""
