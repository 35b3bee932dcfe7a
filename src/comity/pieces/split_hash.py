"""A number for each row by which a log may be split: equal for rows that must stay together."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Final

import attrs
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from comity.columnar.arrays import Words
from comity.columnar.scan.block_selectors import BlockSelectors
from comity.columnar.scan.text_keys import LONGEST_TEXT, TextKeys, hash_key
from comity.columns.arrow_arrays import bytes_of, encoded, flags, numbers, text, texts
from comity.columns.event_columns import EventColumns
from comity.pieces.reading import Reading
from comity.readers.arrow.join import join_columns
from comity.readers.mapping.mapping import FieldRule
from comity.texts.near import near_forms

AT: Final = "comity instant"
"""A column with one and the same instant for every row, so that no time is read for a key."""
_ASCII: Final = 128
_KEPT: Final = np.array(
    [ord(chr(code).lower()) if chr(code).isalnum() and code < _ASCII else 0 for code in range(256)], np.uint8
)
"""For each ASCII byte, its form: a small letter or a digit, or 0 for nothing."""
_ABSENT: Final = np.uint64(0x5851_F42D_4C95_7F2D)


def hashes_of(table: pa.Table, fields: Sequence[str], order: str, reading: Reading) -> pa.Array:
    """Return a whole number of 64 bits for each row.

    It is equal for rows whose events have the same values in some fields, as comity reads them. Persons that
    differ in case, spaces or punctuation alone have the same number too, so that a piece can report them.
    A row that is no event has the number of its value in the column `order`.
    """
    if not fields or not table.num_rows:
        return pa.array(np.zeros(table.num_rows, np.int64))
    columns = _read(table, fields, reading)
    reader = BlockSelectors(columns, reading.channels)
    words = []
    for name in fields:
        if name == "person":
            words.append(_of_texts(near_forms_in(columns.person)))
            continue
        coded = reader.scope_texts(name)
        words.append(_of_values([None if each is None else str(each) for each in coded.values])[coded.codes])
    if len(columns) == table.num_rows:
        return pa.array(hash_key(words).view(np.int64))
    found = _of_values(table.column(order).cast(pa.string()).to_pylist())
    found[columns.places] = hash_key(words)
    return pa.array(found.view(np.int64))


def near_forms_in(persons: pa.Array) -> pa.Array:
    """Return the forms in which persons are nearly the same; a person without one is itself."""
    persons = persons.cast(pa.string())
    offsets, data = bytes_of(persons)
    data = data[int(offsets[0]) : int(offsets[-1])]
    if int(data.max(initial=0)) >= _ASCII:
        codes, values = encoded(persons)
        forms = [form or each for form, each in zip(near_forms(values), values, strict=True)]
        return texts(forms).take(numbers(codes))
    left = _KEPT.take(data)
    kept = left != 0
    ends = np.zeros(len(data) + 1, np.int32)
    np.cumsum(kept, out=ends[1:])
    begins = ends[offsets - offsets[0]]
    buffers = [None, pa.py_buffer(begins), pa.py_buffer(left[kept])]
    found = pa.StringArray.from_buffers(len(persons), *buffers[1:])
    return pc.if_else(pc.equal(pc.binary_length(found), 0), persons, found)


def _read(table: pa.Table, fields: Sequence[str], reading: Reading) -> EventColumns:
    """Read the fields alone, if possible each row as an event at one and the same instant."""
    needed = {"person", *fields} | ({"channel"} if "medium" in fields else set())
    # A row that is there twice needs its key too: an auditor finds the pair only if both meet.
    log = attrs.evolve(reading.mapping.log, dedupe=None)
    mapping = attrs.evolve(reading.mapping, log=log, only=(), also=())
    if "at" not in needed:
        named = {name: column for name in needed if (column := reading.column(name, table.column_names))}
        rules = {name: rule for name, rule in mapping.fields.items() if name in needed}
        table = table.select([name for name in table.column_names if name in named.values()])
        instants = pa.repeat(pa.scalar(0, pa.timestamp("us", "UTC")), table.num_rows)
        table = table.append_column(AT, instants)
        mapping = attrs.evolve(mapping, fields={**rules, "at": FieldRule(AT)}, zones={})
    parts, before = [], 0
    for block in attrs.evolve(reading, mapping=mapping).log(table, fields).blocks(frozenset(needed)):
        loaded = block.load()
        loaded.add_counts(before)
        parts.append(attrs.evolve(loaded.columns, places=loaded.columns.places + before))
        before += loaded.extent
    return parts[0] if len(parts) == 1 else join_columns(parts)


def _of_values(values: Sequence[str | None]) -> Words:
    hashed = _of_texts(texts([value or "" for value in values]))
    hashed[[value is None for value in values]] = _ABSENT
    return hashed


def _of_texts(column: pa.Array) -> Words:
    """Return a hash of each text, the same on every machine."""
    lengths = np.diff(bytes_of(column)[0])
    if not len(lengths) or int(lengths.max()) <= LONGEST_TEXT:
        return hash_key(TextKeys().words(column))
    # Longer texts are numbered in keys, on every machine in another way.
    long = lengths > LONGEST_TEXT
    hashed = hash_key(TextKeys().words(pc.if_else(flags(long), text(""), column)))
    for place in np.flatnonzero(long).tolist():
        digest = hashlib.blake2b(column[place].as_py().encode(), digest_size=8).digest()
        hashed[place] = int.from_bytes(digest, "little")
    return hashed
