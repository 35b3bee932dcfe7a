"""Naming the plugin at fault: what a plugin's functions raise becomes a PluginError that says whose it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeVar

import attrs

from comity.errors import ComityError, InputError, PluginError
from comity.events import Channel
from comity.zone_sources import ZoneSource

T = TypeVar("T")
_READING = (ComityError, OSError, EOFError, UnicodeError)
"""What goes wrong in reading because of the log, not because of the reader."""


@contextmanager
def blame(plugin: str, what: str, *allowed: type[Exception], in_reading: bool = False) -> Iterator[None]:
    """Turn what is raised into a PluginError; errors that are meant for people stay as they are.

    So does a MemoryError, of which the machine is to blame.
    """
    try:
        yield
    except Exception as error:
        if isinstance(error, (ComityError, MemoryError, *allowed)):
            raise
        message = f"{what} failed: {type(error).__name__}: {error}"
        raise PluginError(message, plugin, in_reading=in_reading) from error


def guarded(hook: str, item: Any, plugin: str) -> Any:
    """Give a record whose functions name their plugin where they fail."""
    match hook:
        case "comity_readers":
            what = f"the reader `{item.name}`"
            whole = partial(_check_batch, f"{what} of the plugin {plugin}")
            made = attrs.evolve(item, read=_iterating(item.read, plugin, what, whole, in_reading=True))
            if item.recognises is not None:
                recognises = _calling(item.recognises, plugin, what, in_reading=True)
                made = attrs.evolve(made, recognises=recognises)
            if item.stretches is not None:
                made = attrs.evolve(made, stretches=_calling(item.stretches, plugin, what, *_READING))
            if item.folder is not None:
                read = _iterating(item.folder.read, plugin, what, whole, in_reading=True)
                recognises = _calling(item.folder.recognises, plugin, what, in_reading=True)
                made = attrs.evolve(made, folder=attrs.evolve(item.folder, recognises=recognises, read=read))
            return made
        case "comity_formatters":
            what = f"the formatter `{item.name}`"
            whole = partial(_check_text, f"{what} of the plugin {plugin}")
            return attrs.evolve(item, write=_iterating(item.write, plugin, what, whole))
        case "comity_commands":
            return attrs.evolve(item, load=_command(item.load, plugin, f"the command `{item.name}`"))
        case "comity_zones":
            made_source: ZoneSource = attrs.evolve(item, plugin=plugin)
            return made_source
        case "comity_channels" if isinstance(item, Channel) and item.normalise is not None:
            what = f"the channel `{item.name}`"
            return attrs.evolve(item, normalise=_calling(item.normalise, plugin, what, ValueError))
    return item


def _calling(
    function: Callable[..., T],
    plugin: str,
    what: str,
    *allowed: type[Exception],
    in_reading: bool = False,
) -> Callable[..., T]:
    def call(*given: Any) -> T:
        with blame(plugin, what, *allowed, in_reading=in_reading):
            return function(*given)

    return call


def _command(load: Callable[[], Any], plugin: str, what: str) -> Callable[[], Any]:
    def guarded_load() -> Any:
        import click

        with blame(plugin, what):
            command = load()
        if not isinstance(command, click.Command):
            raise PluginError(f"{what} loads {command!r:.80}, which is no `click.Command`", plugin)
        made: Any = command
        invoke = made.invoke

        def blamed(context: Any) -> Any:
            with blame(plugin, what, click.ClickException, click.exceptions.Exit, click.Abort):
                return invoke(context)

        made.invoke = blamed
        return made

    return guarded_load


def _iterating(
    function: Callable[..., Iterator[T]],
    plugin: str,
    what: str,
    check: Callable[[T], None],
    *,
    in_reading: bool = False,
) -> Callable[..., Iterator[T]]:
    def iterate(*given: Any) -> Iterator[T]:
        with blame(plugin, what, *_READING, in_reading=in_reading):
            for item in function(*given):
                check(item)
                yield item

    return iterate


def _check_batch(whose: str, batch: Any) -> None:
    """Raise InputError for rows of which some cells are missing: they would be read as other rows' cells."""
    from comity.readers.reader import Batch

    if not isinstance(batch, Batch):
        raise InputError(f"{whose} gave {batch!r:.80}, which is no `Batch`")
    rows = len(batch.numbers)
    for name, cells in batch.columns.items():
        if len(cells) != rows:
            raise InputError(f"{whose} gave {rows} rows with {len(cells)} cells in the column `{name}`")


def _check_text(whose: str, piece: Any) -> None:
    if not isinstance(piece, str | bytes):
        raise PluginError(f"{whose} gave {piece!r:.80}, which is neither text nor bytes")
