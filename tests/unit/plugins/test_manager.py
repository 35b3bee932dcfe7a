"""Plugins of installed distributions: found by their metadata, loaded one by one, blocked before import."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from comity import Engine, PluginError, Plugins, PolicyError, UsageError
from comity.plugins import PluginState

HOOK = "from comity.plugins import Channel, hookimpl\n@hookimpl\ndef comity_channels():\n    return [{}]\n"
MODULES = {
    "good": HOOK.format('Channel("pigeon", "post")'),
    "later": HOOK.format('Channel("dove", "post")'),
    "absent": "import no_such_module_at_all",
    "unsound": "def broken(:\n",
    "leaving": "raise SystemExit(3)",
    "newer": "COMITY_API = 2\n" + HOOK.format(""),
    "taker": HOOK.format('Channel("e-mail", "written")'),
    "second": HOOK.format('Channel("pigeon", "post")'),
    "wrong": HOOK.format('"pigeon"'),
    "raising": HOOK.format("1 / 0"),
    "misspelt": "from comity.plugins import hookimpl\n@hookimpl\ndef comity_chanels():\n    return []\n",
    "nothing": "x = 1\n",
}
REASONS = {
    "absent": "it cannot be imported: ModuleNotFoundError: No module named 'no_such_module_at_all'",
    "unsound": "it cannot be imported: SyntaxError:",
    "leaving": "it cannot be imported: SystemExit: 3",
    "newer": "it asks for the plugin API 2, and this comity serves 1",
    "taker": "the channel `e-mail` is taken by comity itself",
    "second": "the channel `pigeon` is taken by test-good 1.0, issues: https://example.org/good/issues",
    "wrong": "`comity_channels` gave 'pigeon', which is not a `Channel`",
    "raising": "`comity_channels` failed: ZeroDivisionError: division by zero",
    "misspelt": "`comity_chanels` is not a hook: did you mean `comity_channels`?",
    "nothing": "it implements no hook",
}


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, code in MODULES.items():
        seen = "from pathlib import Path\nPath(__file__).with_suffix('.imported').touch()\n"
        (tmp_path / f"test_plugin_{name}.py").write_text(("" if name == "unsound" else seen) + code)
        info = tmp_path / f"test_{name}-1.0.dist-info"
        info.mkdir()
        url = f"Project-URL: Issue Tracker, https://example.org/{name}/issues"
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: test-{name}\nVersion: 1.0\n{url}\n")
        (info / "entry_points.txt").write_text(f"[comity]\n{name} = test_plugin_{name}\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delenv("COMITY_PLUGINS", raising=False)
    for name in [name for name in sys.modules if name.startswith("test_plugin_")]:
        monkeypatch.delitem(sys.modules, name)
    return tmp_path


def mine(plugins: Plugins) -> dict[str, PluginState]:
    return {s.offered.name: s for s in plugins.states if s.offered.distribution.startswith("test-")}


def imported(site: Path) -> set[str]:
    return {path.stem.removeprefix("test_plugin_") for path in site.glob("*.imported")}


def test_each_that_fails_is_reported_by_name_version_cause_and_tracker(site: Path) -> None:
    told: list[str] = []
    plugins = Plugins.installed(told.append)
    states = mine(plugins)
    assert {name for name, state in states.items() if state.state == "loaded"} == {"good", "later"}
    for name, reason in REASONS.items():
        assert states[name].state == "failed"
        assert states[name].reason.startswith(reason)
        (line,) = [line for line in told if f"`{name}`" in line.split(":")[0]]
        assert f"(test-{name} 1.0, issues: https://example.org/{name}/issues)" in line
    assert plugins.channels.medium("pigeon") == plugins.channels.medium("dove") == "post"
    assert plugins.channels.name("e-mail") == "email"
    assert states["good"].hooks == ("comity_channels",)
    assert (states["good"].seconds or 0) > 0


def test_what_is_blocked_is_not_imported(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert Plugins().states == ()
    plugins = Plugins.installed(names=["good"])
    assert imported(site) == {"good"}
    assert mine(plugins)["later"].state == "blocked"
    assert mine(plugins)["later"].reason == "not among those of `names`"
    monkeypatch.setenv("COMITY_PLUGINS", "test-later, good")
    plugins = Plugins.installed()
    assert imported(site) == {"good", "later"}
    assert mine(plugins)["wrong"].reason == "not among those of COMITY_PLUGINS"
    monkeypatch.setenv("COMITY_PLUGINS", "")
    assert {s.state for s in Plugins.installed().states} == {"blocked"}
    assert imported(site) == {"good", "later"}


def test_one_can_be_blocked_and_the_others_stay(site: Path) -> None:
    plugins = Plugins.installed(names=["no:good"])
    states = mine(plugins)
    assert (states["good"].state, states["good"].reason) == ("blocked", "blocked by `names`")
    assert states["second"].state == "loaded"
    assert "good" not in imported(site)


def test_a_plugin_that_is_asked_for_must_load(site: Path) -> None:
    with pytest.raises(
        PluginError, match=r"`newer` cannot be loaded: it asks for the plugin API 2.*issues: h"
    ):
        Plugins.installed(names=["newer"])
    with pytest.raises(UsageError, match="`names`: no plugin is called `god`: did you mean `good`"):
        Plugins.installed(names=["god"])


def test_a_policy_says_which_plugin_would_provide_a_kind(site: Path) -> None:
    text = (
        'comity = 1\n[policy]\nid = "p"\ntitle = "P"\nversion = "1"\n[rules.r]\nkind = "{}"\ncontact = {{}}\n'
    )
    with pytest.raises(PolicyError, match="help: the plugin `comity-collections` provides it"):
        Engine.of(text.format("seven-in-seven"))
    plugins = Plugins.installed(names=["good", "no:later"])
    with pytest.raises(
        PolicyError, match=r"a plugin that is not loaded provides it: .*`later` is blocked by"
    ):
        Engine.of(text.format("eight-in-eight"), plugins=plugins)


def run(site: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(site), **variables}
    command = [sys.executable, "-m", "comity", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, cwd=site, check=False)


def test_the_command_lists_them_with_state_and_cause(site: Path) -> None:
    done = run(site, "plugins", "--json")
    assert done.returncode == 0
    told = {each["name"]: each for each in json.loads(done.stdout)["plugins"]}
    assert told["newer"]["state"] == "failed"
    assert told["newer"]["reason"] == REASONS["newer"]
    assert told["newer"]["issues"] == "https://example.org/newer/issues"
    assert told["good"] == {
        "name": "good",
        "distribution": "test-good",
        "version": "1.0",
        "api": 1,
        "state": "loaded",
        "reason": "",
        "hooks": ["comity_channels"],
        "milliseconds": told["good"]["milliseconds"],
        "issues": "https://example.org/good/issues",
    }
    lines = run(site, "plugins", "--plugin", "good").stdout.splitlines()
    assert lines[0].split() == ["NAME", "VERSION", "API", "STATE", "LOADED", "IN", "HOOKS"]
    (good,) = [line.split() for line in lines if line.startswith("good ")]
    assert (good[1:4], good[-1]) == (["1.0", "1", "loaded"], "channels")
    assert "    not among those of --plugin" in lines


def test_the_version_loads_no_plugin_and_options_stand_anywhere(site: Path) -> None:
    assert run(site, "--version").returncode == 0
    assert imported(site) == set()
    (site / "log.csv").write_text("person,at\nann,2025-03-03T12:00:00Z\n")
    audit = ("audit", "log.csv", "--policy", "interview-follow-up")
    for arguments in ((*audit, "--no-plugins"), ("--no-plugins", *audit)):
        done = run(site, *arguments)
        assert (done.returncode, done.stderr) == (0, "")
    assert imported(site) == set()
    forms: tuple[tuple[str, ...], ...] = ((*audit, "--plugin=good"), ("--plugin", "good", *audit))
    for form in forms:
        assert run(site, *form).returncode == 0
    assert imported(site) == {"good"}
    assert run(site, *audit, COMITY_PLUGINS="later").returncode == 0
    assert imported(site) == {"good", "later"}
    assert "`wrong` cannot be loaded: `comity_channels` gave" in run(site, *audit).stderr
    assert run(site, *audit, "--no-plugins", "--plugin", "good").returncode == 2


BROKEN = [name for name in MODULES if name in REASONS]
LOG = "person,at,kind\nann,2025-03-03T12:00:00Z,follow-up\n"
POLICY = """comity = 1
[policy]
id = "p"
title = "P"
version = "1"
[rules.r]
kind = "forbidden"
contact = {}
"""


@pytest.mark.parametrize(
    "command",
    [
        ("audit", "log.csv", "--policy", "p.toml"),
        ("check", "log.csv", "--policy", "p.toml", "--propose", "person=ann"),
        ("test", "p.toml"),
    ],
)
def test_nothing_is_judged_without_a_plugin_that_cannot_be_loaded(
    site: Path, command: tuple[str, ...]
) -> None:
    (site / "log.csv").write_text(LOG)
    (site / "p.toml").write_text(POLICY)
    done = run(site, *command)
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    for name in BROKEN:
        assert f"the plugin `{name}` cannot be loaded: {REASONS[name]}" in line
    way = line.partition("go on without it: ")[2]
    assert way.split() == [part for name in sorted(BROKEN) for part in ("--plugin", f"no:{name}")]
    left_out = run(site, *command, *way.split())
    assert left_out.returncode == (0 if command[0] == "test" else 1)
    assert left_out.stderr == ""
    variable = ",".join(f"no:{name}" for name in BROKEN)
    assert run(site, *command, COMITY_PLUGINS=variable).stderr == ""


@pytest.mark.parametrize(
    "command", [("plugins",), ("policies",), ("--help",), ("audit", "--help"), ("show", "p.toml")]
)
def test_what_judges_nothing_goes_on_and_tells(site: Path, command: tuple[str, ...]) -> None:
    (site / "p.toml").write_text(POLICY)
    done = run(site, *command)
    assert done.returncode == 0
    assert "comity: the plugin `absent` is left out: it cannot be imported" in done.stderr


def test_a_requirement_is_met_by_a_plugin_that_is_in_use(site: Path) -> None:
    def load(required: str, plugins: Plugins | None = None) -> None:
        Engine.of(POLICY.replace("[rules", f'requires = ["{required}"]\n[rules'), plugins=plugins)

    good = Plugins.installed(names=["good"])
    for met in ("test-good >= 0.9", "Test_Good", "test-good ~= 1.0", "test-good<2; python_version < '3'"):
        load(met, good)
    load("comity >= 0.1", good)
    load("no-such-thing >= 1; python_version < '3'", good)
    for required, why in (
        ("test-good >= 1.1", "`test-good >= 1.1` is required, and 1.0 is installed"),
        ("no-such-thing", "`no-such-thing` is required, and it is not installed"),
        ("test-later", "`test-later` is required, and its plugin is not in use: not among those of `names`"),
    ):
        with pytest.raises(PolicyError) as raised:
            load(required, good)
        (problem,) = raised.value.problems
        assert (problem.code, problem.message, problem.place.line) == ("not-installed", why, 6)
    with pytest.raises(PolicyError, match=r"plugin is not in use: it is loaded by `Plugins\.installed\(\)`"):
        load("test-good")
    with pytest.raises(PolicyError, match="is not in use: broken: it asks for the plugin API 2"):
        load("test-newer", Plugins.installed())
    load("test-good", Plugins([__import__("test_plugin_good")]))


def test_what_an_extended_policy_or_a_mapping_requires_counts_too(site: Path) -> None:
    (site / "base.toml").write_text(
        POLICY.replace('"p"', '"base"').replace("[policy]", 'requires = ["no-such-thing"]\n[policy]')
    )
    (site / "p.toml").write_text(POLICY.replace("[rules", 'extends = ["base"]\n[rules'))
    (site / "log.csv").write_text(LOG)
    (site / "columns.toml").write_text('comity = 1\nrequires = ["test-good >= 7", "test good"]\n')
    good = ("--plugin", "good")
    done = run(site, "audit", "log.csv", "--policy", "p.toml", "--policy-path", ".", *good)
    assert done.returncode == 2
    assert "base.toml:2:13: `no-such-thing` is required, and it is not installed" in done.stderr
    assert "help: pip install 'no-such-thing'" in done.stderr
    (site / "p.toml").write_text(POLICY)
    done = run(site, "audit", "log.csv", "--policy", "p.toml", "--mapping", "columns.toml", *good)
    assert done.returncode == 2
    assert "columns.toml:2:13: `test-good >= 7` is required, and 1.0 is installed" in done.stderr
    assert "columns.toml:2:31: `test good` is not a requirement" in done.stderr


def test_calls_of_hooks_are_printed_where_that_is_asked_for(site: Path) -> None:
    done = run(site, "plugins", "trace", "--plugin", "good")
    assert "good: comity_channels took" in done.stdout
    assert done.stdout.rstrip().endswith("gave `pigeon`")
    done = run(site, "plugins", "--plugin", "good", COMITY_TRACE="1")
    assert "comity: trace: good: comity_channels took" in done.stderr
