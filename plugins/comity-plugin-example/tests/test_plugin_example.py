"""The plugin, checked with the kit that comity has for plugins."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

import comity_plugin_example.plugin as plugin
from comity_plugin_example.kind import PluginExample

from comity import Event, Plugins
from comity.testing import check_industry, check_rule_kind, histories

ZONE = "Europe/London"


def local_day(event: Event) -> dt.date:
    return dt.datetime.fromtimestamp(event.at / 1e6, ZoneInfo(ZONE)).date()


def holds(rule: Mapping[str, Any], events: Sequence[Event], place: int) -> bool | None:
    """Say in plain Python what the kind says."""
    judged = events[place]
    if judged.direction != "outbound":
        return None
    earlier = [e for e in events[:place] if e.direction == "outbound" and local_day(e) == local_day(judged)]
    most: int = rule.get("most", 1)
    return len(earlier) < most


def test_the_kind_is_what_it_says() -> None:
    rules: list[dict[str, Any]] = [{"contact": {}}, {"contact": {}, "most": 3}]
    check_rule_kind(PluginExample, holds, rules, events=histories(), timezone=ZONE)


def test_the_policies_pass_their_cases() -> None:
    assert check_industry(plugin, least_coverage=100) == 2


def test_the_plugin_is_loaded_by_its_name() -> None:
    installed = Plugins.installed(names=["plugin-example"])
    assert "plugin-example" in installed.kinds
    assert installed.channels.medium("plugin-example") == "post"
