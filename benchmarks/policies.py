"""The policies that are measured: three rules, and ten."""

HEAD = """comity = 1
[policy]
id = "benchmark"
title = "What the benchmarks measure"
version = "1.0"
timezone = "America/New_York"
"""

THREE = """
[rules.at-most-three]
kind = "maximum-contacts"
contact = { kind = "follow-up" }
limit = 3
window = "7d"

[rules.a-day-between]
kind = "minimum-gap"
contact = { kind = "follow-up" }
gap = "6h"

[rules.stop-after-opt-out]
kind = "stop-after"
contact = {}
after = { kind = "opt-out" }
until = { kind = "reply" }
for = "30d"
"""

SEVEN_MORE = """
[rules.thank-you]
kind = "thank-you-window"
after = { kind = "interview" }
within = "60d"

[rules.calls]
kind = "maximum-contacts"
contact = { channel = "phone" }
limit = 7
window = "7 calendar days"

[rules.per-actor]
kind = "minimum-gap"
contact = { kind = "call" }
gap = "1h"
per = ["person", "actor"]

[rules.hours]
kind = "contact-hours"
contact = { kind = "call" }
severity = "warning"
allow = [{ from = 00:10:00, to = 23:50:00 }]

[rules.answered]
kind = "response-window"
after = { kind = "reply" }
expect = { direction = "outbound" }
within = "120d"

[rules.voice]
kind = "maximum-contacts"
contact = { medium = "voice" }
limit = 20
window = "same month"

[rules.written]
kind = "maximum-contacts"
contact = { medium = "written" }
limit = 12
window = "30d"
restart = { kind = "reply" }
"""

POLICIES = {"three rules": HEAD + THREE, "ten rules": HEAD + THREE + SEVEN_MORE}
