from __future__ import annotations

import pytest

from comity.plugins.when_needed import WhenNeeded


def test_it_is_made_once_and_not_for_the_empty_text() -> None:
    made: list[int] = []

    def make() -> dict[str, int]:
        made.append(1)
        return {"a": 1}

    mapping = WhenNeeded(make)
    assert mapping.get("") is None
    assert "" not in mapping
    assert not made
    assert (mapping["a"], len(mapping), list(mapping)) == (1, 1, ["a"])
    with pytest.raises(KeyError):
        mapping["b"]
    assert made == [1]


def test_a_policy_without_an_industry_does_not_load_the_industries(monkeypatch: pytest.MonkeyPatch) -> None:
    from comity import Plugins
    from comity.plugins import builtin
    from comity.policy.load import load_policy

    monkeypatch.setattr(builtin, "comity_industries", lambda: pytest.fail("the industries were loaded"))
    policy = 'comity = 1\npolicy = { id = "p", title = "p", version = "1" }\n'
    text = f'{policy}[rules.a]\nkind = "forbidden"\ncontact = {{}}\n'
    assert load_policy(text, Plugins().words)[0].id == "p"
