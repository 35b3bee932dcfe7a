"""The options of commands that judge a log, and the engine and the log that they stand for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from collections.abc import Mapping as Mapping_
from functools import wraps
from pathlib import Path
from typing import Any, Literal

import attrs
import click

from comity.cli.options.plugin_choice import (
    budgets_of,
    log_budgets_of,
    plugins_of,
    reader_options,
    sound_plugins,
)
from comity.cli.options.policy_options import files_of, folders_of, policy_path_option
from comity.cli.output.overwriting import refuse_overwriting
from comity.cli.output.progress import Progress
from comity.cli.output.rejects import Rejects
from comity.clock.instants import check_range, parse_iso
from comity.clock.zones import find_zone
from comity.engine import Engine
from comity.errors import EventError, UsageError, suggest, system_reason
from comity.plugins.manager import Plugins
from comity.policy.compose.search import looks_like_path
from comity.readers import (
    Log,
    Mapping,
    find_mapping,
    load_mapping,
    mapping_from_options,
)
from comity.readers.sources.find_sources import find_sources
from comity.records import frozen

_OPTIONS = (
    click.option(
        "--policy",
        "policies",
        multiple=True,
        required=True,
        metavar="NAME-OR-FILE",
        help="A policy's id, or its file. Repeatable.",
    ),
    policy_path_option,
    click.option(
        "--input-format", metavar="NAME", help="The log's format, where its extension does not say."
    ),
    click.option(
        "--map", "maps", multiple=True, metavar="FIELD=COLUMN", help="Take a field from a column. Repeatable."
    ),
    click.option(
        "--set", "sets", multiple=True, metavar="FIELD=VALUE", help="Give a field one value. Repeatable."
    ),
    click.option(
        "--mapping",
        multiple=True,
        metavar="NAME-OR-FILE",
        help="A mapping file or a profile: how rows become events.",
    ),
    click.option(
        "--dedupe",
        type=click.Choice(["id"]),
        help="Skip rows whose id, person and instant an earlier row has, in any of the files.",
    ),
    click.option("--timezone", metavar="ZONE", help="The zone of times that have no offset."),
    click.option(
        "--rejects",
        metavar="FILE",
        help="Write rejected rows there (CSV) instead of failing because of them.",
    ),
)


@frozen
class LogSource:
    """The values of the shared options: which policies, and which log."""

    logs: tuple[str, ...]
    policies: tuple[str, ...]
    policy_path: tuple[str, ...]
    input_format: str | None
    maps: tuple[str, ...]
    sets: tuple[str, ...]
    mapping: str | None
    timezone: str | None
    dedupe: Literal["id"] | None
    rejects: str | None
    reader_options: dict[str, tuple[str, ...]]

    def engine(self) -> Engine:
        """Load the plugins and the policies; raises PluginError where a plugin cannot be loaded."""
        context = click.get_current_context()
        sound_plugins(context)
        return make_engine(self.policies, self.policy_path, context)

    def refuse_overwriting(self, engine: Engine, outputs: Mapping_[str, str | None]) -> None:
        """Raise UsageError where an output, by its option, would replace an input or another output."""
        refuse_overwriting(outputs, self._read(engine))

    def _read(self, engine: Engine) -> Iterator[tuple[str, str | Path]]:
        """Yield the files that are read, each with what it is."""
        for source in find_sources(self.logs, tuple(engine.plugins.readers.values()), self.input_format):
            yield "log", source.name
        yield from files_of(engine)
        if self.mapping is not None:
            known = engine.plugins.mappings.get(self.mapping)
            is_file = looks_like_path(self.mapping) or Path(self.mapping).exists() or known is None
            yield "mapping", self.mapping if known is None or is_file else known.path

    def log(self, engine: Engine, rejected: Rejects, progress: Progress) -> Log:
        """Prepare the log, with the columns that the engine's policies need."""
        plugins = engine.plugins
        mapping = make_mapping(self.mapping, self.maps, self.sets, plugins)
        if self.input_format is not None:
            choose("--input-format", self.input_format, dict(plugins.readers), plugins, "reader")
        log = engine.log(
            *self.logs,
            mapping=mapping,
            timezone=self.timezone,
            input_format=self.input_format,
            options=self.reader_options,
            dedupe=self.dedupe,
            budgets=log_budgets_of(click.get_current_context()),
            on_start=rejected.begin,
            on_reject=rejected.take if rejected.takes_all else None,
            progress=progress.bytes,
        )
        rejected.log = log
        return log


def log_options(command: Callable[..., int], *, required: bool = True) -> Callable[..., int]:
    """Add the options for policies and the log to a command, which gets their values as one `source`.

    Without `required` the command itself sees to it that there is a log.
    """

    @wraps(command)
    def with_source(**given: Any) -> int:
        options = reader_options(given)
        shared = {a.name: given.pop(a.name) for a in attrs.fields(LogSource) if a.name in given}
        shared["reader_options"] = options
        if len(shared["mapping"]) > 1:
            raise UsageError("--mapping is given twice: one mapping says how rows become events")
        shared["mapping"] = next(iter(shared["mapping"]), None)
        return command(source=LogSource(**shared), **given)

    logs = click.argument("logs", nargs=-1, required=required, metavar="LOG...")
    for option in reversed((logs, *_OPTIONS)):
        with_source = option(with_source)
    return with_source


def make_engine(policies: tuple[str, ...], policy_path: tuple[str, ...], context: click.Context) -> Engine:
    """Load the policies, with the plugins and the budgets of this run."""
    plugins, budgets = plugins_of(context), budgets_of(context)
    folders = folders_of(policy_path)
    wanted = [Path(name) if looks_like_path(name) or Path(name).is_file() else name for name in policies]
    try:
        return Engine.of(*wanted, policy_path=folders, plugins=plugins, budgets=budgets)
    except IsADirectoryError as error:
        raise UsageError(f"policy `{error.filename}` is a folder, not a file") from None
    except OSError as error:
        raise UsageError(f"policy `{error.filename}` cannot be read: {system_reason(error)}") from None


def make_mapping(
    mapping: str | None, maps: tuple[str, ...], sets: tuple[str, ...], plugins: Plugins
) -> Mapping:
    """Load the mapping file or profile, and add the options to it."""
    try:
        if mapping is None:
            base = None
        elif looks_like_path(mapping) or Path(mapping).exists():
            base = load_mapping(Path(mapping), channels=plugins.channels, left_out=plugins.left_out)
        else:
            base = find_mapping(mapping, plugins.mappings, plugins.advise, plugins.channels, plugins.left_out)
    except OSError as error:
        raise UsageError(f"mapping `{mapping}` cannot be read: {system_reason(error)}") from None
    return mapping_from_options(base, maps, sets)


def option_instant(name: str, text: str | None, timezone: str | None) -> int | None:
    """Return an option's instant; one without an offset is local to `--timezone`. Raises UsageError."""
    if text is None:
        return None
    try:
        micros, precision = parse_iso(text.strip())
        if precision != "instant":
            if timezone is None:
                raise UsageError(f"{name} `{text}` has no offset: add one such as `Z`, or give --timezone")
            micros = find_zone(timezone).wall_to_instant(micros)[0]
        return check_range(micros)
    except EventError as error:
        raise UsageError(f"{name}: {error}") from None


def choose(what: str, name: str, known: dict[str, Any], plugins: Plugins, record: str) -> Any:
    """Return a record of a type by its name; raises UsageError with advice."""
    if name not in known:
        hint = suggest(name, known) or f"known are {', '.join(sorted(known))}"
        hint = "; ".join(filter(None, (plugins.advise(record, name), hint)))
        raise UsageError(f"{what} `{name}` is not known: {hint}")
    return known[name]
