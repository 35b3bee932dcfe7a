"""What `docs/embedding.md` shows happens, and the two products that it describes work."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import io
import json
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import comity
from comity import Engine, Event

DOCS = Path(__file__).parent.parent / "docs"
BLOCKS = re.findall(
    r"```python\n(.*?)```\n\n```text\n(.*?)```", (DOCS / "embedding.md").read_text("utf-8"), re.DOTALL
)
HOUR = 3_600_000_000
DAY = 24 * HOUR
MONDAY = 1_740_992_400_000_000
"""2025-03-03T09:00:00Z."""
POLICY = """comity = 1
[policy]
id = "follow-ups"
title = "Follow-ups"
version = "1"
[rules.gap]
kind = "minimum-gap"
contact = { kind = "follow-up" }
since = { kind = ["interview", "follow-up"] }
gap = "7d"
until = { direction = "inbound", not = { kind = "interview" } }
[rules.limit]
kind = "maximum-contacts"
contact = { kind = "follow-up" }
limit = 2
window = "ever"
[rules.hours]
kind = "contact-hours"
contact = { kind = "follow-up" }
timezone = "UTC"
allow = [{ days = ["mon", "tue", "wed", "thu", "fri"], from = 09:00:00, to = 17:00:00 }]
"""


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, DOCS / "examples" / f"{name}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def test_the_examples_print_what_stands_below_them() -> None:
    names: dict[str, Any] = {}
    for code, text in BLOCKS:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(code, "embedding.md", "exec"), names)
        assert printed.getvalue() == text
    assert len(BLOCKS) > 10


@pytest.mark.parametrize("name", comity.__all__)
def test_every_public_name_is_in_an_example_and_can_be_had(name: str) -> None:
    assert any(re.search(rf"\b{name}\b", code) for code, _ in BLOCKS)
    assert getattr(comity, name).__doc__
    assert name in dir(comity)


def test_no_other_name_is_public() -> None:
    with pytest.raises(AttributeError, match="module `comity` has no attribute `Enjine`"):
        comity.Enjine  # type: ignore[attr-defined]  # noqa: B018


def test_the_scheduler_asks_puts_off_sends_and_records() -> None:
    sent: list[Event] = []
    scheduler = load("scheduler").Scheduler(Engine.of(POLICY), sent.append)
    scheduler.record(Event("lab", MONDAY, kind="interview", direction="none", id="i"))
    for number in range(3):
        scheduler.schedule(Event("lab", MONDAY + number * DAY, f"f{number}", "follow-up", "email"))
    while (due := scheduler.next_due) is not None and due < MONDAY + 60 * DAY:
        scheduler.run(due)
    assert [(event.id, event.at - MONDAY) for event in sent] == [("f0", 7 * DAY), ("f1", 14 * DAY)]
    assert [(event.id, decision.next_allowed) for event, decision in scheduler.held] == [("f2", None)]
    assert [event.id for event in scheduler.histories["lab"]] == ["i", "f0", "f1"]
    assert len(scheduler.log) == 3 + 3 + 2
    assert "It will be allowed from Mon 2025-03-10 09:00 in UTC." in scheduler.log[0]


def test_the_scheduler_waits_for_open_hours() -> None:
    sent: list[Event] = []
    scheduler = load("scheduler").Scheduler(Engine.of(POLICY), sent.append)
    scheduler.schedule(Event("lab", MONDAY + 9 * HOUR, "f", "follow-up", "email"))
    scheduler.run(MONDAY + 9 * HOUR)
    assert scheduler.next_due == MONDAY + DAY
    scheduler.record(Event("lab", MONDAY + 10 * HOUR, "news", "interview", direction="none"))
    scheduler.run(MONDAY + DAY)
    assert scheduler.next_due == MONDAY + 10 * HOUR + 7 * DAY + 14 * HOUR
    assert not sent


class Client:
    """Calls an ASGI application as a server would."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, method: str, path: str, body: object = None, query: str = "") -> tuple[int, Any]:
        text = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        parts = [text[:5], text[5:]]
        answered: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            await asyncio.sleep(0)
            return {"type": "http.request", "body": parts.pop(0), "more_body": bool(parts)}

        async def send(message: dict[str, Any]) -> None:
            answered.append(message)

        scope = {"type": "http", "method": method, "path": path, "query_string": query.encode()}
        await self.app(scope, receive, send)
        return answered[0]["status"], json.loads(answered[1]["body"])


def follow_up(**fields: object) -> dict[str, object]:
    return {"person": "lab", "kind": "follow-up", "channel": "email", **fields}


def test_the_web_application_answers_and_records() -> None:
    web = load("web")
    service = web.ContactService(Engine.of(POLICY))
    client = Client(web.make_app(service))

    async def scene() -> None:
        interview = {"person": "lab", "at": "2025-03-03T09:00:00Z", "kind": "interview", "direction": "none"}
        assert await client("POST", "/events", [interview]) == (200, {"recorded": 1})
        status, answer = await client("POST", "/contacts", follow_up(at="2025-03-05T09:00:00Z"))
        assert (status, answer["outcome"]) == (200, "deny")
        assert answer["next_allowed"] == "2025-03-10T09:00:00Z"
        assert answer["text"].startswith("Not allowed. The follow-up by email came 2d after")
        at_once = [client("POST", "/contacts", follow_up(at="2025-03-10T09:00:00Z")) for _ in range(5)]
        outcomes = [answer["outcome"] for _, answer in await asyncio.gather(*at_once)]
        assert sorted(outcomes) == ["allow", *["deny"] * 4]
        assert len(service.histories["lab"]) == 2
        query = "person=lab&kind=follow-up&at=2025-03-20T09%3A00%3A00Z"
        status, told = await client("GET", "/explain", query=query)
        assert [(one["rule"], one["room"]) for one in told] == [("gap", None), ("hours", None), ("limit", 1)]
        service.use(Engine.of(POLICY.replace("limit = 2", "limit = 1")))
        status, answer = await client("POST", "/contacts", follow_up(at="2025-03-20T09:00:00Z"))
        assert [finding["rule"] for finding in answer["findings"]] == ["limit"]
        assert (await client("POST", "/events", interview)) == (200, {"recorded": 1})

    asyncio.run(scene())


def test_the_web_application_refuses_what_it_cannot_read() -> None:
    client = Client(load("web").app)

    async def scene() -> None:
        assert (await client("POST", "/contacts", b"{"))[0] == 400
        nobody = (400, {"error": "the event has no `person`"})
        assert await client("POST", "/contacts", {"kind": "call"}) == nobody
        status, answer = await client("POST", "/contacts", follow_up(at="2025-03-05 09:00"))
        assert (status, "no offset" in answer["error"]) == (400, True)
        assert await client("POST", "/events", [5]) == (400, {"error": "an event is an object"})
        assert (await client("DELETE", "/contacts"))[0] == 404
        status, answer = await client("POST", "/contacts", follow_up(direction="inbound"))
        assert (status, answer["outcome"]) == (200, "allow")
        with pytest.raises(RuntimeError, match="`lifespan` is not served"):
            await client.app({"type": "lifespan"}, None, None)

    asyncio.run(scene())


def test_callers_that_ask_newest_first_are_not_all_allowed() -> None:
    web = load("web")
    service = web.ContactService(Engine.of(POLICY))

    async def ask_newest_first() -> list[str]:
        asked = [Event("lab", MONDAY + HOUR * n, f"f{n}", "follow-up", "email") for n in range(500)]
        return [(await service.ask(event))["outcome"] for event in reversed(asked)]

    outcomes = asyncio.run(ask_newest_first())
    kept = list(service.histories["lab"])
    assert outcomes.count("allow") == len(kept) == 2
    assert not [f for f in Engine.of(POLICY).audit(kept).findings if f.severity == "error"]


def test_an_event_that_is_delivered_twice_is_recorded_once() -> None:
    web = load("web")
    service = web.ContactService(Engine.of(POLICY))
    client = Client(web.make_app(service))
    interview = {"person": "lab", "at": "2025-03-03T09:00:00Z", "id": "i", "kind": "interview"}

    async def scene() -> None:
        for _ in range(2):
            await client("POST", "/events", [interview])

    asyncio.run(scene())
    assert len(service.histories["lab"]) == 1
