"""The parts of the continuous integration, one by one: nox -s tests, lint, types, imports, plugins, wheel."""

from __future__ import annotations

from pathlib import Path

import nox

nox.needs_version = ">=2024.4.15"
nox.options.reuse_existing_virtualenvs = True
PLUGINS = sorted(path.parent for path in Path("plugins").glob("*/pyproject.toml"))


@nox.session
def tests(session: nox.Session) -> None:
    """Run all tests; further arguments go to pytest."""
    session.install("-e", ".[dev]")
    session.run("pytest", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Check rules and format with ruff, and the fragments of the changelog."""
    session.install("-e", ".[dev]")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("python", "changelog.d/collect.py", "--check")


@nox.session
def types(session: nox.Session) -> None:
    """Check types with mypy."""
    session.install("-e", ".[dev]")
    session.run("mypy")
    session.run("mypy", "policies/examples/make_logs.py")


@nox.session
def imports(session: nox.Session) -> None:
    """Check the contracts of layers with import-linter."""
    session.install("-e", ".[dev]")
    session.run("lint-imports", "--no-cache")


@nox.session
def plugins(session: nox.Session) -> None:
    """Install all plugins and run their tests, and check their types."""
    session.install("-e", ".[dev]", *(f"./{plugin}[test]" for plugin in PLUGINS))
    session.run("comity", "plugins")
    session.run("pytest", "tests/test_plugins_folder.py", "tests/test_cli.py")
    for plugin in PLUGINS:
        with session.chdir(plugin):
            session.run("pytest")
        session.run("mypy", f"{plugin}/src", f"{plugin}/tests")


@nox.session
def wheel(session: nox.Session) -> None:
    """Build the wheel, look into it, and run what is installed of it."""
    session.install("build")
    folder = session.create_tmp()
    session.run("python", "-m", "build", "--quiet", "--outdir", folder, ".")
    (built,) = Path(folder).glob("*.whl")
    session.run("python", ".ci/check_wheel.py", str(built))
    session.install("--force-reinstall", f"{built}[cli,calendars]")
    with session.chdir(folder):
        session.run("comity", "--version")
        session.run("comity", "policies")
    built.unlink()
