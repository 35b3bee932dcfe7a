"""The words of a message: its first part that is plain text, found without reading all its parts."""

from __future__ import annotations

import re
from email.message import Message
from email.parser import BytesParser
from typing import Final

from comity_mail.budgets import MOST_NESTED, MOST_PARTS, MOST_TYPE

_END_OF_HEAD: Final = re.compile(rb"\r?\n\r?\n")
_CUT: Final = "its words are longer than what is read of a message: raise `max-message-bytes`"


class PartsError(ValueError):
    """The parts of a message are such that its words cannot be told; the text says why."""


def plain_text(message: Message, body: bytes, *, cut: bool) -> str | None:
    """Return the words of the first part that is plain text, in the order of parts; None without one.

    `message` has the header, and `cut` says that the body goes on. Raises PartsError where the words do, too,
    or may be in what was not read, and where parts nest too deeply or are too many.
    """
    waiting = [(message, body, cut, 1)]
    seen, unknown = 0, False
    while waiting:
        part, content, is_cut, depth = waiting.pop()
        seen += 1
        if seen > MOST_PARTS:
            raise PartsError(f"it has more than {MOST_PARTS:,} parts")
        if depth > MOST_NESTED:
            raise PartsError(f"its parts nest more than {MOST_NESTED} deep")
        if len(str(part.get("Content-Type", ""))) > MOST_TYPE:
            raise PartsError(f"`Content-Type` has more than {MOST_TYPE:,} characters")
        kind = part.get_content_type()
        if kind == "text/plain":
            if is_cut:
                raise PartsError(_CUT)
            return _words(part, content)
        if kind == "message/rfc822":
            waiting.append((*_opened(content), is_cut, depth + 1))
        elif part.get_content_maintype() == "multipart":
            inner, is_open = _split(part, content, is_cut=is_cut)
            unknown = unknown or is_open
            usual = "message/rfc822" if kind == "multipart/digest" else "text/plain"
            for place, each in reversed(list(enumerate(inner, 1))):
                head, words = _opened(each)
                head.set_default_type(usual)
                waiting.append((head, words, is_open and place == len(inner), depth + 1))
    if unknown:
        raise PartsError(_CUT)
    return None


def _split(part: Message, content: bytes, *, is_cut: bool) -> tuple[list[bytes], bool]:
    """Split what has several parts; tell whether further ones may be in what was not read."""
    boundary = part.get_boundary()
    if not boundary:
        return [], is_cut
    line = re.compile(
        rb"(?:\A|\r?\n)--" + re.escape(boundary.encode("latin-1", "replace")) + rb"(--)?[ \t]*(?=\r?\n|\Z)"
    )
    inner: list[bytes] = []
    begin: int | None = None
    for found in line.finditer(content):
        if begin is not None:
            inner.append(content[begin : found.start()])
        begin = found.end()
        if found[1]:
            return inner, False
        if len(inner) >= MOST_PARTS:
            break
    if begin is not None:
        inner.append(content[begin:])
    return inner, is_cut


def _opened(content: bytes) -> tuple[Message, bytes]:
    """Split a part into its header and its content; `content` begins after its boundary, if any."""
    content = re.sub(rb"\A[ \t]*\r?\n", b"", content, count=1)
    if blank := re.match(rb"\r?\n", content):
        return Message(), content[blank.end() :]
    end = _END_OF_HEAD.search(content)
    if end is None:
        return parse_head(content)
    message, rest = parse_head(content[: end.end()])
    return message, rest + content[end.end() :]


def parse_head(head: bytes) -> tuple[Message, bytes]:
    """Parse a header; also return what follows the first line that is not a header line."""
    message = BytesParser().parsebytes(head, headersonly=True)
    rest = message.get_payload()
    return message, rest.encode("ascii", "surrogateescape") if isinstance(rest, str) else b""


def _words(part: Message, content: bytes) -> str | None:
    holder = Message()
    for name in ("Content-Transfer-Encoding", "Content-Type"):
        if name in part:
            holder[name] = str(part[name])
    holder.set_payload(content.decode("ascii", "surrogateescape"))
    data = holder.get_payload(decode=True)
    if not isinstance(data, bytes):
        return None
    try:
        text = data.decode(str(part.get_content_charset() or "utf-8"), "replace")
    except (LookupError, ValueError, TypeError):
        text = data.decode("utf-8", "replace")
    unquoted = re.sub(r"^>(>*From )", r"\1", text, flags=re.MULTILINE)
    return unquoted.replace("\0", " ").strip() or None
