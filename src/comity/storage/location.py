"""A place at a URL: a file or a folder, read and written through Arrow's file systems or through fsspec."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final
from urllib.parse import quote, urlsplit

import pyarrow as pa
from pyarrow import fs

from comity.errors import InputError, UsageError, one_of
from comity.files_below import MOST_ENTRIES
from comity.records import frozen
from comity.storage.urls import shown_url

_OF_ARROW: Final = frozenset({"s3", "gs", "gcs", "abfs", "abfss", "hdfs", "viewfs", "file"})
"""Schemes that Arrow reads itself, with the credentials that the providers' own tools use."""
_ENDPOINTS: Final = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")
"""Variables that name another server than that of AWS; its own tools read them, and Arrow does not."""
_MAGIC: Final = re.compile(r"[*\[]")
_TOKEN: Final = re.compile(r"\*\*/|\*|\[!?[^\]/\\]+\]|.", re.DOTALL)


@frozen(eq=False)
class Location:
    """A place at a URL."""

    name: str
    """The URL as it is shown."""
    files: fs.FileSystem
    path: str
    """Its path on the file system."""

    def info(self) -> fs.FileInfo:
        """Return what is there; raises InputError where nobody can know."""
        with self.faults():
            (found,) = self.files.get_file_info([self.path])
            return found

    def below(self, path: str = "") -> list[fs.FileInfo]:
        """Return all files below the folder, or below another path, in the order of their paths.

        Raises InputError where it cannot be listed, and UsageError where there are more than anybody has.
        """
        with self.faults():
            selector = fs.FileSelector(path or self.path, recursive=True, allow_not_found=True)
            found = self.files.get_file_info(selector)
        if len(found) > MOST_ENTRIES:
            raise UsageError(
                f"there are more than {MOST_ENTRIES:,} files below `{self.name}`: name a folder nearer to "
                "those that are meant"
            )
        return sorted((each for each in found if each.is_file), key=lambda each: each.path)

    def at(self, path: str) -> Location:
        """Return another place on the same file system."""
        before, _, _ = self.name.partition("://")
        host = urlsplit(self.name).netloc
        own = path.removeprefix("/")
        begins = f"{before}://{host}"
        # On object storage a path begins with the bucket or the container, elsewhere it is that of a server.
        root = host.rpartition("@")[0] or host
        own = own.removeprefix(f"{root}/") if root else own
        return Location(f"{begins}/{own}", self.files, path)

    def refuse_missing_root(self) -> None:
        """Raise InputError if the bucket or the container is missing; other folders come with their files."""
        root, _, below = self.path.partition("/")
        if root and below and self.files.type_name in ("s3", "gcs", "abfs"):
            with self.faults():
                (found,) = self.files.get_file_info([root])
            if found.type == fs.FileType.NotFound:
                raise InputError(f"{self.name}: cannot be read: there is no bucket or container `{root}`")

    @contextmanager
    def faults(self) -> Iterator[None]:
        """Turn the faults of file systems into an InputError that names the place."""
        try:
            yield
        except (OSError, pa.ArrowException, ValueError) as error:
            raise InputError(f"{self.name}: {reason_of(error)}") from None


def locate(url: str) -> Location:
    """Return the place at a URL.

    Raises UsageError for a scheme that nobody knows and for a missing package, InputError for a URL that its
    file system refuses.
    """
    scheme = urlsplit(url).scheme.lower()
    name = shown_url(url)
    try:
        if scheme in _OF_ARROW:
            files, path = fs.FileSystem.from_uri(_escaped(_with_endpoint(url, scheme)))
            return Location(name, files, path)
        found, path = _by_fsspec(url, name)
        return Location(name, fs.PyFileSystem(fs.FSSpecHandler(found)), path)
    except (OSError, pa.ArrowException) as error:
        raise InputError(f"{name}: {reason_of(error)}") from None


def matching(place: Location) -> list[Location]:
    """Return the files that a URL with `*` or `[` stands for, in order; `**/` stands for any folders."""
    magic = _MAGIC.search(place.path)
    folder = place.path[: magic.start() if magic else None].rpartition("/")[0]
    pattern = re.compile("".join(map(_translated, _TOKEN.findall(place.path))))
    return [place.at(each.path) for each in place.below(folder) if pattern.fullmatch(each.path)]


def _translated(token: str) -> str:
    """Return a token of a glob as a regular expression; only `**/` reaches into other folders."""
    if token == "**/":
        return "(?:.*/)?"
    if token == "*":
        return "[^/]*"
    if token.startswith("[") and len(token) > 1:
        return f"[^{token[2:]}" if token[1] == "!" else token
    return re.escape(token)


def has_magic(place: Location) -> bool:
    """Return whether a path stands for several files; the address of a web page never does."""
    return not place.name.lower().startswith("http") and _MAGIC.search(place.path) is not None


def reason_of(error: BaseException) -> str:
    """Return why a file system refuses something: one line, without a capital at the beginning."""
    if isinstance(error, FileNotFoundError):
        return "cannot be read: there is no such file"
    if isinstance(error, PermissionError):
        return "cannot be read: permission denied"
    text = " ".join(str(error).split()) or type(error).__name__
    return f"cannot be read: {text[:1].lower()}{text[1:]}"


def _escaped(url: str) -> str:
    """Return a URL in which a blank or another character that a URL cannot have is escaped."""
    return quote(url, safe="/:@?&=#%+!$'()*,;[]~")


def _with_endpoint(url: str, scheme: str) -> str:
    """Return a URL of S3 with the server that the environment names."""
    if scheme != "s3" or "endpoint_override=" in url:
        return url
    for variable in _ENDPOINTS:
        endpoint = os.environ.get(variable)
        if endpoint:
            parts = urlsplit(endpoint)
            given = f"scheme={parts.scheme or 'https'}&endpoint_override={parts.netloc or parts.path}"
            return f"{url}{'&' if '?' in url else '?'}{given}"
    return url


def _by_fsspec(url: str, name: str) -> tuple[Any, str]:
    try:
        import fsspec
    except ImportError:
        raise UsageError(
            f"{name}: files at such a URL need fsspec: pip install 'comity[storage]'; "
            f"without it there are {one_of(sorted(f'{each}://' for each in _OF_ARROW))}"
        ) from None
    try:
        found, path = fsspec.core.url_to_fs(url)
    except ImportError as error:
        raise UsageError(f"{name}: {' '.join(str(error).split())}") from None
    except ValueError as error:
        raise UsageError(f"{name}: {reason_of(error).removeprefix('cannot be read: ')}") from None
    return found, path
