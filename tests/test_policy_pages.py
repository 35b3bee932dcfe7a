"""The pages about policies are what the policies say, and sentences say what rules require."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from comity import Engine
from comity.cases.page import write_page
from comity.plan.sentences import Sentences

DOCS = Path(__file__).parent.parent / "docs"
HEAD = """
comity = 1
policy = { id = "p", title = "P", version = "1", timezone = "UTC" }
[attributes]
score = "number"
limit = "number"
due = "instant"
since = "instant"
vip = "boolean"
wanted = "text"
topics = "texts"
[rules.r]
"""


def test_the_pages_are_those_of_the_policies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(DOCS))
    made = dict(__import__("make_policy_pages").pages())
    written = {path.name: path.read_text("utf-8") for path in (DOCS / "policies").glob("*.md")}
    assert made == written, "run: python docs/make_policy_pages.py"
    sys.modules.pop("make_policy_pages")


@pytest.mark.parametrize(
    "path",
    [
        path
        for folder in ("policies", "plugins/comity-collections/src/comity_collections/policies")
        for path in sorted((DOCS.parent / folder).glob("*.toml"))
        if not path.name.endswith(".cases.toml")
    ],
    ids=lambda path: path.stem,
)
def test_a_policy_begins_with_what_it_is_for_and_is_dated(path: Path) -> None:
    text = path.read_text("utf-8")
    heads = ["# For: ", "# In the log: ", "# Not covered: ", "[policy]"]
    if path.name.partition("-")[0] in ("au", "ca", "de", "es", "fr", "in", "uk", "us"):
        heads.insert(3, "# Not legal advice.")
    words = [*heads, "\nchecked = ", "\nreview-by = "]
    places = [text.find(word) for word in words]
    assert -1 not in places, dict(zip(words, places, strict=True))
    assert places == sorted(places)


CALL = 'contact = { kind = "call" }\n'
SENTENCES = {
    'kind = "forbidden"\ncontact = { channel = ["sms", "chat"] }': "No channel `chat` or `sms`.",
    'kind = "forbidden"\ncontact = {}': "No outbound event.",
    'kind = "minimum-gap"\ngap = "same week"\nuntil = { direction = "inbound" }\n' + CALL: (
        "No `call` in the same week after `call`, unless inbound came since."
    ),
    'kind = "minimum-gap"\ngap = { field = "due" }\nexempt = { vip = true }\n' + CALL: (
        "No `call` (vip `true` left out) after (`call`, with `due` (vip `true` left out)) until its `due`."
    ),
    'kind = "maximum-contacts"\nlimit = 2\nwindow = "7d"\nper = []\ncounted = { direction = "inbound" }\n'
    "effective = { from = 2025-01-01, through = 2025-12-31 }\n" + CALL: (
        "At most 2 × `call`, counting inbound, within 7d, for each log. From 2025-01-01 through 2025-12-31."
    ),
    'kind = "stop-after"\nafter = { kind = "no" }\nhonour-within = "2 business days"\nfor = "6 months"\n'
    + CALL: ("No `call` within 6 months after `no` once 2 business days have passed."),
    'kind = "requires"\nany = [{ event = { kind = "ask" }, in-last = "1d" }, '
    '{ event = { kind = "yes" }, until = { kind = "no" } }]\n' + CALL: (
        "`call` needs before it `ask` in the last 1d or `yes` with no `no` since."
    ),
    'kind = "response-window"\nafter = { kind = "ask" }\nexpect = { kind = "yes" }\n'
    'within = { field = "due", else = "1d" }\nunless = { kind = "no" }': (
        "Each `ask` is followed by `yes` or `no` by its `due`, else 1d."
    ),
    'kind = "contact-hours"\ncontact = { medium = "voice" }\ndeny = [{ from = "22:00", to = "06:00" }]': (
        "Medium `voice` not at 22:00-06:00."
    ),
    'kind = "message-style"\nmax-words = 9\nforbid-phrases = ["act now"]\n'
    'require-phrases = [["opt out", "stop"]]\n' + CALL: (
        "`call`, with `text` has at most 9 words and never says `act now` and says `opt out` or `stop`."
    ),
    'kind = "forbidden"\n[rules.r.contact]\nkind = "call"\nscore = { less-than = 3 }\n'
    'actor = { like = "a*" }\nmatter = { exists = true }\n[rules.r.contact.preceded-by]\n'
    'event = { kind = "no" }\nin-last = "1d"\nuntil = { kind = "yes" }\nat-least = 2': (
        "No `call`, score under 3, actor like `a*`, with `matter`, "
        "after 2 times `no` in the last 1d with no `yes` since."
    ),
    'kind = "forbidden"\ncontact = { topics = { all-of = ["b", "a"], not = ["c", "d"] } }': (
        "No topics with all of `a` and `b` (topics `c` or `d` left out)."
    ),
    'kind = "forbidden"\n[rules.r.contact]\nkind = "call"\nscore = { more-than = { field = "limit" } }\n'
    'at = { at-most = { field = "due" } }\nnot = { channel = { same-as = "wanted" } }': (
        "No `call`, score over its `limit`, at or before its `due` "
        "(channel the same as its `wanted` left out)."
    ),
    'kind = "forbidden"\ncontact = { due = { at-least = { field = "at" }, same-as = "since" } }': (
        "No due at its `since`, due at or after the event itself."
    ),
    'kind = "maximum-share"\ncontact = { kind = "call", outcome = "lost" }\nof = { kind = "call" }\n'
    'share = "2.5%"\nwindow = "same week"\nat-least = 9\nper = []': (
        "At most 2.5% of `call` is outcome `lost`, in the same week, where there are at least 9, "
        "for each log."
    ),
    'kind = "maximum-share"\nof = { kind = "mail" }\nshare = "2%"\nwindow = "same day"\n' + CALL: (
        "At most 2% as many `call` as `mail`, in the same day."
    ),
    'kind = "maximum-share"\nof = {}\nshare = "2.5%"\nwindow = "8h"\n' + CALL: (
        "At most 2.5% of all events is `call`, within 8h."
    ),
    'kind = "maximum-gap"\ngap = "same week"\nfrom = { kind = "open" }\n'
    'pause = { from = { kind = "wait" }, until = { kind = "go" } }\n' + CALL: (
        "`call` from `open`, at least once in each week, not counting the time from `wait` until `go`."
    ),
    'kind = "forbidden"\nper = ["matter"]\n[rules.r.contact]\nkind = "call"\n[rules.r.contact.preceded-by]\n'
    'event = { kind = "no" }\nper = ["person"]': (
        "No `call`, after `no` (for each person), for each matter."
    ),
}


@pytest.mark.parametrize(("rule", "sentence"), SENTENCES.items(), ids=SENTENCES.values())
def test_a_rule_as_a_sentence(rule: str, sentence: str) -> None:
    (planned,) = Engine.of(HEAD + rule).plan.rules
    assert Sentences({}).rule(planned) == sentence


def test_a_state_of_another_scope_than_the_rule_says_so() -> None:
    text = HEAD.removesuffix("[rules.r]\n") + (
        '[states.bereaved]\nfrom = { kind = "bereavement" }\n'
        '[states.strike]\nfrom = { kind = "strike" }\nper = []\n'
        '[rules.r]\nkind = "forbidden"\ncontact = { kind = "call", during = "bereaved" }\n'
        '[rules.s]\nkind = "forbidden"\ncontact = { during = ["bereaved", "strike"] }\nper = ["actor"]\n'
    )
    page = write_page(Engine.of(text), text, None)
    assert "No `call`, during `bereaved`." in page
    assert "during `bereaved` (for each person) or during `strike` (of anybody)" in page


def test_a_state_is_said_by_its_name() -> None:
    text = HEAD.removesuffix("[rules.r]\n") + (
        '[states.open]\nfrom = { kind = "opened" }\nuntil = { kind = "closed" }\n'
        '[states.waiting]\nfrom = { kind = "asked", during = "open" }\n'
        '[rules.r]\nkind = "forbidden"\ncontact = { kind = "call", during = ["open", "waiting"] }\n'
    )
    engine = Engine.of(text)
    page = write_page(engine, text, None)
    assert "No `call`, (during `open` or during `waiting`)." in page
    assert "| during `open` | after `opened` with no `closed` since |" in page
    assert "| during `waiting` | after (`asked`, during `open`) |" in page
