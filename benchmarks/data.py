"""Public logs with answers that were worked out by other programs.

The logs are not part of the project; where they come from:

- CollegeMsg.txt: Panzarasa, Opsahl, Carley (2009), in the SNAP collection.
- ia-radoslaw-email.edges: Network Repository.
- traffic_fines.csv: the R package eventdataR (MIT licence).
"""

from __future__ import annotations

from typing import NamedTuple


class PublicLog(NamedTuple):
    """A log, how to read it, the rules asked of it, and their known numbers of violations."""

    name: str
    file: str
    mapping: str
    policy: str
    policy_id: str
    answers: dict[str, int]
    drop_self_loops: bool = False
    """Leave out rows whose first two columns are equal, as the known answers do."""


def _mail_policy(policy_id: str, zone: str) -> str:
    return f"""comity = 1
[policy]
id = "{policy_id}"
title = "Messages"
version = "1.0"
timezone = "{zone}"
[rules.five-an-hour]
kind = "maximum-contacts"
contact = {{}}
limit = 5
window = "1h"
per = ["actor", "person"]
[rules.twenty-a-day]
kind = "maximum-contacts"
contact = {{}}
limit = 20
window = "24h"
[rules.a-minute-between]
kind = "minimum-gap"
contact = {{}}
gap = "60s"
per = ["actor", "person"]
[rules.quiet-hours]
kind = "contact-hours"
contact = {{}}
deny = [{{ from = 21:00:00, to = 08:00:00 }}]
"""


COLLEGE_MAPPING = """comity = 1
[log]
format = "csv"
delimiter = " "
header = ["actor", "person", "when"]
[fields]
at = { column = "when", format = "unix" }
"""

RADOSLAW_MAPPING = """comity = 1
[log]
format = "csv"
delimiter = " "
header = ["actor", "person", "when", "weight"]
[fields]
at = { column = "when", format = "unix" }
"""

FINES_MAPPING = """comity = 1
[fields]
person = "case_id"
kind = "activity"
at = { column = "timestamp", timezone = "UTC" }
direction = { value = "outbound" }
"""

FINES_POLICY = """comity = 1
[policy]
id = "fines"
title = "Fines"
version = "1.0"
[rules.sent-or-paid]
kind = "response-window"
after = { kind = "Create Fine" }
expect = { kind = ["Send Fine", "Payment"] }
within = "90d"
[rules.sent]
kind = "response-window"
after = { kind = "Create Fine" }
expect = { kind = "Send Fine" }
within = "90d"
[rules.paid]
kind = "response-window"
after = { kind = "Insert Fine Notification" }
expect = { kind = "Payment" }
within = "60d"
[rules.payments-apart]
kind = "minimum-gap"
contact = { kind = "Payment" }
gap = "7d"
"""

MAIL_RULES = ("five-an-hour", "twenty-a-day", "a-minute-between", "quiet-hours")

LOGS = (
    PublicLog(
        "CollegeMsg",
        "CollegeMsg.txt",
        COLLEGE_MAPPING,
        _mail_policy("college", "America/Los_Angeles"),
        "college",
        dict(zip(MAIL_RULES, (5_292, 9_090, 2_288, 33_323), strict=True)),
    ),
    PublicLog(
        "Radoslaw",
        "ia-radoslaw-email.edges",
        RADOSLAW_MAPPING,
        _mail_policy("radoslaw", "Europe/Warsaw"),
        "radoslaw",
        dict(zip(MAIL_RULES, (1_562, 8_744, 3_717, 3_307), strict=True)),
        drop_self_loops=True,
    ),
    PublicLog(
        "traffic fines",
        "traffic_fines.csv",
        FINES_MAPPING,
        FINES_POLICY,
        "fines",
        {"sent-or-paid": 3_987, "sent": 7_400, "paid": 4_573, "payments-apart": 8},
    ),
)
