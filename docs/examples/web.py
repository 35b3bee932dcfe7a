"""An asynchronous web application that other services ask before each contact.

It is plain ASGI, so that any server runs it: `uvicorn web:app`. What it takes and gives is JSON.

- `POST /events` records what happened: an object, or a list of them, with the fields of an event.
- `POST /contacts` asks for a proposed contact. Where it may be made it is recorded at once, under the
  person's lock, so that two requests at the same time cannot both be told yes; the answer is the decision.
- `GET /explain?person=…&kind=…&channel=…` says of every rule how much room is left, for a screen.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qsl

from comity import ComityError, Engine, Event, EventError, History

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class NotFound(Exception):
    """Nothing is at this address."""


class ContactService:
    """Histories by person, and one engine; a decision takes microseconds, so it is made in the event loop."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.histories: defaultdict[str, History] = defaultdict(lambda: History(repeated="ignore"))
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def record(self, event: Event) -> None:
        """Keep what happened, in its place even where the news of it comes late."""
        async with self._locks[event.person]:
            await self.store(event)
            self.histories[event.person].insert(event)  # left out where it was delivered before

    async def ask(self, proposed: Event) -> dict[str, Any]:
        """Decide, and record what is allowed before anybody else is asked about this person."""
        async with self._locks[proposed.person]:
            decision = self.engine.decide(self.histories[proposed.person], proposed)
            if decision.allowed:
                await self.store(proposed)
                self.histories[proposed.person].insert(proposed)
        return {**decision.to_dict(), "text": decision.to_text()}

    async def store(self, event: Event) -> None:
        """Write to the database of the application; this one keeps everything in memory."""

    def use(self, engine: Engine) -> None:
        """Go over to other policies: histories stay, and are indexed again when they are next asked for."""
        self.engine = engine


def make_app(service: ContactService) -> Callable[[Message, Receive, Send], Awaitable[None]]:
    """Make the ASGI application."""

    async def app(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise RuntimeError(f"`{scope['type']}` is not served")
        try:
            status, answer = 200, await respond(service, scope, receive)
        except (EventError, ValueError) as error:
            status, answer = 400, {"error": str(error)}
        except NotFound:
            status, answer = 404, {"error": "there is nothing here"}
        except ComityError as error:
            status, answer = 503, {"error": str(error)}
        body = json.dumps(answer).encode()
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return app


async def respond(service: ContactService, scope: Message, receive: Receive) -> Any:
    """Answer one request; raises NotFound for an unknown address."""
    match scope["method"], scope["path"]:
        case "POST", "/events":
            given = await read_json(receive)
            events = [read(fields) for fields in (given if isinstance(given, list) else [given])]
            for event in events:
                await service.record(event)
            return {"recorded": len(events)}
        case "POST", "/contacts":
            return await service.ask(read(await read_json(receive)))
        case "GET", "/explain":
            proposed = read(dict(parse_qsl(scope.get("query_string", b"").decode())))
            told = service.engine.explain(service.histories.get(proposed.person, ()), proposed)
            return [explanation.to_dict() for explanation in told]
        case _:
            raise NotFound


def read(fields: Any) -> Event:
    """Make an event of an object; without `at` it is now."""
    if not isinstance(fields, dict):
        raise EventError("an event is an object")
    return Event.of({"at": time.time_ns() // 1000, **fields})


async def read_json(receive: Receive) -> Any:
    """Read the whole body of a request."""
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return json.loads(body)


app = make_app(ContactService(Engine.of("interview-follow-up")))
