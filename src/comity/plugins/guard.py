"""Naming the plugin at fault: an exception of a plugin's function becomes a PluginError with its name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, Final, TypeVar

import attrs

from comity.errors import ComityError, PluginError, error_text, passes, shown
from comity.events.channels.channel import Channel
from comity.events.zone_sources import ZoneSource
from comity.plugins.whole import whole_batch, whole_split

T = TypeVar("T")
Allowed = tuple[type[Exception], ...]
_MEANT: Final = (ComityError,)
"""Errors whose text is meant for people."""
_READING: Final = (ComityError, OSError, EOFError, UnicodeError)
"""Errors in reading whose cause is the log, not the reader."""
_END: Final = object()


@contextmanager
def blame(plugin: str, what: str, allowed: Allowed = _MEANT, *, in_reading: bool = False) -> Iterator[None]:
    """Turn any exception into a PluginError, except those in `allowed`.

    An interruption by the user, the end of the process, and a MemoryError, which the machine causes, pass
    too. A SystemExit is a fault like any other: a plugin does not decide about the exit status.
    """
    try:
        yield
    except BaseException as error:
        if isinstance(error, allowed) or passes(error):
            raise
        raise PluginError(f"{what} failed: {error_text(error)}", plugin, in_reading=in_reading) from error


def guarded(hook: str, item: Any, plugin: str) -> Any:
    """Return a record whose functions name their plugin when they fail."""
    match hook:
        case "comity_readers":
            return _reader(item, plugin)
        case "comity_formatters":
            what = f"the formatter `{item.name}`"
            # An OSError is the formatter's own: it only gives the pieces, which others write.
            return attrs.evolve(
                item, write=_iterating(item.write, plugin, what, partial(_piece, plugin, what))
            )
        case "comity_commands":
            return attrs.evolve(item, load=_command(item.load, plugin, f"the command `{item.name}`"))
        case "comity_zones":
            made_source: ZoneSource = attrs.evolve(item, plugin=plugin)
            return made_source
        case "comity_channels" if isinstance(item, Channel) and item.normalise is not None:
            what = f"the channel `{item.name}`"
            normalise = _calling(item.normalise, plugin, what, (*_MEANT, ValueError))
            return attrs.evolve(item, normalise=partial(_address, normalise, plugin, what))
    return item


def _reader(item: Any, plugin: str) -> Any:
    what = f"the reader `{item.name}`"

    def whole(batch: Any) -> Any:
        with _gave(plugin, what, in_reading=True):
            return whole_batch(batch)

    made = attrs.evolve(item, read=_iterating(item.read, plugin, what, whole, _READING, in_reading=True))
    if item.recognises is not None:
        recognises = _calling(item.recognises, plugin, what, in_reading=True)
        made = attrs.evolve(made, recognises=recognises)
    if item.splits is not None:
        made = attrs.evolve(made, splits=_splitting(item.splits, plugin, what))
    if item.folder is not None:
        read = _iterating(item.folder.read, plugin, what, whole, _READING, in_reading=True)
        recognises = _calling(item.folder.recognises, plugin, what, in_reading=True)
        made = attrs.evolve(made, folder=attrs.evolve(item.folder, recognises=recognises, read=read))
    return made


@contextmanager
def _gave(plugin: str, what: str, *, in_reading: bool = False) -> Iterator[None]:
    """Blame the reader for what it returns, and for what fails while that is examined."""
    try:
        with blame(plugin, what, (PluginError,), in_reading=in_reading):
            yield
    except PluginError as error:
        if error.plugin:
            raise
        raise PluginError(f"{what} gave {error}", plugin, in_reading=in_reading) from None


def _calling(
    function: Callable[..., T], plugin: str, what: str, allowed: Allowed = _MEANT, *, in_reading: bool = False
) -> Callable[..., T]:
    def call(*given: Any) -> T:
        with blame(plugin, what, allowed, in_reading=in_reading):
            return function(*given)

    return call


def _address(normalise: Callable[..., Any], plugin: str, what: str, *given: Any) -> str:
    address = normalise(*given)
    if not isinstance(address, str):
        raise PluginError(f"{what} gave {shown(address)}, which is not a text", plugin)
    return address


def _command(load: Callable[[], Any], plugin: str, what: str) -> Callable[[], Any]:
    def guarded_load() -> Any:
        import click

        with blame(plugin, what):
            command = load()
        if not isinstance(command, click.Command):
            raise PluginError(f"{what} loads {shown(command)}, which is not a `click.Command`", plugin)
        allowed = (*_MEANT, click.ClickException, click.exceptions.Exit, click.Abort)
        made: Any = command
        made.invoke = _calling(made.invoke, plugin, what, allowed)
        parse_args = made.parse_args

        def parse(*given: Any) -> Any:
            with blame(plugin, what, allowed):
                return parse_args(*given)

        made.parse_args = parse
        return made

    return guarded_load


def _iterating(
    function: Callable[..., Iterator[Any]],
    plugin: str,
    what: str,
    whole: Callable[[Any], T],
    allowed: Allowed = _MEANT,
    *,
    in_reading: bool = False,
) -> Callable[..., Iterator[T]]:
    """Guard what a function yields, but not what is done with it between two items."""
    guard = partial(blame, plugin, what, allowed, in_reading=in_reading)

    def iterate(*given: Any) -> Iterator[T]:
        with guard():
            items = iter(function(*given))
        while True:
            with guard():
                item = next(items, _END)
            if item is _END:
                return
            yield whole(item)

    return iterate


def _splitting(function: Callable[..., Any], plugin: str, what: str) -> Any:
    """Guard a function that returns a header and functions that each load a split.

    A log that the reader does not split is read row by row.
    """
    guard = partial(blame, plugin, what, _READING)

    def load_whole(load: Callable[[], Any]) -> Any:
        with guard():
            split = load()
        with _gave(plugin, what):
            return whole_split(split)

    def loading(load: Any) -> Any:
        if not callable(load):
            raise PluginError(f"{what} gave {shown(load)}, which does not load a split", plugin)
        return partial(load_whole, load)

    def splits(*given: Any) -> Any:
        with guard():
            found = function(*given)
            if found is None:
                return None
            head, loads = found
        with _gave(plugin, what):
            head = whole_batch(head)
        return head, _iterating(lambda: loads, plugin, what, loading, _READING)()

    return splits


def _piece(plugin: str, what: str, piece: Any) -> str | bytes:
    if not isinstance(piece, str | bytes):
        raise PluginError(f"{what} gave {shown(piece)}, which is neither text nor bytes", plugin)
    return piece
