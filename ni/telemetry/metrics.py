"""The metrics of `/metrics` as OTLP messages: the same figures under the names that Prometheus would give them back.

Sums and histograms are cumulative since this process began. Each process exports its own, with its
`service.instance.id`, and the backend adds them up.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.metrics.v1.metrics_pb2 import (
    AGGREGATION_TEMPORALITY_CUMULATIVE,
    Gauge,
    Histogram,
    HistogramDataPoint,
    Metric,
    NumberDataPoint,
    Sum,
)
from prometheus_client.metrics_core import Metric as Family

from ni.domain.genai import ATTRIBUTES, CONVENTIONS, Convention
from ni.telemetry.messages import text

Labels = tuple[tuple[str, str], ...]


def metrics_of(families: Iterable[Family], began_ns: int, now_ns: int) -> list[Metric]:
    """The families that have data, at an instant; the times are nanoseconds since 1970."""
    made = (_metric(family, began_ns, now_ns) for family in families if family.samples)
    return [metric for metric in made if points_in(metric)]


def points_in(metric: Metric) -> int:
    """How many data points a metric has."""
    return len(metric.sum.data_points) + len(metric.gauge.data_points) + len(metric.histogram.data_points)


def _metric(family: Family, began_ns: int, now_ns: int) -> Metric:
    convention = CONVENTIONS.get(family.name, Convention(family.name, ""))
    metric = Metric(name=convention.name, unit=convention.unit, description=family.documentation)
    if family.type == "histogram":
        points = _histogram(family, began_ns, now_ns)
        metric.histogram.CopyFrom(
            Histogram(data_points=points, aggregation_temporality=AGGREGATION_TEMPORALITY_CUMULATIVE)
        )
    elif family.type == "counter":
        numbers = _numbers(family, f"{family.name}_total", began_ns, now_ns)
        metric.sum.CopyFrom(
            Sum(
                data_points=numbers,
                is_monotonic=True,
                aggregation_temporality=AGGREGATION_TEMPORALITY_CUMULATIVE,
            )
        )
    else:
        metric.gauge.CopyFrom(Gauge(data_points=_numbers(family, family.name, 0, now_ns)))
    return metric


def _numbers(family: Family, name: str, began_ns: int, now_ns: int) -> list[NumberDataPoint]:
    return [
        NumberDataPoint(
            attributes=_attributes(sample.labels),
            start_time_unix_nano=began_ns,
            time_unix_nano=now_ns,
            as_double=sample.value,
        )
        for sample in family.samples
        if sample.name == name
    ]


def _histogram(family: Family, began_ns: int, now_ns: int) -> list[HistogramDataPoint]:
    """One point for each set of labels. Prometheus counts buckets up to a bound, OTLP between two of them."""
    bounds: dict[Labels, list[tuple[float, float]]] = defaultdict(list)
    sums: dict[Labels, float] = {}
    for sample in family.samples:
        labels = tuple((name, value) for name, value in sample.labels.items() if name != "le")
        if sample.name == f"{family.name}_bucket":
            bounds[labels].append((float(sample.labels["le"]), sample.value))
        elif sample.name == f"{family.name}_sum":
            sums[labels] = sample.value
    points = []
    for labels, cumulative in bounds.items():
        counts = [int(count) for _, count in cumulative]
        points.append(
            HistogramDataPoint(
                attributes=_attributes(dict(labels)),
                start_time_unix_nano=began_ns,
                time_unix_nano=now_ns,
                count=counts[-1],
                sum=sums[labels],
                bucket_counts=[more - less for less, more in zip([0, *counts], counts, strict=False)],
                explicit_bounds=[bound for bound, _ in cumulative[:-1]],
            )
        )
    return points


def _attributes(labels: Mapping[str, str]) -> list[KeyValue]:
    """The labels as attributes; an empty label is none, as in Prometheus."""
    return [text(ATTRIBUTES.get(name, name), value) for name, value in labels.items() if value]
