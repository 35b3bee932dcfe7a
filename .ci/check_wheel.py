"""Check that a wheel holds the shipped policies and the template of plugins: check_wheel.py WHEEL."""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
TEMPLATE = ROOT / "plugins" / "comity-plugin-example"


def lacking(wheel: str) -> set[str]:
    """Return the files that a wheel must hold and does not."""
    policies = {f"comity/policies/{path.name}" for path in (ROOT / "policies").glob("*.toml")}
    template = {f"comity/plugin_template/{path.relative_to(TEMPLATE)}" for path in TEMPLATE.rglob("*.py")}
    assert policies, "this is not a source tree"
    assert template, "this is not a source tree"
    return (policies | template | {"comity/py.typed"}) - set(zipfile.ZipFile(wheel).namelist())


if __name__ == "__main__":
    if missing := sorted(lacking(sys.argv[1])):
        sys.exit(f"the wheel lacks {', '.join(missing)}")
