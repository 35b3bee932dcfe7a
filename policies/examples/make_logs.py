"""Writes the example logs, each a story with planted faults: python policies/examples/make_logs.py.

The same bytes come out every time. All persons and organisations are made up.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import random
from collections.abc import Iterable
from pathlib import Path

SEED = 20261123
HERE = Path(__file__).parent
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
FIELDS = ("id", "person", "at", "kind", "channel", "direction", "matter", "timezone")
Row = dict[str, str]


class Story:
    """The events of a log on their way."""

    def __init__(self, name: str) -> None:
        self.chance = random.Random(f"{SEED} {name}")
        self.name = name
        self._rows: list[tuple[dt.datetime, Row]] = []

    def add(
        self, at: dt.datetime, person: str, kind: str, channel: str, direction: str = "outbound", **more: str
    ) -> None:
        """Add an event at an instant of UTC."""
        self._rows.append(
            (at, {"person": person, "kind": kind, "channel": channel, "direction": direction, **more})
        )

    def day(self, date: dt.date, first: float, last: float) -> dt.datetime:
        """Choose a moment of a date between two hours of UTC, to the minute."""
        minutes = self.chance.randrange(int(first * 60), int(last * 60))
        return dt.datetime.combine(date, dt.time(), dt.UTC) + minutes * dt.timedelta(minutes=1)

    def text(self) -> str:
        """Write the log in the order of time, with ids."""
        file = io.StringIO(newline="")
        used = [name for name in FIELDS[3:] if any(name in row for _, row in self._rows)]
        writer = csv.DictWriter(file, ["id", "person", "at", *used], restval="", lineterminator="\n")
        writer.writeheader()
        for number, (at, row) in enumerate(sorted(self._rows, key=lambda each: each[0]), 1):
            written = {"id": f"{self.name[0].upper()}{number:03}", "at": at.strftime("%Y-%m-%dT%H:%M:%SZ")}
            writer.writerow({**written, **row})
        return file.getvalue()


def weekday(date: dt.date) -> dt.date:
    """Move a date at the weekend to the Monday after."""
    return date + dt.timedelta(days=(7 - date.weekday()) if date.weekday() > 4 else 0)


def fundraising() -> Story:
    """Make a year of a small charity: donors who give now and then, are thanked, and get four appeals."""
    story = Story("fundraising")
    appeals = [dt.date(2025, month, 10) for month in (3, 6, 9, 12)]
    for number in range(1, 31):
        donor = f"D-{number:03}"
        gifts = [
            appeal + DAY * story.chance.randrange(4, 25) for appeal in appeals if story.chance.random() < 0.5
        ]
        for gift in gifts:
            at = story.day(gift, 9, 18)
            story.add(at, donor, "gift", "letter", "inbound")
            if donor != "D-007":
                story.add(at + HOUR * story.chance.randrange(2, 47), donor, "thank-you", "letter")
        for appeal in appeals:
            if not any(0 <= (appeal - gift).days <= 31 for gift in gifts):
                story.add(story.day(appeal, 9, 12), donor, "appeal", "letter")
    # D-007 gave twice, and nobody wrote; D-011 was asked a week after giving.
    for date in (dt.date(2025, 4, 2), dt.date(2025, 10, 8)):
        story.add(story.day(date, 9, 18), "D-007", "gift", "letter", "inbound")
    gift = story.day(dt.date(2025, 7, 14), 9, 12)
    story.add(gift, "D-011", "gift", "letter", "inbound")
    story.add(gift + 20 * HOUR, "D-011", "thank-you", "letter")
    story.add(gift + 7 * DAY, "D-011", "appeal", "email")
    # D-019 asked not to be asked, and was; an eager volunteer rang D-023 at half past nine in the evening.
    story.add(dt.datetime(2025, 8, 1, 10, tzinfo=dt.UTC), "D-019", "do-not-ask", "letter", "inbound")
    story.add(dt.datetime(2025, 8, 20, 20, 30, tzinfo=dt.UTC), "D-023", "thank-you", "phone")
    return story


def surveys() -> Story:
    """Make the log of a survey team with four studies in a year, one without a look at who was asked."""
    story = Story("surveys")
    starts = {
        "S-1": dt.date(2026, 1, 12),
        "S-2": dt.date(2026, 3, 9),
        "S-3": dt.date(2026, 5, 11),
        "S-4": dt.date(2026, 7, 6),
    }
    for number in range(1, 41):
        person = f"R-{number:03}"
        for survey, start in starts.items():
            if story.chance.random() < 0.55 and not (survey == "S-4" and 3 <= number <= 8):
                at = story.day(start + DAY * story.chance.randrange(5), 8, 16)
                story.add(at, person, "invitation", "email", matter=survey)
                if story.chance.random() < 0.4:
                    story.add(
                        at + HOUR * story.chance.randrange(5, 70),
                        person,
                        "response",
                        "email",
                        "inbound",
                        matter=survey,
                    )
                else:
                    story.add(at + 4 * DAY, person, "reminder", "email", matter=survey)
    # got S-4, and S-5 twelve days later from a team that did not look.
    for number in range(3, 9):
        at = story.day(dt.date(2026, 7, 22), 8, 16)
        story.add(at - 12 * DAY, f"R-{number:03}", "invitation", "email", matter="S-4")
        story.add(at, f"R-{number:03}", "invitation", "email", matter="S-5")
    # R-012 was reminded three times in a week, R-020 after having responded, R-031 after having opted out.
    begun = dt.datetime(2026, 9, 7, 9, tzinfo=dt.UTC)
    for person in ("R-012", "R-020"):
        story.add(begun, person, "invitation", "email", matter="S-6")
    for days in (3, 5, 8):
        story.add(begun + days * DAY, "R-012", "reminder", "email", matter="S-6")
    story.add(begun + 2 * DAY, "R-020", "response", "email", "inbound", matter="S-6")
    story.add(begun + 4 * DAY, "R-020", "reminder", "email", matter="S-6")
    story.add(begun, "R-031", "opt-out", "email", "inbound")
    story.add(begun + 10 * DAY, "R-031", "invitation", "sms", matter="S-6")
    return story


def customer_care() -> Story:
    """Make a quarter of a service desk: most cases are answered the same day; one agent closes in a hurry."""
    story = Story("customer-care")
    first = dt.date(2026, 4, 6)
    for number in range(1, 61):
        customer, case = f"K-{number % 45 + 1:03}", f"T-{number:03}"
        asked = story.day(weekday(first + DAY * story.chance.randrange(70)), 13, 20)
        story.add(asked, customer, "question", "email", "inbound", matter=case)
        if number in (17, 41):
            continue  # overlooked: nobody ever answered
        answered = asked + HOUR * story.chance.randrange(1, 4)
        story.add(answered, customer, "answer", "email", matter=case)
        if number % 9 == 4:
            # In a hurry: closed the next day, without a word of the customer.
            story.add(answered + DAY, customer, "close", "email", "none", matter=case)
        elif number % 3 == 0:
            story.add(answered + 20 * HOUR, customer, "confirmed", "email", "inbound", matter=case)
            story.add(answered + 21 * HOUR, customer, "close", "email", "none", matter=case)
        else:
            story.add(answered + 3 * DAY, customer, "check-back", "email", matter=case)
            story.add(answered + 6 * DAY, customer, "close", "email", "none", matter=case)
    for days in (1, 3, 5):
        at = dt.datetime(2026, 6, 22, 15, tzinfo=dt.UTC) + days * DAY
        story.add(at, "K-044", "check-back", "email", matter="T-101")
    return story


def telemarketing() -> Story:
    """Two months of a seller of roofs in Florida, part of which is an hour behind."""
    story = Story("telemarketing")
    first = dt.date(2026, 2, 2)
    for number in range(1, 51):
        person = f"P-{number:03}"
        zone = "America/Chicago" if number % 5 == 0 else "America/New_York"
        for _ in range(story.chance.randrange(2, 6)):
            at = story.day(weekday(first + DAY * story.chance.randrange(56)), 15, 24)
            story.add(at, person, "call", "phone", matter="roof", timezone=zone)
    # At 8:40 in New York it was 7:40 where P-010 lives; P-022 was called four times on one day.
    story.add(
        dt.datetime(2026, 3, 17, 12, 40, tzinfo=dt.UTC),
        "P-010",
        "call",
        "phone",
        matter="roof",
        timezone="America/Chicago",
    )
    for hour in (14, 16, 19, 22):
        at = dt.datetime(2026, 4, 1, hour, tzinfo=dt.UTC)
        story.add(at, "P-022", "call", "phone", matter="roof", timezone="America/New_York")
    # P-055 said stop, got the one text that may confirm it, a second one, and a call a month later.
    said = dt.datetime(2026, 2, 4, 18, tzinfo=dt.UTC)
    story.add(said, "P-055", "opt-out", "phone", "inbound", timezone="America/New_York")
    for minutes in (1, 3):
        at = said + dt.timedelta(minutes=minutes)
        story.add(at, "P-055", "opt-out-confirmation", "sms", timezone="America/New_York")
    story.add(said + 30 * DAY, "P-055", "call", "phone", matter="roof", timezone="America/New_York")
    return story


def logs() -> Iterable[tuple[str, str]]:
    """Give the name and the text of each log."""
    for story in (fundraising(), surveys(), customer_care(), telemarketing()):
        yield f"{story.name}.csv", story.text()


def main() -> None:
    """Write the logs beside this script."""
    for name, text in logs():
        (HERE / name).write_text(text, "utf-8")


if __name__ == "__main__":
    main()
