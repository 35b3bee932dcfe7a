"""An audit that goes on from run to run, with what later events need in a folder."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import attrs

from comity.audits.arguments import check_audit, check_functions, read_limits
from comity.audits.log_like import LogLike, source_of
from comity.errors import UsageError, shown
from comity.events.values import Instant
from comity.incremental.store.manifest import Manifest
from comity.incremental.store.state_folder import StateFolder
from comity.results.state_report import StateReport

if TYPE_CHECKING:
    from comity.engine import Engine
    from comity.incremental.kept_for import KeptFor

_NO_TIME = dt.timedelta(0)


class AuditState:
    """A folder with the state of an audit; each `run` reads new events alone.

    The findings of all runs, less those that were withdrawn, are the findings of one audit of everything that
    the runs have read, as of the last run's instant. The folder holds personal data: only its owner may read
    what is made in it.
    """

    def __init__(self, folder: str | Path, *, allowed_lateness: dt.timedelta | None = None) -> None:
        """Name a folder, which the first run makes; nothing is read yet.

        Events may be earlier than the latest event of former runs by no more than `allowed_lateness`, by
        default not at all. What the first run says of it holds for all. Raises UsageError for another type,
        and for a lateness below zero.
        """
        path: object = folder
        if not isinstance(path, str | Path) or not str(path):
            raise UsageError(f"the folder of a state is {shown(path)}: it must be a path")
        late: object = allowed_lateness
        if late is not None and (not isinstance(late, dt.timedelta) or late < _NO_TIME):
            raise UsageError(f"`allowed_lateness` is {shown(late)}: it must be a timedelta, 0 or more")
        self.folder = Path(path)
        self.allowed_lateness = allowed_lateness

    def run(
        self,
        engine: Engine,
        log: LogLike,
        *,
        as_of: Instant | None = None,
        rebuild: bool = False,
        memory: int | None = None,
        on_rejected: Literal["report", "raise"] = "report",
        progress: Callable[[str, int, int | None], None] | None = None,
    ) -> StateReport:
        """Audit the events that have come since the last run, and keep what later ones need.

        `log` has the new events; other arguments are as in `Engine.audit`. `as_of` is by default the latest
        instant of all runs. Events that a former run has read are left out if they have ids. The events of
        the last run once more give its report again and change nothing. With `rebuild` the state begins anew,
        and the log must be the whole one.

        Everything is kept, or nothing changes. Raises UsageError for a folder of something else, in use, or
        of other policies or versions; InputError for events that are too late, a log that cannot be read and
        a damaged folder.
        """
        if any(find_spec(name) is None for name in ("numpy", "pyarrow")):
            raise UsageError("an audit with a state needs numpy and pyarrow: pip install 'comity[cli]'")
        from comity.incremental.run import Asked, run_audit

        check_audit(on_rejected, memory)
        check_functions(progress=progress)
        source = source_of(log, engine.plan, engine.log)
        lateness = self.allowed_lateness
        asked = Asked(
            read_limits(as_of=as_of)["as_of"],
            None if lateness is None else lateness // dt.timedelta(microseconds=1),
            rebuild=rebuild,
            memory=memory,
            raises=on_rejected == "raise",
            progress=progress,
        )
        folder = StateFolder(self.folder)
        with folder.locked(create=True):
            return run_audit(engine, source, folder, asked)

    def manifest(self) -> Manifest:
        """Return what is known of the state; raises UsageError if there is none yet."""
        with self._loaded() as (_, manifest):
            return manifest

    def kept(self) -> list[KeptFor]:
        """Return what the folder keeps, for how long and for which rules."""
        from comity.incremental.kept_for import kept_for

        with self._loaded() as (folder, manifest):
            return kept_for(folder, manifest)

    def forget(self, person: str) -> int:
        """Remove all that is kept of a person, and return how many events that were.

        Findings of former runs are not withdrawn; later events of the person are judged as the first ones.
        """
        from comity.incremental.forget import forget

        with self._loaded() as (folder, manifest):
            return forget(folder, manifest, person)

    def accept(self, engine: Engine) -> None:
        """Go on with the versions of comity, plugins and time zones that are here.

        Findings of former runs stand as they were reported. Raises UsageError for other rules.
        """
        from comity.incremental.made_with import check_made_with, versions_of

        with self._loaded() as (folder, manifest):
            made = attrs.evolve(manifest, versions=versions_of(engine), before=None)
            check_made_with(made, engine, None, str(self.folder))
            folder.commit(made)

    @contextmanager
    def _loaded(self) -> Iterator[tuple[StateFolder, Manifest]]:
        """Provide the locked folder and its manifest."""
        folder = StateFolder(self.folder)
        with folder.locked(create=False):
            manifest = folder.load()
            if manifest is None:
                raise UsageError(f"`{self.folder}` has no state yet")
            yield folder, manifest
