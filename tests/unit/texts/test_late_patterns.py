from __future__ import annotations

import re
from unittest import mock

from comity.texts.late_patterns import late_pattern


def test_a_pattern_is_compiled_once_and_only_when_it_is_used() -> None:
    with mock.patch.object(re, "compile", wraps=re.compile) as compiled:
        pattern = late_pattern(r"([a-z]+)-\d", re.IGNORECASE)
        assert not compiled.called
        assert [pattern.fullmatch(text) is not None for text in ("A-1", "a-b", "b-2")] == [True, False, True]
        assert compiled.call_count == 1
    found = pattern.search(" ab-3 ")
    assert found is not None
    assert found[1] == "ab"
