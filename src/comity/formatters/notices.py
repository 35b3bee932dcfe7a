"""Notices as lines for people; what is the same for several rules is said once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from comity.notices import Notice

NOTHING = frozenset({"no-events", "nothing-judged"})
"""Codes of notices that say that nothing was judged; a report begins with them."""
_MOST_RULES = 5


def notice_lines(notices: Iterable[Notice]) -> Iterator[str]:
    """Yield a line for each notice, but one line for notices that differ only in the rule."""
    alike: dict[tuple[str, str, str | None], list[Notice]] = {}
    for notice in notices:
        said = notice.message if notice.rule is None else notice.message.replace(f"`{notice.rule}`", "{}")
        alike.setdefault((notice.code, said, notice.help), []).append(notice)
    for (code, said, help), group in alike.items():
        rules = [f"`{notice.rule}`" for notice in group if notice.rule is not None]
        more = len(rules) - _MOST_RULES
        named = ", ".join(rules[:_MOST_RULES]) + (f" and {more:,} more" if more > 0 else "")
        yield Notice(code, said.replace("{}", named) if rules else said, help=help).to_text()
