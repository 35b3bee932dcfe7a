"""Finding out which of the usual mistakes a statement has."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from comity.documents.mistakes.brackets import list_signs, no_bracket, table_of_lines
from comity.documents.mistakes.headings import declared_twice, heading, key_twice
from comity.documents.mistakes.keys import no_value
from comity.documents.mistakes.mistake import Mistake
from comity.documents.mistakes.signs import after_value, comment, line_ends, odd_character, odd_quotes, sign
from comity.documents.mistakes.texts import bare_word, text_marks
from comity.documents.mistakes.times import date, decimal, time
from comity.documents.statements import Statement

_Recogniser = Callable[[Statement], Mistake | None]


def explain(statement: Statement) -> Mistake | None:
    """Return what is wrong with a statement; None if it is none of the usual mistakes."""
    for recognise in _RECOGNISERS:
        mistake = recognise(statement)
        if mistake is not None:
            return mistake
    return None


_RECOGNISERS: Final[tuple[_Recogniser, ...]] = (
    line_ends,
    declared_twice,
    key_twice,
    comment,
    odd_quotes,
    heading,
    sign,
    no_value,
    text_marks,
    time,
    date,
    decimal,
    list_signs,
    table_of_lines,
    no_bracket,
    odd_character,
    bare_word,
    after_value,
)
"""In their order: the first one that knows a statement says what is wrong with it."""
