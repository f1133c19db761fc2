"""What is deployed with the bot speaks of what there is: services, commands, ports and figures."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import promql_parser
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from bot.__main__ import parser
from bot.metrics import Metrics

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent
DASHBOARD = json.loads((ROOT / "deploy/grafana/dashboards/earshot.json").read_text(encoding="utf-8"))
OF_PROMETHEUS = {"up": {"job", "instance"}}
"""Figures that Prometheus itself makes of what it asks, with their labels."""
LINES = (
    {"event": "note", "outcome": "posted", "fetch": 0.1, "prepare": 0.2, "first_text": 0.3, "total": 0.4},
    {"event": "note", "outcome": "refused", "error": "over_budget: x"},
    {"event": "a request failed", "error": "status 429: x"},
)
"""Of the log, so that each figure with labels is counted once."""


def loaded(name: str) -> Any:
    """A YAML file."""
    return yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))


def queries() -> list[str]:
    """All of the dashboard and of the alerts. Grafana puts a time in place of its variable."""
    of_panels = [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]
    of_alerts = [rule["expr"] for group in loaded("deploy/alerts.yaml")["groups"] for rule in group["rules"]]
    return [query.replace("$__rate_interval", "5m") for query in of_panels + of_alerts]


def figures() -> dict[str, set[str]]:
    """The labels of each figure that a process shows, by its name."""
    metrics = Metrics()
    for line in LINES:
        metrics.observe(None, "info", dict(line))
    metrics.running(tasks=1, pooled=1, others=1)
    found = dict(OF_PROMETHEUS)
    for family in text_string_to_metric_families(metrics.text().decode()):
        for sample in family.samples:
            found.setdefault(sample.name, set()).update(sample.labels)
    return found


def parts(query: Any) -> Iterator[Any]:
    """An expression of PromQL, and all within it."""
    yield query
    for name in ("expr", "lhs", "rhs", "vector_selector", "args"):
        inner: Any = getattr(query, name, None)
        for each in cast("list[Any]", inner) if isinstance(inner, list) else [inner]:
            if each is not None:
                yield from parts(each)


@pytest.mark.parametrize("query", queries())
def test_what_is_asked_of_prometheus_is_there(query: str) -> None:
    """Every figure, and every label by which it is chosen or summed up."""
    known = figures()
    expression = promql_parser.parse(query)
    selected = [each for each in parts(expression) if isinstance(each, promql_parser.VectorSelector)]
    assert selected
    labels = set[str]().union(*(known[str(each.name)] for each in selected))
    for each in selected:
        assert {matcher.name for matcher in each.matchers.matchers} <= known[str(each.name)]
    for each in parts(expression):
        if isinstance(each, promql_parser.AggregateExpr) and each.modifier is not None:
            assert set(each.modifier.labels) <= labels


def test_every_figure_is_shown() -> None:
    """A panel for each, so that nothing is counted that nobody sees; sums of a histogram aside."""
    shown = " ".join(queries())
    hidden = {"earshot_stage_seconds_sum", "earshot_stage_seconds_count"}
    for name in figures().keys() - hidden:
        assert name.endswith("_created") or re.search(rf"\b{name}\b", shown), name


def test_panels_do_not_lie_on_each_other() -> None:
    """Each has its own place, and a name."""
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        place = panel["gridPos"]
        cells = {
            (place["x"] + column, place["y"] + row)
            for column in range(place["w"])
            for row in range(place["h"])
        }
        assert not cells & taken, panel["title"]
        assert max(column for column, _ in cells) < 24
        taken |= cells
    assert len({panel["title"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])


def test_prometheus_asks_the_services_that_there_are_at_the_port_that_they_have() -> None:
    """Those of compose.yaml, at the port of the image."""
    services = loaded("compose.yaml")["services"]
    image = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    [discovery] = loaded("deploy/prometheus.yaml")["scrape_configs"][0]["dns_sd_configs"]
    ours = {name for name, service in services.items() if service.get("build") and name != "migrate"}
    assert set(discovery["names"]) == ours
    assert f"HTTP_PORT={discovery['port']}" in image
    mounted = {
        volume.partition(":")[0] for service in services.values() for volume in service.get("volumes", ())
    }
    for path in mounted:
        assert not path.startswith("./") or (ROOT / path).exists()


def commands() -> list[str]:
    """Of compose.yaml, the Procfile and the unit of systemd."""
    in_compose = [
        service["command"]
        for service in loaded("compose.yaml")["services"].values()
        if service.get("command", "").startswith("python")
    ]
    in_procfile = [
        line.partition(": ")[2]
        for line in (ROOT / "Procfile").read_text(encoding="utf-8").splitlines()
        if not line.startswith("#")
    ]
    unit = (ROOT / "deploy/earshot.service").read_text(encoding="utf-8")
    return [*in_compose, *in_procfile, *re.findall(r"^ExecStart=\S*/(python .*)$", unit, re.MULTILINE)]


@pytest.mark.parametrize("command", commands())
def test_commands_are_understood(command: str) -> None:
    """By the bot's own command line."""
    assert command.startswith("python -m bot ")
    parser().parse_args(command.split()[3:])


def test_nobody_logs_in_to_grafana() -> None:
    """Neither by its form nor by the name and password that every Grafana comes with, which its API takes."""
    variables = loaded("compose.yaml")["services"]["grafana"]["environment"]
    assert variables["GF_AUTH_DISABLE_LOGIN_FORM"] == "true"
    assert variables["GF_AUTH_BASIC_ENABLED"] == "false"
