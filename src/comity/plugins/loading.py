"""Loading one plugin: importing it, checking it against the API, and calling its hooks."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Literal

import attrs
import pluggy

from comity.errors import ComityError, PluginError, error_text, one_of, passes, shown, suggest
from comity.notices import Notice
from comity.plugins import hooks
from comity.plugins.data_plugin import DataPlugin, find_data_file
from comity.plugins.distribution import Offered
from comity.plugins.guard import guarded
from comity.plugins.records import SORTS, check_record
from comity.plugins.trace import trace_calls
from comity.records import define, frozen

LoadState = Literal["loaded", "blocked", "failed"]
HOOKS = tuple(sort.hook for sort in SORTS)


@frozen
class PluginState:
    """The state of an installed plugin."""

    offered: Offered
    state: LoadState
    reason: str = ""
    """Why it is not loaded."""
    api: int | None = None
    hooks: tuple[str, ...] = ()
    """The hooks that it implements, if it is imported."""
    seconds: float | None = None
    """How long it took to import it and to call its hooks."""

    def to_dict(self) -> dict[str, Any]:
        """Return the state as `comity plugins --json` writes it."""
        offered = self.offered
        return {
            "name": offered.name,
            "distribution": offered.distribution,
            "version": offered.version,
            "api": self.api,
            "state": self.state,
            "reason": self.reason,
            "hooks": list(self.hooks),
            "milliseconds": None if self.seconds is None else round(self.seconds * 1000, 1),
            "issues": offered.tracker,
        }


@define
class Loading:
    """A plugin while it is loaded, with what is known of it so far."""

    offered: Offered
    report: Callable[[str], None] | None = None
    api: int | None = None
    hooks: tuple[str, ...] = ()
    provided: dict[str, list[Any]] = attrs.field(factory=dict)
    begin: float = attrs.field(factory=time.perf_counter)

    def load(self) -> None:
        """Import it and call its hooks; raises PluginError for every failure."""
        self.register(self._import())

    def register(self, plugin: object) -> None:
        """Check a plugin and call its hooks; raises PluginError for every failure."""
        with _faults("it"):
            self._take(plugin)

    def _take(self, plugin: object) -> None:
        if isinstance(plugin, type):
            plugin = self._make(plugin)
        self.api = _api_of(plugin)
        manager = pluggy.PluginManager("comity")
        manager.add_hookspecs(hooks)
        if self.report is not None:
            trace_calls(manager, self.offered.name, self.report)
        try:
            manager.register(plugin, self.offered.name)
            manager.check_pending()
        except pluggy.PluginValidationError as error:
            raise PluginError(_invalid(plugin, error)) from None
        callers = manager.get_hookcallers(plugin) or []
        self.hooks = tuple(hook for hook in HOOKS if any(caller.name == hook for caller in callers))
        if not self.hooks:
            raise PluginError(f"it implements no hook: there are {one_of(HOOKS)}")
        for hook in self.hooks:
            with _faults(f"`{hook}`"):
                gave = [item for items in getattr(manager.hook, hook)() for item in items]
            for item in gave:
                check_record(hook, item)
            self.provided[hook] = [guarded(hook, item, self.offered.title) for item in gave]

    def _make(self, plugin: type[Any]) -> object:
        with _faults("it", "cannot be made"):
            return plugin()

    def state(self, state: LoadState, reason: str = "") -> PluginState:
        """Return the state of the plugin."""
        return PluginState(
            self.offered, state, reason, self.api, self.hooks, time.perf_counter() - self.begin
        )

    def _import(self) -> object:
        with _faults("it", "cannot be imported"):
            try:
                if self.offered.value.endswith(".toml"):
                    return DataPlugin(find_data_file(self.offered.value))
                assert self.offered.point is not None, "INVARIANT: what is installed has an entry point"
                return self.offered.point.load()
            except PluginError:
                raise
            except (ComityError, OSError) as error:
                raise PluginError(f"it cannot be read: {error}") from error


def left_out_notices(states: Iterable[PluginState]) -> Iterator[Notice]:
    """Yield a notice for each plugin that cannot be loaded."""
    for state in states:
        if state.state == "failed":
            yield Notice(
                "plugin-left-out",
                f"the plugin `{state.offered.name}` cannot be loaded and is left out: {state.reason}",
                help=f"repair it, or leave it out by its name, `no:{state.offered.name}`",
            )


@contextmanager
def _faults(what: str, verb: str = "failed") -> Iterator[None]:
    """Turn every exception while a plugin is loaded into a PluginError; a SystemExit is a fault too."""
    try:
        yield
    except PluginError:
        raise
    except ComityError as error:
        raise PluginError(f"{what} {verb}: {error}") from error
    except BaseException as error:
        if passes(error) and not isinstance(error, MemoryError):
            raise
        raise PluginError(f"{what} {verb}: {error_text(error)}") from error


def _api_of(plugin: object) -> int:
    api = getattr(plugin, "COMITY_API", 1)
    if type(api) is not int or api not in hooks.SERVED:
        served = " and ".join(map(str, sorted(hooks.SERVED)))
        raise PluginError(f"it asks for the plugin API {shown(api)}, and this comity serves {served}")
    return api


def _invalid(plugin: object, error: pluggy.PluginValidationError) -> str:
    """Say what is wrong with a plugin's hooks."""
    for name in dir(plugin):
        marked = getattr(getattr(plugin, name, None), "comity_impl", None)
        if marked and name not in HOOKS:
            return f"`{name}` is not a hook: {suggest(name, HOOKS) or f'there are {one_of(HOOKS)}'}"
    return " ".join(str(error).split())
