"""A message never shows what is in a file that is none of comity's, however it was named."""

from __future__ import annotations

from pathlib import Path

import pytest

from comity import Engine, PolicyError, UsageError
from comity.cases.load import load_cases
from comity.readers import load_mapping

POLICY = """comity = 1
[policy]
id = "own"
title = "Own"
version = "1"
extends = ["{}"]
"""
SECRETS = (
    'pass = "tr0ub4dor"\n',
    "tr0ub4dor:x:0:0\n",
    "[tr0ub4dor]\nx = 1\n",
    '"tr0ub4dor" = 1\n"tr0ub4dor" = 2\n',
)


@pytest.mark.parametrize("secret", SECRETS)
def test_nothing_of_another_file_is_shown(tmp_path: Path, secret: str) -> None:
    (tmp_path / "secret.toml").write_text(secret)
    (tmp_path / "own.toml").write_text(POLICY.format("./secret.toml"))
    for path in (tmp_path / "own.toml", tmp_path / "secret.toml"):
        with pytest.raises(PolicyError, match="not a file of comity") as raised:
            Engine.of(path)
        assert "tr0ub4dor" not in str(raised.value)
        assert "pass" not in str(raised.value).replace(str(tmp_path), "")
    for load in (load_mapping, load_cases):
        with pytest.raises((PolicyError, UsageError)) as caught:
            load(tmp_path / "secret.toml")
        assert "tr0ub4dor" not in str(caught.value)


@pytest.mark.parametrize(
    "target", ["../secret.toml", "/etc/hostname", "./link.toml", "./folder/../../secret.toml"]
)
def test_no_path_leaves_the_folder(tmp_path: Path, target: str) -> None:
    folder = tmp_path / "own"
    (folder / "folder").mkdir(parents=True)
    (tmp_path / "secret.toml").write_text(POLICY)
    (folder / "link.toml").symlink_to(tmp_path / "secret.toml")
    (folder / "own.toml").write_text(POLICY.format(target))
    with pytest.raises(PolicyError, match="leaves the folder of this file"):
        Engine.of(folder / "own.toml")


def test_a_policy_that_has_faults_shows_them(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text("[policy]\nid = own\n")
    with pytest.raises(PolicyError, match=r"2 \| id = own"):
        Engine.of(tmp_path / "own.toml")
