"""E-mail addresses, and the one form in which each is written."""

from __future__ import annotations

import re
from typing import Final

from comity.texts.identity import identity

_SCHEME: Final = re.compile(r"\s*mailto\s*:\s*([^?]*)(?:\?.*)?", re.IGNORECASE | re.DOTALL)
_QUOTED: Final = re.compile(r"\"[^\"]*\"")
_REMARK: Final = re.compile(r"\s*\([^()]*\)\s*")
_ENDS: Final = ";, "
_SEVERAL: Final = "there is more than one address"
_QUOTES: Final = ("''", '""', "\u2018\u2019", "\u201c\u201d")
_LOCAL: Final = re.compile(r"[^\s<>()\[\],;:\"\\@]+|\"(?:[^\"\\]|\\.)+\"")
_LABEL: Final = re.compile(r"[^\W_](?:[\w-]*[^\W_])?")


def normalise_email(address: str, region: str | None = None) -> str:
    """Return an address without a display name, a remark and `mailto:`, in small letters.

    `Ann Lee <mailto:Ann@Example.org>` becomes `ann@example.org`. A domain with other letters than ASCII is
    written in the form of the domain name system. Raises ValueError for a text that is not an address.
    """
    text = _bare(_bare(identity(address)))
    local, at, domain = text.rpartition("@")
    if not at:
        raise ValueError("it has no `@`")
    if not _LOCAL.fullmatch(local):
        raise ValueError(_SEVERAL if "@" in local else "the text before `@` is not a name")
    domain = _ascii(domain.removesuffix("."))
    if not all(_LABEL.fullmatch(label) for label in domain.split(".")):
        raise ValueError("the text after `@` is not a domain")
    return identity(f"{local}@{domain}".casefold())


def _bare(text: str) -> str:
    """Remove what is around an address: a name before it, a scheme, a remark, quotes."""
    text = text.rstrip(_ENDS)
    if text.endswith(">"):
        name, _, text = text[:-1].rpartition("<")
        name = _QUOTED.sub("", name)
        if "<" in name or ("@" in name and re.search("[;,]", name)):
            raise ValueError(_SEVERAL)
    scheme = _SCHEME.fullmatch(text)
    if scheme:
        from urllib.parse import unquote

        text = unquote(scheme[1])
    text = _REMARK.sub("", text).strip().rstrip(_ENDS)
    if len(text) > 2 and text[0] + text[-1] in _QUOTES and "@" in text:
        text = text[1:-1].strip()
    return text


def _ascii(domain: str) -> str:
    if domain.isascii():
        return domain
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError:
        raise ValueError("the text after `@` is not a domain") from None
