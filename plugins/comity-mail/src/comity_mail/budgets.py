"""Budgets of reading mail: how much of a message is read before it is refused, each with its reason."""

from __future__ import annotations

from typing import Final

import attrs

from comity import UsageError
from comity.readers import LogFormat, ReaderOption

MOST_HEADER_BYTES: Final = 1 << 20
"""Bytes of a message's header: some 30,000 recipients. Servers refuse more than 64 to 256 KiB."""
MOST_MESSAGE_BYTES: Final = 1 << 25
"""Bytes of a message whose words are needed. Most servers refuse mail of more than 25 MiB."""
MOST_NESTED: Final = 32
"""How deep comments, groups and parts may nest: a forward of a forward needs three levels each."""
MOST_PARTS: Final = 1000
"""Parts of a message that are looked at for its words; a monthly digest of a list has some hundreds."""
MOST_TYPE: Final = 8192
"""Characters of a `Content-Type`, which the library reads in time that grows with their square."""
MOST_REPEATED: Final = 2
"""How many times the bytes of a message its rows may repeat, as each of its recipients has all its words."""

HEADER_OPTION: Final = ReaderOption(
    "max-header-bytes",
    "N",
    f"The longest header of a message that is read, in bytes; by default {MOST_HEADER_BYTES:,}.",
)
MESSAGE_OPTION: Final = ReaderOption(
    "max-message-bytes",
    "N",
    f"The longest message whose words are read, in bytes; by default {MOST_MESSAGE_BYTES:,}.",
)


@attrs.frozen
class MailBudgets:
    """How many bytes are read of a header, and of a whole message."""

    header: int = MOST_HEADER_BYTES
    message: int = MOST_MESSAGE_BYTES

    @classmethod
    def of(cls, log: LogFormat) -> MailBudgets:
        """Take what the options say; raises UsageError for a value that is not a number of bytes."""
        return cls(
            read_count(log, HEADER_OPTION.name, MOST_HEADER_BYTES),
            read_count(log, MESSAGE_OPTION.name, MOST_MESSAGE_BYTES),
        )

    @property
    def repeated(self) -> int:
        """Tell how many characters the rows of one message may have in all."""
        return MOST_REPEATED * self.message


def read_count(log: LogFormat, name: str, default: int) -> int:
    """Return the number that an option says; raises UsageError unless it is a positive whole number."""
    (text,) = log.options.get(name, ("",))[-1:] or ("",)
    text = text.strip().replace(",", "").replace("_", "")
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= 15 and int(text)):
        raise UsageError(
            f"`{name}` is `{text[:40]}`: a whole number of bytes, such as `{default}`, is needed"
        )
    return int(text)
