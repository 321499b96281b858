"""The dashboard and the alert rules of `deploy/monitoring` ask for metrics and labels that there are."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from ni.custody.publisher import AnchorLag
from ni.web.metrics import Metrics

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "deploy" / "monitoring"
FUNCTIONS = {"sum", "max", "rate", "increase", "histogram_quantile", "by", "and", "or"}
OF_HISTOGRAMS = ("_bucket", "_sum", "_count")
SELECTOR = re.compile(r"\b([a-zA-Z_][a-zA-Z0-9_]*)\s*(?:\{([^}]*)\})?")
LABEL = re.compile(r"([a-zA-Z_]+)\s*(?:=~|!~|!=|=)")
GROUPING = re.compile(r"\bby\s*\(([^)]*)\)")
SPANS = re.compile(r"\[[^\]]*\]")


def exported() -> dict[str, set[str]]:
    """The labels of each metric, by the name of its series."""
    metrics = Metrics()
    metrics.watch_anchors(lambda: [AnchorLag("git:/x", 1, 2, "")])
    series: dict[str, set[str]] = {}
    for collector in metrics._registry._collector_to_names:
        name, labels = getattr(collector, "_name", ""), set(getattr(collector, "_labelnames", ()))
        kind = getattr(collector, "_type", "")
        if kind == "histogram":
            series |= {
                name + ending: labels | ({"le"} if ending == "_bucket" else set()) for ending in OF_HISTOGRAMS
            }
        elif name:
            series[f"{name}_total" if kind == "counter" else name] = labels
    for family in metrics.families():
        for sample in family.samples:
            series.setdefault(sample.name, set(sample.labels))
    return series


def dashboard() -> Any:
    return json.loads((FOLDER / "grafana.json").read_text())


def rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load((FOLDER / "alerts.yaml").read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def panels() -> Iterator[tuple[str, str, str]]:
    """The title, the expression and the legend of each target."""
    for panel in dashboard()["panels"]:
        for target in panel["targets"]:
            yield panel["title"], target["expr"], target["legendFormat"]


EXPRESSIONS = [(title, expr) for title, expr, _ in panels()] + [
    (rule["alert"], rule["expr"]) for rule in rules()
]


def asked(expr: str) -> Iterator[tuple[str, set[str]]]:
    """The series that an expression names, with the labels that it selects by."""
    plain = GROUPING.sub("by", SPANS.sub("", re.sub(r'"[^"]*"', "", expr)))
    for name, labels in SELECTOR.findall(plain):
        if name not in FUNCTIONS:
            yield name, set(LABEL.findall(labels))


@pytest.mark.parametrize(("title", "expr"), EXPRESSIONS, ids=[title for title, _ in EXPRESSIONS])
def test_an_expression_names_series_and_labels_that_are_exported(title: str, expr: str) -> None:
    series = exported()
    named = dict(asked(expr))
    assert named, title
    assert named.keys() <= series.keys()
    grouped = {label.strip() for labels in GROUPING.findall(expr) for label in labels.split(",")}
    for name, labels in named.items():
        assert labels | grouped <= series[name], name


def test_a_misspelt_name_would_be_seen() -> None:
    assert dict(asked('sum by (a) (rate(ni_cals_total{x="ni_y"}[5m])) > 1')) == {"ni_cals_total": {"x"}}
    assert {"ni_calls_total", "ni_open_streams", "ni_custody_anchor_down"} <= exported().keys()
    assert exported()["gen_ai_client_token_usage_bucket"] >= {"le", "gen_ai_token_type"}


def test_a_legend_names_labels_that_its_expression_leaves() -> None:
    for title, expr, legend in panels():
        left = {label.strip() for labels in GROUPING.findall(expr) for label in labels.split(",")}
        assert set(re.findall(r"\{\{(\w+)\}\}", legend)) <= left, title
    for rule in rules():
        left = {label.strip() for labels in GROUPING.findall(rule["expr"]) for label in labels.split(",")}
        assert set(re.findall(r"\$labels\.(\w+)", rule["annotations"]["summary"])) <= left, rule["alert"]


def test_every_rule_is_explained() -> None:
    page = (ROOT / "docs" / "monitoring.md").read_text()
    assert [rule["alert"] for rule in rules() if f"`{rule['alert']}`" not in page] == []


def test_every_metric_is_on_the_page() -> None:
    page = (ROOT / "docs" / "monitoring.md").read_text()
    endings = r"_(bucket|sum|count|created)$"
    names = {re.sub(endings, "", name) for name in exported() if not name.endswith("_created")}
    assert {name for name in names if f"`{name}`" not in page} == set()


def test_panels_stand_beside_each_other() -> None:
    places = [tuple(panel["gridPos"].values()) for panel in dashboard()["panels"]]
    assert len(set(places)) == len(places)
    assert len({panel["id"] for panel in dashboard()["panels"]}) == len(places)
