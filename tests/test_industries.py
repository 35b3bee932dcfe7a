"""What a policy has from its industry, and what faults in an industry's file look like."""

from __future__ import annotations

from pathlib import Path

import pytest

from comity import Engine, Event, Plugins, PolicyError
from comity.plugins import load_industry
from comity.policy.language.dump import dump_policy
from comity.testing import plugin_of

INDUSTRY = """comity = 1

[industry]
id = "telegraphy"
title = "Telegraphy"

[kinds.message]
aliases = ["Wire", "cable_gram"]

[outcomes.delivered]
aliases = ["handed over"]

[attributes]
words = "number"

[events.wire]
kind = "message"
words = { at-least = 1 }

[events.second-wire]
kind = "message"
preceded-by = { event = "wire", in-last = "2 business days" }

[states.on-the-wire]
from = "wire"
until = { outcome = "delivered" }

[calendars.office]
weekend = ["sun"]

[defaults]
per = ["person", "actor"]
timezone = "Europe/Paris"
calendar = "office"
severity = "info"

[defaults.rules.maximum-contacts]
limit = 1
window = "1 business day"
severity = "warning"
"""
HEAD = 'comity = 1\n[policy]\nid = "{0}"\ntitle = "T"\nversion = "1"\n{1}\n'
NAMED = HEAD.format("p", 'industry = "telegraphy"')
NO_WIRE = '[rules.r]\nkind = "forbidden"\ncontact = "wire"\n'
NONE_OF_KIND = '[rules.s]\nkind = "forbidden"\ncontact = { kind = "wire" }\n'


def plugins(tmp_path: Path, text: str = INDUSTRY) -> Plugins:
    path = tmp_path / "telegraphy.toml"
    path.write_text(text, "utf-8")
    return Plugins([plugin_of(industries=[load_industry(path)])])


def judged(engine: Engine, *events: Event) -> list[str]:
    return [finding.event for finding in engine.audit(events).findings]


def test_all_words_for_a_kind_or_an_outcome_mean_the_same(tmp_path: Path) -> None:
    events = [Event("a", n, kind=kind) for n, kind in enumerate(("message", "WIRE", "cable-gram", "letter"))]
    for test, found in (
        ('kind = "cable gram"', ["#1", "#2", "#3"]),
        ('kind = ["wire", "letter"]', ["#1", "#2", "#3", "#4"]),
        ('kind = { not = "message" }', ["#4"]),
        ('kind = { like = "wi*" }', ["#2"]),
    ):
        text = f'[rules.r]\nkind = "forbidden"\ncontact = {{ {test} }}\n'
        assert judged(Engine.of(NAMED + text, plugins=plugins(tmp_path)), *events) == found
    other = (
        HEAD.format("p", 'industry = "unknown"')
        + '[rules.r]\nkind = "forbidden"\ncontact = { kind = "wire" }\n'
    )
    assert judged(Engine.of(other, plugins=plugins(tmp_path)), *events) == ["#2"]


def test_all_words_for_a_kind_count_the_same_points(tmp_path: Path) -> None:
    events = [Event("a", n, kind=kind) for n, kind in enumerate(("WIRE", "letter", "cable-gram", "message"))]
    text = """[rules.r]
kind = "maximum-contacts"
contact = {}
limit = 4
window = "ever"
per = ["person"]
weight = { field = "kind", values = { wire = 2 }, otherwise = 0.5 }
"""
    for back_end in ("online", "columnar"):
        engine = Engine.of(NAMED + text, plugins=plugins(tmp_path))
        assert [each.event for each in engine.audit(events, engine=back_end).findings] == ["#3", "#4"]
    twice = NAMED + text.replace("{ wire = 2 }", "{ wire = 2, message = 3 }")
    with pytest.raises(PolicyError, match="`message` is the same kind as `wire`"):
        Engine.of(twice, plugins=plugins(tmp_path))


def test_defaults_are_of_the_rules_that_say_nothing_else(tmp_path: Path) -> None:
    text = NAMED + '[rules.a]\nkind = "maximum-contacts"\ncontact = "wire"\n'
    text += '[rules.b]\nkind = "forbidden"\ncontact = "second-wire"\nper = []\n'
    text += '[rules.c]\nkind = "maximum-contacts"\ncontact = {}\nlimit = 5\nseverity = "error"\n'
    engine = Engine.of(text, plugins=plugins(tmp_path))
    a, b, c = engine.plan.rules
    assert [(rule.severity, rule.per) for rule in (a, b, c)] == [
        ("warning", ("person", "actor")),
        ("info", ()),
        ("error", ("person", "actor")),
    ]
    assert {rule.default_zone.name for rule in (a, b, c) if rule.default_zone} == {"Europe/Paris"}
    assert "limit=5" in repr(c.constraint)
    assert Engine.of(engine.policies[0], plugins=plugins(tmp_path)).plan == engine.plan
    dumped = dump_policy(engine.policies[0])
    assert "words" not in dumped
    assert Engine.of(dumped, plugins=plugins(tmp_path)).plan == engine.plan


def test_own_tables_go_before_the_industry_s(tmp_path: Path) -> None:
    text = NAMED + '[events.wire]\nkind = "note"\n[rules.r]\nkind = "forbidden"\ncontact = "wire"\n'
    events = [Event("a", 1, kind="message", attributes={"words": 2}), Event("a", 2, kind="note")]
    assert judged(Engine.of(text, plugins=plugins(tmp_path)), *events) == ["#2"]


def test_states_of_an_industry_have_its_words_and_defaults(tmp_path: Path) -> None:
    events = [
        Event("a", 1, kind="cable-gram", actor="x", attributes={"words": 2}),
        Event("a", 2, kind="call", actor="y"),
        Event("a", 3, kind="call", actor="x"),
        Event("a", 4, kind="note", actor="x", outcome="handed over"),
        Event("a", 5, kind="call", actor="x"),
    ]
    text = NAMED + '[rules.r]\nkind = "forbidden"\ncontact = { kind = "call", during = "on-the-wire" }\n'
    assert judged(Engine.of(text, plugins=plugins(tmp_path)), *events) == ["#3"]
    own = text + '[states.on-the-wire]\nfrom = { kind = "call" }\n'
    assert judged(Engine.of(own, plugins=plugins(tmp_path)), *events) == ["#5"]


def test_a_policy_that_is_extended_keeps_its_industry(tmp_path: Path) -> None:
    base = tmp_path / "base.toml"
    base.write_text(HEAD.format("base", 'industry = "telegraphy"') + NO_WIRE)
    events = [Event("a", 1, kind="message", attributes={"words": 2}), Event("a", 2, kind="wire")]
    for own in ("", 'industry = "other"'):
        text = HEAD.format("p", f'extends = ["base"]\n{own}') + NONE_OF_KIND
        engine = Engine.of(text, plugins=plugins(tmp_path), policy_path=[tmp_path])
        assert judged(engine, *events) == ["#1", "#2"]
        (rule, _) = engine.plan.rules
        assert (rule.id, rule.severity, rule.per) == ("r", "info", ("person", "actor"))


def test_industries_that_nobody_knows_are_no_difference(tmp_path: Path) -> None:
    (tmp_path / "base.toml").write_text(HEAD.format("base", "") + NONE_OF_KIND)
    for name in ("one", "two"):
        path = tmp_path / f"{name}.toml"
        path.write_text(HEAD.format(name, f'extends = ["base"]\nindustry = "industry-{name}"'))
    text = HEAD.format("p", 'extends = ["one", "two"]')
    assert len(Engine.of(text, policy_path=[tmp_path]).plan.rules) == 1


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("limit = 1", 'limit = "one"', r"telegraphy.toml:38:9: .*whole number"),
        ("limit = 1", "limits = 1", "telegraphy.toml:38:1: .*`limits`.*did you mean `limit`"),
        ('window = "1 business day"', 'window = "1 bizness day"', "telegraphy.toml:39:10: .*1 bizness day"),
        ('calendar = "office"', 'calendar = "ofice"', "telegraphy.toml:34:12: .*ofice"),
        ("words = { at-least = 1 }", "wrods = { at-least = 1 }", "telegraphy.toml:18:1: .*`wrods`"),
    ],
)
def test_a_fault_in_the_industry_is_told_with_its_place_there(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    text = NAMED + '[rules.a]\nkind = "maximum-contacts"\ncontact = "wire"\n'
    with pytest.raises(PolicyError, match=f"(?s){said}"):
        Engine.of(text, plugins=plugins(tmp_path, INDUSTRY.replace(old, new)))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('id = "telegraphy"', 'id = "Tele Graphy"', ":4:6: .*not an id of small letters"),
        ("[kinds.message]", "[kind.message]", ":7:1: .*`kind` is not allowed here|:7:.*`kind`"),
        (
            'aliases = ["handed over"]',
            'aliases = ["handed over"]\n[outcomes.lost]\naliases = ["Handed-Over"]',
            "means `delivered`",
        ),
        ("comity = 1", "comity = 2", ":1:10: .*version `2`"),
        ('title = "Telegraphy"', 'title = "T"\npolicies = "nowhere"', "there is no folder `nowhere`"),
    ],
)
def test_a_fault_of_the_industry_s_own_is_told_when_it_is_loaded(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    with pytest.raises(PolicyError, match=f"(?s){said}"):
        plugins(tmp_path, INDUSTRY.replace(old, new))


def test_what_nobody_provides_is_said_with_who_would() -> None:
    text = HEAD.format("p", 'industry = "debt-collection"') + NO_WIRE
    said = r"(?s)no selector is called `wire`.*the plugin `comity-collections` provides it"
    with pytest.raises(PolicyError, match=said):
        Engine.of(text)


def test_an_industry_that_shares_words_has_their_selectors_and_its_own_before_them(tmp_path: Path) -> None:
    shared = INDUSTRY.replace('title = "Telegraphy"', 'title = "Telegraphy"\nwords = "contact"')
    own = shared.replace("[events.wire]", '[events.noted]\nkind = "wire"\n\n[events.wire]')
    events = [Event("a", n, kind=kind) for n, kind in enumerate(("robocall", "payment", "dnc", "wire"))]
    for text, selector, found in (
        (shared, "telephone-call", ["#1"]),
        (shared, "noted", ["#2", "#3"]),
        (own, "noted", ["#4"]),
    ):
        rule = f'[rules.r]\nkind = "forbidden"\ncontact = "{selector}"\n'
        assert judged(Engine.of(NAMED + rule, plugins=plugins(tmp_path, text)), *events) == found


@pytest.mark.parametrize(("industry", "found"), [("telemarketing", ["#1", "#2"]), ("recruiting", ["#2"])])
def test_who_withdraws_asks_to_stop_but_where_it_is_about_a_position(industry: str, found: list[str]) -> None:
    rule = '[rules.r]\nkind = "forbidden"\ncontact = { kind = "opt-out" }\n'
    events = [Event("a", 1, kind="withdrawn"), Event("a", 2, kind="stop")]
    assert judged(Engine.of(HEAD.format("p", f'industry = "{industry}"') + rule), *events) == found
