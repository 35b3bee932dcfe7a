from __future__ import annotations

import datetime as dt
import pickle
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import pyarrow as pa
import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))

from comity import Auditor, Engine, Report, UsageError
from comity.pieces import packages
from comity.pieces.auditor import KEY
from comity.readers import FieldRule, Mapping
from piece_audits import ORDER, auditors_of, report_in_pieces, rows_in_pieces

START = dt.datetime(2024, 3, 4, 9, tzinfo=dt.UTC)
AS_OF = "2024-06-01T00:00:00Z"
HEAD = '[policy]\nid = "calls"\ntitle = "Calls"\nversion = "1"\ntimezone = "Europe/Paris"\n'
GAP = '[rules.gap]\nkind = "minimum-gap"\ncontact = { kind = "call" }\ngap = "2 calendar days"\n'
BY_TEAM = (
    '[rules.team]\nkind = "maximum-contacts"\ncontact = { kind = "call" }\nlimit = 1\nwindow = "1d"\n'
    'per = ["actor"]\n'
)
OF_ALL = (
    '[rules.all]\nkind = "maximum-contacts"\ncontact = { kind = "call" }\nlimit = 2\nwindow = "1d"\n'
    "per = []\n"
)
MATTERS = (
    '[rules.matter]\nkind = "maximum-contacts"\ncontact = { kind = "call" }\nlimit = 1\nwindow = "7d"\n'
    'per = ["person", "matter"]\n'
)


def engine_of(*rules: str) -> Engine:
    return Engine.of(f"comity = 1\n{HEAD}\n" + "\n".join(rules))


def log(count: int = 60, /, **columns: Any) -> pa.Table:
    """Return calls to five persons, every seven hours."""
    rows = {
        "person": [f"p{number % 5}" for number in range(count)],
        "at": [START + dt.timedelta(hours=7 * number) for number in range(count)],
        "kind": ["call"] * count,
        "actor": ["ann" if number % 3 else None for number in range(count)],
        ORDER: list(range(1, count + 1)),
        "id": [f"c{number}" for number in range(count)],
    }
    return pa.table({name: values for name, values in (rows | columns).items() if values is not None})


def judge(table: pa.Table, *rules: str, **options: Any) -> Report:
    """Return the report of a table in one piece."""
    engine = engine_of(*(rules or (GAP,)))
    return report_in_pieces(engine, table, 1, **{"as_of": AS_OF, **options})


def codes(report: Report) -> dict[str, int | None]:
    return {notice.code: notice.count for notice in report.notices}


def test_rules_share_a_pass_if_they_have_a_person_in_common() -> None:
    keys = engine_of(GAP, MATTERS, BY_TEAM, OF_ALL).split_keys()
    assert [(each.fields, each.rules, each.first) for each in keys] == [
        (("person",), ("calls/gap", "calls/matter"), True),
        ((), ("calls/all",), False),
        (("actor",), ("calls/team",), False),
    ]


@pytest.mark.parametrize("pieces", [1, 2, 7, 64])
def test_several_passes_find_what_one_audit_finds(pieces: int) -> None:
    engine, table = engine_of(GAP, MATTERS, BY_TEAM, OF_ALL), log()
    found = report_in_pieces(engine, table, pieces, as_of=AS_OF)
    wanted = engine.audit(table, as_of=AS_OF)
    assert {each.rule for each in wanted.findings} == {"gap", "team", "all", "matter"}
    assert list(found.findings) == list(wanted.findings)
    assert found.summary == wanted.summary


def test_rejected_rows_and_counts_are_told_by_the_first_pass_alone() -> None:
    engine = engine_of(GAP, BY_TEAM, OF_ALL)
    table = log(person=[None, " ", *(f"p{number}" for number in range(58))])
    report = report_in_pieces(engine, table, 5, as_of=AS_OF)
    assert (report.summary.rows_read, report.summary.rows_rejected, report.summary.events) == (60, 2, 58)
    assert [(each.file, each.row) for each in report.rejections] == [("the log", 1), ("the log", 2)]
    assert {each.reason for each in report.rejections} == {"`person` is empty"}
    assert not report.complete


def test_other_passes_than_the_first_are_no_report() -> None:
    engine = engine_of(GAP, BY_TEAM)
    later = auditors_of(engine, order_by=ORDER, as_of=AS_OF)[1:]
    with pytest.raises(Exception, match="the rows of the first pass are missing"):
        later[0].report(rows_in_pieces(later, log(), 3))


def test_one_auditor_is_not_made_of_rules_that_need_two_passes() -> None:
    engine = engine_of(GAP, BY_TEAM)
    with pytest.raises(UsageError, match="the rules need 2 passes over the log, by `person`; by `actor`"):
        engine.auditor(as_of=AS_OF, order_by=ORDER)
    whole = engine.auditor(as_of=AS_OF, order_by=ORDER, split_key=())
    assert whole.split_key.rules == ("calls/gap", "calls/team")
    table = log()
    assert list(whole.report(whole(table.to_batches())).findings) == list(
        engine.audit(table, as_of=AS_OF).findings
    )
    with pytest.raises(UsageError, match="no pass of these rules splits the log by `channel`"):
        engine.auditor(as_of=AS_OF, order_by=ORDER, split_key=("channel",))


def test_rows_that_are_there_twice_meet_in_one_piece() -> None:
    mapping = attrs.evolve(Mapping(1), log=attrs.evolve(Mapping(1).log, dedupe="id"))
    table = pa.concat_tables([log(30), log(30)]).set_column(
        4, ORDER, pa.array([*range(30), *range(100, 130)], pa.int64())
    )
    engine = engine_of(GAP)
    for pieces in (1, 5, 64):
        report = report_in_pieces(engine, table, pieces, as_of=AS_OF, mapping=mapping)
        assert (report.summary.events, report.summary.rows_skipped) == (30, 30)
        assert list(report.findings) == list(engine.audit(log(30), as_of=AS_OF).findings)
    with pytest.raises(UsageError, match="rows that are there twice are found among those of one person"):
        report_in_pieces(engine_of(GAP, BY_TEAM), table, 2, as_of=AS_OF, mapping=mapping)


def test_very_many_bytes_are_read_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("comity.pieces.ordered._LARGE", 1)
    assert list(judge(log()).findings) == list(engine_of(GAP).audit(log(), as_of=AS_OF).findings)


def test_spellings_that_are_one_person_meet_in_one_piece() -> None:
    same = ["Zoë", "Zoe\u0308", " Zoë ", "Zoë\u200b"]
    table = log(40, person=[same[number % 4] for number in range(40)])
    (auditor,) = auditors_of(engine_of(GAP), order_by=ORDER, as_of=AS_OF)
    keyed = pa.Table.from_batches(auditor.key(table.to_batches(3)))
    assert len(set(keyed[KEY].to_pylist())) == 1
    report = report_in_pieces(engine_of(GAP), table, 64, as_of=AS_OF)
    assert report.summary.persons == 1
    assert list(report.findings) == list(engine_of(GAP).audit(table, as_of=AS_OF).findings)


def test_persons_that_are_nearly_the_same_are_told_of() -> None:
    table = log(10, person=["A. Smith", "a smith"] * 5)
    report = report_in_pieces(engine_of(GAP), table, 64, as_of=AS_OF)
    assert codes(report)["near-persons"] == 2
    assert report.notices == engine_of(GAP).audit(table, as_of=AS_OF).notices


def test_keys_do_not_depend_on_the_batch() -> None:
    table = log(60, person=[("long" * 40 if number % 2 else "") + f"p{number % 7}" for number in range(60)])
    (auditor,) = auditors_of(engine_of(GAP), order_by=ORDER, as_of=AS_OF)
    keys = [
        pa.Table.from_batches(auditor.key(table.to_batches(size)))[KEY].to_pylist() for size in (1, 7, 60)
    ]
    assert keys[0] == keys[1] == keys[2]
    assert len(set(keys[0])) == 14


def test_keys_do_not_depend_on_what_else_is_in_a_batch() -> None:
    persons = ["A. Smith", "--", "_x_", "a smith", "Zoë", "ZOË", "x", "straße", "STRASSE", "0-1", "\u202f"]
    (auditor,) = auditors_of(engine_of(GAP), order_by=ORDER, as_of=AS_OF)
    table = log(len(persons), person=persons)
    alone = pa.Table.from_batches(auditor.key(table.to_batches(1)))[KEY].to_pylist()
    assert pa.Table.from_batches(auditor.key(table.to_batches()))[KEY].to_pylist() == alone
    keys = dict(zip(persons, alone, strict=True))
    for one, other in (("A. Smith", "a smith"), ("Zoë", "ZOË"), ("_x_", "x"), ("straße", "STRASSE")):
        assert keys[one] == keys[other]
    assert len(set(alone)) == len(persons) - 4


def test_keys_need_a_few_columns_alone() -> None:
    engine = engine_of(GAP, BY_TEAM)
    by_person, by_team = auditors_of(engine, order_by=ORDER, as_of=AS_OF)
    assert by_person.key_columns(log().column_names) == ["person", ORDER]
    assert by_team.key_columns(log().column_names) == ["person", "actor", ORDER]
    for auditor in (by_person, by_team):
        few = log().select(auditor.key_columns(log().column_names))
        whole = pa.Table.from_batches(auditor.key(log().to_batches()))
        assert auditor.keys(few).to_pylist() == whole[KEY].to_pylist()


def test_an_event_without_an_id_is_named_by_its_row() -> None:
    table = log(60, id=None, **{ORDER: [f"row {number:03}" for number in range(60)]})
    report = report_in_pieces(engine_of(GAP), table, 4, as_of=AS_OF)
    wanted = engine_of(GAP).audit(table.append_column("id", table[ORDER]), as_of=AS_OF)
    assert list(report.findings) == list(wanted.findings)
    assert codes(report)["id-missing"] == 60
    assert "id-missing" not in codes(judge(log()))
    some = log(id=["", None, *(f"c{number}" for number in range(58))])
    assert {each.event for each in judge(some).findings} >= {"c10", "c20"}
    assert not any("#" in each.event for each in judge(some).findings)
    assert codes(judge(some))["id-missing"] == 2


def test_an_id_that_several_events_have_is_told_of() -> None:
    table = log(4, id=["a", "a", "b", "c"], person=["p"] * 4, at=[START] * 4)
    assert codes(judge(table))["repeated-id"] == 1


def test_rows_without_an_order_are_refused_or_told_of() -> None:
    (auditor,) = auditors_of(engine_of(GAP), order_by="sequence", as_of=AS_OF)
    with pytest.raises(
        UsageError, match="there is no column `sequence` to order the rows by: the columns are"
    ):
        list(auditor(log().to_batches()))
    with pytest.raises(UsageError, match="there is no column `sequence`"):
        list(auditor.key(log().to_batches()))
    assert codes(judge(log(60, **{ORDER: [None, None, *range(58)]})))["order-missing"] == 2


def test_ties_are_counted_where_they_matter() -> None:
    tied = log(6, person=["p", "p", "q", "q", "q", "r"], at=[START] * 6, **{ORDER: [1, 1, 2, 2, 3, 1]})
    report = judge(tied)
    assert codes(report)["order-ties"] == 4
    assert next(each.example for each in report.notices if each.code == "order-ties") == "p"
    apart = log(6, person=list("ppqqrr"), **{ORDER: [1] * 6})
    assert "order-ties" not in codes(judge(apart))


def test_tied_rows_give_the_same_findings_in_any_order() -> None:
    table = log(30, person=["p"] * 30, at=[START] * 30, **{ORDER: [7] * 30})
    found = [
        list(report_in_pieces(engine_of(GAP), table, 3, seed, as_of=AS_OF).findings) for seed in range(4)
    ]
    assert found[0] == found[1] == found[2] == found[3] != []


@pytest.mark.parametrize(
    ("values", "what"),
    [
        ([dt.datetime(2024, 3, 4, 9)] * 60, "times without a zone"),
        ([dt.date(2024, 3, 4)] * 60, "dates"),
    ],
)
def test_times_without_a_zone_are_refused(values: list[Any], what: str) -> None:
    table = log(at=values)
    for call in ("key", "__call__"):
        (auditor,) = auditors_of(engine_of(GAP), order_by=ORDER, as_of=AS_OF)
        with pytest.raises(UsageError, match=f"the column `at` has {what}.*timezone="):
            list(getattr(auditor, call)(table.to_batches()))
    report = judge(table, timezone="Europe/Paris")
    assert report.summary.events == 60
    of_mapping = Mapping(1, fields={"at": FieldRule("at", timezone="Europe/Paris")})
    assert judge(table, mapping=of_mapping).summary.events == 60


def test_texts_without_a_zone_are_rejected_one_by_one() -> None:
    report = judge(log(at=["2024-03-04 09:00"] * 60))
    assert (report.summary.rows_rejected, report.summary.events) == (60, 0)


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Kolkata"])
def test_the_zone_of_a_session_changes_nothing(zone: str) -> None:
    policy = (
        f"comity = 1\n{HEAD}\n[attributes]\nsince = 'instant'\nnote = 'text'\n"
        '[rules.soon]\nkind = "contact-window"\ncontact = { not = { note = "x" } }\naround = "since"\n'
        'from = "+1h"\nto = "+2h"\n'
    )
    engine = Engine.of(policy)
    instants = log()["at"].cast(pa.timestamp("us", zone))
    table = log(since=instants, note=instants).set_column(1, "at", instants)
    plain = log(since=log()["at"], note=log()["at"])
    found = report_in_pieces(engine, table, 3, as_of=AS_OF)
    assert found.findings[:] == report_in_pieces(engine, plain, 3, as_of=AS_OF).findings[:]


def test_a_column_that_a_policy_reads_and_the_log_lacks_is_told_of() -> None:
    policy = (
        f"comity = 1\n{HEAD}\n[attributes]\nscore = 'number'\n"
        '[rules.high]\nkind = "forbidden"\ncontact = { score = { more-than = 3 } }\n'
    )
    engine = Engine.of(policy)
    report = report_in_pieces(engine, log(), 4, as_of=AS_OF)
    assert codes(report)["column-missing"] == 1
    assert "the log has no column `score`" in next(
        each.message for each in report.notices if each.code == "rule-judged-nothing"
    )
    rows = list(rows_in_pieces(auditors_of(engine, order_by=ORDER, as_of=AS_OF), log(score=["?"] * 60), 4))
    table = pa.Table.from_batches(rows)
    told = table.filter(pa.compute.equal(table["code"], "unreadable-values"))
    assert sum(told["count"].to_pylist()) == 120  # of the attribute, and of the rule
    assert report_in_pieces(engine, log(score=["?"] * 60), 4, as_of=AS_OF).summary.unreadable == {
        "calls/score": 60
    }


def test_nothing_is_judged_of_an_empty_log_and_the_report_says_so() -> None:
    (auditor,) = auditors_of(engine_of(GAP), order_by=ORDER, as_of=AS_OF)
    assert list(auditor([])) == []
    assert list(auditor(log(0).schema.empty_table().to_batches())) == []
    report = auditor.report([])
    assert [each.code for each in report.notices] == ["no-events"]
    assert not report.complete


def test_a_giant_person_is_told_of() -> None:
    engine = engine_of(GAP)
    auditor = attrs.evolve(engine.auditor(as_of=AS_OF, order_by=ORDER), skewed=40)
    table = log(person=["switchboard"] * 50 + [f"p{number}" for number in range(10)])
    report = auditor.report(auditor(auditor.key(table.to_batches(7))))
    (notice,) = (each for each in report.notices if each.code == "skewed-pieces")
    assert (notice.count, notice.example) == (1, "switchboard")
    assert "50 rows" in notice.message
    assert list(report.findings) == list(engine.audit(table, as_of=AS_OF).findings)


def test_an_instant_is_needed() -> None:
    with pytest.raises(UsageError, match="an instant is needed"):
        engine_of(GAP).auditor(as_of=None, order_by=ORDER)  # type: ignore[arg-type]
    for relative in ("-1d", "yesterday", dt.timedelta(days=1)):
        with pytest.raises(Exception, match=r"not a date|must be|allowed are"):
            engine_of(GAP).auditor(as_of=relative, order_by=ORDER)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"order_by": ""}, "must be the name of a column"),
        ({"order_by": 3}, "must be the name of a column"),
        ({"timezone": "Mars/Dune"}, "Mars/Dune"),
        ({"timezone": 5}, "must be the name of a zone"),
        ({"mapping": "nobody-has-it"}, "nobody-has-it"),
        ({"mapping": 5}, "must be a mapping"),
    ],
)
def test_arguments_are_checked_before_any_row_is_read(options: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        engine_of(GAP).auditor(**{"as_of": AS_OF, "order_by": ORDER, **options})


@pytest.mark.parametrize(
    ("mapping", "said"),
    [
        (Mapping(1, also=({"at": FieldRule("until"), "person": FieldRule("other")},)), "`person` of its own"),
        (Mapping(1, fields={"id": FieldRule(value="x")}), "give `id` a column as it stands"),
        (Mapping(1, fields={"id": FieldRule("id", default="none")}), "give `id` a column as it stands"),
    ],
)
def test_mappings_that_pieces_cannot_follow_are_refused(mapping: Mapping, said: str) -> None:
    (auditor,) = auditors_of(engine_of(GAP), order_by=ORDER, as_of=AS_OF, mapping=mapping)
    with pytest.raises(UsageError, match=said):
        list(auditor(log().to_batches()))


def test_further_events_of_a_row_stay_with_it() -> None:
    mapping = Mapping(
        1,
        fields={"person": FieldRule("who"), "direction": FieldRule("dir", values={"o": "outbound"})},
        also=({"at": FieldRule("until"), "kind": FieldRule(value="call")},),
    )
    until = [START + dt.timedelta(hours=7 * number + 1) if number % 2 else None for number in range(60)]
    table = log(until=until, dir=["o"] * 60).rename_columns(
        ["who" if name == "person" else name for name in log(until=until, dir=["o"] * 60).column_names]
    )
    engine = engine_of(GAP)
    found = report_in_pieces(engine, table, 5, as_of=AS_OF, mapping=mapping)
    assert found.summary.events == 90
    whole = engine.auditor(as_of=AS_OF, order_by=ORDER, mapping=mapping, split_key=())
    wanted = whole.report(whole(table.to_batches()))
    assert list(found.findings) == list(wanted.findings) != []
    assert any("+1" in each.event for each in found.findings)


def test_rows_are_ordered_by_any_column_that_has_an_order() -> None:
    (auditor,) = auditors_of(engine_of(GAP), order_by=ORDER, as_of=AS_OF)
    wanted = list(judge(log()).findings)
    for values in ([f"r{number:02}" for number in range(60)], [float(number) for number in range(60)]):
        assert list(judge(log(60, **{ORDER: values})).findings) == wanted
    with pytest.raises(UsageError, match="rows cannot be ordered by the column `number`"):
        list(auditor(log(60, **{ORDER: [[number] for number in range(60)]}).to_batches()))


def test_an_auditor_refuses_other_packages_where_it_arrives(monkeypatch: pytest.MonkeyPatch) -> None:
    packed = pickle.dumps(engine_of(GAP).auditor(as_of=AS_OF, order_by=ORDER))
    assert isinstance(pickle.loads(packed), Auditor)
    monkeypatch.setattr("comity.__version__", "0.0.7")
    with pytest.raises(UsageError, match=r"this worker has comity 0\.0\.7 in place of"):
        pickle.loads(packed)
    monkeypatch.undo()
    monkeypatch.setattr(packages, "zone_data_version", lambda: "1999a")
    with pytest.raises(UsageError, match="this worker has tzdata 1999a in place of"):
        pickle.loads(packed)


def test_the_version_of_the_zones_is_known() -> None:
    assert packages.zone_data_version()


def test_rows_of_something_else_are_refused() -> None:
    auditor = engine_of(GAP).auditor(as_of=AS_OF, order_by=ORDER)
    with pytest.raises(Exception, match="not the rows that an auditor yields"):
        auditor.report(log())
    with pytest.raises(UsageError, match="`int` has no rows of an auditor"):
        auditor.report(3)


def test_only_the_columns_that_are_read_need_be_sent() -> None:
    auditor = engine_of(GAP).auditor(as_of=AS_OF, order_by=ORDER)
    assert auditor.columns(["Person", "at", "note", "kind", ORDER]) == ["Person", "at", "kind", ORDER]


def batches_of(table: pa.Table) -> Iterator[pa.RecordBatch]:
    yield from table.to_batches(9)


def test_batches_may_come_from_a_generator() -> None:
    auditor = engine_of(GAP).auditor(as_of=AS_OF, order_by=ORDER)
    report = auditor.report(auditor(auditor.key(batches_of(log()))))
    assert report.findings[:] == engine_of(GAP).audit(log(), as_of=AS_OF).findings[:]
