"""`import comity` loads nothing heavy, and no plugin."""

from __future__ import annotations

import json
import subprocess
import sys

HEAVY = {
    "numpy",
    "pyarrow",
    "click",
    "rich",
    "holidays",
    "comity.cli",
    "comity.testing",
    "pytest",
    "hypothesis",
}


def loaded_by(statement: str) -> set[str]:
    code = f"import json, sys; {statement}; print(json.dumps(sorted(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(json.loads(run.stdout))


def test_import_comity_is_light() -> None:
    assert not loaded_by("import comity") & HEAVY


def test_importing_an_engine_loads_no_reader_and_asks_for_no_distribution() -> None:
    loaded = loaded_by("from comity import Engine, Event, History")
    assert not {name for name in loaded if name.startswith("comity.readers")}
    assert not loaded & {*HEAVY, "importlib.metadata", "email.message"}


def test_an_engine_needs_nothing_heavy() -> None:
    assert not loaded_by("from comity import Engine; Engine.of('interview-follow-up')") & (
        HEAVY - {"holidays"}
    )


def test_the_version_needs_no_engine() -> None:
    asked = "from comity.cli.main import cli; cli.main(['--version'], standalone_mode=False)"
    code = f"import sys; {asked}; assert 'pyarrow' not in sys.modules and 'rich' not in sys.modules"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.startswith("comity, version ")
