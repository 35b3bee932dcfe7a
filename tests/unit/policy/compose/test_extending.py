"""What a file changes of the rules that it inherits, and what it is told of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from comity import Engine
from comity.cases.page import write_page
from comity.cases.remarks import changes_of, remarks_of
from comity.policy.compose.resolved import dump_resolved

BASE = """comity = 1
[policy]
id = "base"
title = "Base"
version = "1"
timezone = "America/Lima"
[attributes]
weight = "number"
[calendars.office]
weekend = ["sun"]
[events.call]
kind = "call"
[events.long-call]
any = [{ not = { not = "call" } }]
weight = { at-least = 3 }
[events.visit]
kind = "visit"
[states.busy]
from = "visit"
[rules.calls]
kind = "maximum-contacts"
contact = "call"
limit = 2
window = "7d"
restart = { kind = "call", during = "busy" }
[rules.long-calls]
kind = "forbidden"
contact = { channel = "phone", preceded-by = { event = "long-call" } }
[rules.visits]
kind = "minimum-gap"
contact = "visit"
gap = "2 business days"
calendar = "office"
[rules.mornings]
kind = "contact-hours"
contact = "visit"
allow = [{ to = 12:00:00 }]
"""
OPEN = """comity = 1
[policy]
id = "open"
title = "Open"
version = "1"
timezone = "UTC"
[rules.gap]
kind = "minimum-gap"
contact = {}
gap = "2 business days"
[rules.daily]
kind = "maximum-contacts"
contact = {}
limit = 1
window = "24h"
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("base.toml").write_text(BASE)
    Path("open.toml").write_text(OPEN)


def extending(text: str, base: str = "base", *, settings: str = "") -> Engine:
    head = f'comity = 1\n[policy]\nid = "own"\ntitle = "Own"\nversion = "1"\nextends = ["{base}"]\n'
    return Engine.of(f"{head}{settings}\n{text}", policy_path=[Path()])


@pytest.mark.parametrize(
    ("text", "changed"),
    [
        ("", {}),
        ('[events.call]\nkind = "call"\n', {}),
        ('[events.call]\nkind = "ring"\n', {"calls": ["call"], "long-calls": ["call"]}),
        ('[events.long-call]\nkind = "call"\n', {"long-calls": ["long-call"]}),
        (
            '[events.visit]\nkind = ["visit", "stay"]\n',
            {"calls": ["visit"], "mornings": ["visit"], "visits": ["visit"]},
        ),
        ('[states.busy]\nfrom = "visit"\nuntil = "call"\n', {"calls": ["busy"]}),
        ('[calendars.office]\nweekend = ["sat"]\n', {"visits": ["office"]}),
        ('[attributes]\nweight = "number"\nother = "text"\n', {}),
        ('[events.new]\nkind = "call"\n', {}),
        (
            '[events.call]\nkind = "ring"\n[events.long-call]\nkind = "x"\n',
            {"calls": ["call"], "long-calls": ["long-call"]},
        ),
        ('[events.call]\nkind = "ring"\n[rules.calls]\nenabled = false\n', {"long-calls": ["call"]}),
        (
            '[events.call]\nkind = "ring"\n[rules.calls]\nlimit = 3\n',
            {"calls": ["call"], "long-calls": ["call"]},
        ),
    ],
)
def test_rules_are_changed_by_what_they_use(text: str, changed: dict[str, list[str]]) -> None:
    found = changes_of(extending(text))
    assert {rule: [name for _, name in names] for rule, names in found.items()} == changed


def test_an_attribute_of_another_type_changes_what_tests_it() -> None:
    Path("base.toml").write_text(BASE.replace("weight = { at-least = 3 }", "weight = { exists = true }"))
    found = changes_of(extending('[attributes]\nweight = "text"\n'))
    assert found == {"long-calls": (("attributes", "weight"),)}


def test_what_is_left_open_is_changed_by_what_the_file_sets() -> None:
    engine = extending("", "open", settings='timezone = "UTC"\ncalendar = "FR"\nper = ["actor"]')
    found = {rule: [name for _, name in names] for rule, names in changes_of(engine).items()}
    assert found == {"daily": ["per"], "gap": ["calendar", "per"]}
    # Between the two stands a file that sets it already.
    Path("middle.toml").write_text(
        OPEN.split("[rules", 1)[0].replace('"open"', '"middle"') + 'calendar = "FR"\nextends = ["open"]\n'
    )
    assert changes_of(extending("", "middle", settings='calendar = "FR"')) == {}


def test_show_and_pages_say_what_changes_a_rule_its_zone_and_what_is_off() -> None:
    engine = extending(
        '[events.call]\nkind = "ring"\n[rules.mornings]\nenabled = false\n[rules.visits]\ntimezone = "UTC"\n'
    )
    assert remarks_of(engine) == {
        "calls": ("changed by `call` of [events]",),
        "long-calls": ("changed by `call` of [events]",),
        "mornings": ("switched off",),
        "visits": ("read in UTC",),
    }
    shown = dump_resolved(engine.policies[0], remarks_of(engine))
    assert shown.startswith("comity = 1\n# switched off: mornings\n")
    assert (
        '[rules.calls]\n# with timezone = "America/Lima", of base.toml\n# changed by `call` of [events]\n'
        in shown
    )
    page = write_page(engine, "", None)
    assert "`calls`, `maximum-contacts`, error, inherited, changed by `call` of [events]\n" in page
    assert "## Switched off\n\n- `mornings`, `contact-hours`, inherited\n" in page
    whole = write_page(extending(""), "", None)
    assert (
        "`mornings`, `contact-hours`, error, inherited, read in the event's own zone, else in America/Lima\n"
        in whole
    )
    assert "Switched off" not in whole


LOCAL = (
    ("mornings", "allow = [{ to = 11:00:00 }]", "`allow`"),
    ("mornings", 'allow = [{ days = ["mon"] }]', "`allow`"),
    ("visits", 'gap = "3 business days"', "`gap`"),
    ("calls", 'window = "same day"', "`window`"),
    ("calls", "effective = { from = 2025-01-01 }\nlimit = 4", "`effective`"),
    ("calls", 'exempt = { preceded-by = { event = {}, in-last = "2 calendar days" } }', "`exempt`"),
)
NOT_LOCAL = (
    ("calls", "limit = 3"),
    ("calls", 'window = "14d"'),
    ("calls", 'window = "ever"'),
    ("calls", 'exempt = { preceded-by = { event = {}, in-last = "36h" } }'),
    ("mornings", 'severity = "info"'),
    ("mornings", 'allow = [{ to = 11:00:00 }]\ntimezone = "America/Lima"'),
    ("mornings", "allow = [{ to = 11:00:00 }]\nenabled = false"),
)


@pytest.mark.parametrize(("rule", "keys", "changed"), LOCAL)
def test_a_change_that_is_read_in_another_zone_is_noticed(rule: str, keys: str, changed: str) -> None:
    engine = extending(f"[rules.{rule}]\n{keys}\n", settings='timezone = "Asia/Tokyo"')
    (notice,) = engine.notices
    assert (notice.code, notice.rule) == ("zone-kept", f"own/{rule}")
    assert f"is in `Asia/Tokyo` and changes {changed} of the rule `{rule}`, which keeps" in notice.message
    assert "`America/Lima`" in notice.message
    assert 'timezone = "Asia/Tokyo"' in (notice.help or "")
    assert notice in engine.audit([]).notices
    assert notice in engine.decide([], {"person": "p", "at": "2025-03-03T10:00:00Z"}).notices


@pytest.mark.parametrize(("rule", "keys"), NOT_LOCAL)
def test_other_changes_are_not(rule: str, keys: str) -> None:
    assert extending(f"[rules.{rule}]\n{keys}\n", settings='timezone = "Asia/Tokyo"').notices == ()


def test_nor_is_what_the_file_says_of_its_zone() -> None:
    engine = extending(
        "[rules.mornings]\nallow = [{ to = 11:00:00 }]\n",
        settings='timezone = "Asia/Tokyo"\nfor-inherited = ["timezone"]',
    )
    assert engine.notices == ()
    early = {"person": "p", "at": "2025-03-03T23:30:00Z", "kind": "visit"}
    assert engine.decide([], early).outcome == "allow"
    assert engine.decide([], {**early, "at": "2025-03-03T13:30:00Z"}).outcome == "deny"
    assert 'for-inherited = ["timezone"]' in dump_resolved(engine.policies[0])


def test_nor_are_those_in_one_zone_or_without_one() -> None:
    for settings in ('timezone = "America/Lima"', ""):
        assert extending("[rules.mornings]\nallow = [{ to = 11:00:00 }]\n", settings=settings).notices == ()


WORDS = """comity = 1
[policy]
id = "worded"
title = "Worded"
version = "1"
timezone = "UTC"
[rules.seven]
kind = "maximum-contacts"
contact = {}
limit = 7
window = "7d"
title = "At most seven calls in seven days"
because = "More are presumed to be too many."
references = [{ title = "A rule about calls" }]
[rules.plain]
kind = "maximum-contacts"
contact = {}
limit = 7
window = "7d"
"""


def told_of(keys: str, rule: str = "seven", base: str = "worded") -> list[str]:
    """Return the messages about words that a file keeps, which changes keys of a rule of another file."""
    Path("worded.toml").write_text(WORDS)
    head = f'comity = 1\n[policy]\nid = "own"\ntitle = "O"\nversion = "1"\nextends = ["./{base}.toml"]\n'
    Path("own.toml").write_text(f"{head}[rules.{rule}]\n{keys}\n")
    notices = Engine.of(Path("own.toml")).notices
    return [notice.message for notice in notices if notice.code == "words-kept"]


KEPT = "still has the `title`, `because` and `references` from there"


@pytest.mark.parametrize("keys", ["limit = 5", 'window = "10d"', 'distinct = "actor"'])
def test_words_about_another_limit_are_noticed(keys: str) -> None:
    (message,) = told_of(keys)
    changed = keys.split(" =")[0]
    assert f"the rule `seven` of `own` has another `{changed}` than the policy" in message
    assert KEPT in message


def test_only_words_that_are_kept_are_named() -> None:
    words = 'title = "At most five"\nbecause = "Our own."\nlimit = 5\n'
    (message,) = told_of(words)
    assert "still has the `references` from there" in message
    assert told_of(words + "references = []") == []


@pytest.mark.parametrize(
    "keys",
    [
        "limit = 7",
        'severity = "warning"',
        'exempt = { kind = "reply" }',
        'per = ["person", "matter"]',
        "limit = 5\nenabled = false",
        'because = "Ours."',
    ],
)
def test_words_that_may_still_be_true_are_not(keys: str) -> None:
    assert told_of(keys) == []


def test_a_title_without_a_number_may_stay_beside_a_new_reason() -> None:
    assert "the `title` from there" in told_of('limit = 5\nbecause = "Ours."\nreferences = []')[0]
    plain = 'title = "No more than that"'
    middle = told_of(plain)
    assert middle == []
    Path("middle.toml").write_text(Path("own.toml").read_text().replace('"own"', '"middle"'))
    assert told_of('limit = 5\nbecause = "Ours."\nreferences = []', base="middle") == []
    assert "the `title`, `because` and `references`" in told_of("limit = 5", base="middle")[0]


def test_a_rule_without_words_keeps_none() -> None:
    assert told_of("limit = 5", "plain") == []


def test_a_file_that_extends_the_one_that_changed_it_is_told_too_until_it_writes_them() -> None:
    assert len(told_of("limit = 5")) == 1
    Path("middle.toml").write_text(Path("own.toml").read_text().replace('"own"', '"middle"'))
    assert len(told_of('severity = "info"', base="middle")) == 1
    words = 'title = "Five"\nbecause = "Ours."\nreferences = []'
    assert told_of(words, base="middle") == []
    assert len(told_of(f"{words}\nlimit = 4", base="middle")) == 0
