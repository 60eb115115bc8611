"""The figures of `/metrics`, from a report.

They go into a registry of their own: the usual one tells of the process and its paths.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from backend.liveness.rules import CHECKS
from bot.health.report import Report

Sends = Mapping[str, tuple[int, int]]


class Figures(Collector):
    """One scrape's figures: of a report, and of what messengers took and refused since the start."""

    def __init__(self, report: Report, sends: Sends) -> None:
        self._report = report
        self._sends = sends

    def collect(self) -> Iterable[Metric]:
        """Every figure."""
        facts, failing = self._report.facts, {finding.check for finding in self._report.wrong}
        yield GaugeMetricFamily("hotline_healthy", "1 while nothing is wrong", value=float(self._report.well))
        yield _gauges(
            "hotline_check_ok", "1 while this check finds nothing wrong", "check",
            {check: float(check not in failing) for check in CHECKS},
        )  # fmt: skip
        yield _gauges(
            "hotline_tick_age_seconds", "Since this tick last ended well", "tick",
            {name: tick.age.total_seconds() for name, tick in facts.ticks.items()},
        )  # fmt: skip
        yield from self._of_database()
        yield self._messages()

    def _of_database(self) -> Iterator[Metric]:
        """What the database didn't say is left out, not told as nought."""
        facts = self._report.facts
        if not facts.answered:
            return
        yield GaugeMetricFamily(
            "hotline_step_overdue_seconds",
            "How long the most overdue step is due",
            value=facts.step.total_seconds(),
        )
        yield GaugeMetricFamily(
            "hotline_clock_drift_seconds",
            "The machine's clock minus the database's",
            value=facts.drift.total_seconds(),
        )
        yield _gauges(
            "hotline_message_waiting_seconds", "How long the oldest waiting message waits", "channel",
            {name: span.total_seconds() for name, span in facts.waiting.items()},
        )  # fmt: skip
        yield GaugeMetricFamily(
            "hotline_chats_missing", "Chats of which the homeserver withholds messages", value=facts.missing
        )

    def _messages(self) -> Metric:
        family = CounterMetricFamily(
            "hotline_messages",
            "Messages handed to a messenger since the start",
            labels=["channel", "outcome"],
        )
        for channel, (taken, failed) in self._sends.items():
            family.add_metric([channel, "taken"], taken)
            family.add_metric([channel, "failed"], failed)
        return family


def _gauges(name: str, about: str, label: str, values: Mapping[str, float]) -> Metric:
    family = GaugeMetricFamily(name, about, labels=[label])
    for each, value in values.items():
        family.add_metric([each], value)
    return family
