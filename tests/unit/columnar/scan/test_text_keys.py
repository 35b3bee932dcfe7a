from __future__ import annotations

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from comity.columnar.scan.text_keys import LONGEST_TEXT, TextKeys, hash_key

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
lengths = st.sampled_from((0, 1, 7, 8, 9, 15, 16, 17, LONGEST_TEXT - 1, LONGEST_TEXT, LONGEST_TEXT + 1, 200))
named = st.one_of(texts, lengths.map(lambda length: "x" * length), st.sampled_from(("é" * 33, "ab" * 40)))


@given(st.lists(named, min_size=1, max_size=12))
def test_keys_hold_their_texts_and_differ_as_these_do(drawn: list[str]) -> None:
    keys = TextKeys()
    words = keys.words(pa.array(drawn, pa.string()))
    assert keys.texts(words).to_pylist() == drawn
    rows = list(zip(*(word.tolist() for word in words), strict=True))
    assert len(set(rows)) == len(set(drawn))


@given(st.lists(named, min_size=1, max_size=12))
def test_prefixes_sort_as_texts_do_as_far_as_they_reach(drawn: list[str]) -> None:
    keys = TextKeys()
    prefixes = keys.prefixes(keys.words(pa.array(drawn, pa.string())))
    ranked = sorted(range(len(drawn)), key=lambda n: (int(prefixes[0][n]), int(prefixes[1][n])))
    data = [drawn[n].encode()[:16] for n in ranked]
    assert data == sorted(data)


@given(named, named)
def test_a_text_has_one_hash_whatever_stands_beside_it(one: str, other: str) -> None:
    keys = TextKeys()
    alone = hash_key(keys.words(pa.array([one], pa.string())))[0]
    assert hash_key(keys.words(pa.array([one, other], pa.string())))[0] == alone


def test_a_slice_of_an_array_has_its_own_texts() -> None:
    keys = TextKeys()
    words = keys.words(pa.array(["nobody", "ann", "bob"], pa.string()).slice(1))
    assert keys.texts(words).to_pylist() == ["ann", "bob"]
