"""What the benchmark makes of what it measured: names, arithmetic, and no verdict that the numbers don't bear."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from bench import plot, report, whole_way, withdrawal
from bench.lane import Look, Visit
from bench.report import Target
from bench.withdrawal import Withdrawal

TOOK = {
    "photographs": 8,
    "gallery_ms": {"1000": 0.1, "5000": 0.3, "20000": 2.0},
    "naive": 150.0,
    "ours": 10.0,
    "ours_3": 30.0,
    "naive_embed": 60.0,
    "ours_embed": 4.0,
    "both": 15.0,
    "with_all": 20.0,
}
LOOKS = [Look(ms=float(ms), faces_ms=10.0) for ms in range(41, 61)]
WITHDRAWALS = [
    Withdrawal(
        clicked=10.0,
        answered=10.2,
        visits=[
            Visit(9.7, 9.8, compared=True),
            Visit(10.0, 10.1, compared=False),  # No answer came of it: it isn't the last word.
            Visit(10.1, 10.3, compared=True),
            Visit(10.3, 10.4, compared=False),
        ],
    ),
    Withdrawal(10.0, 10.2, [Visit(9.9, 10.05, compared=True), Visit(10.05, 10.15, compared=False)]),
]
HELD = {"extract": 265.0, "decide": 118.0, "web": 103.0}


def figures(**took: float) -> dict[str, object]:
    way = whole_way.summed_up(LOOKS, LOOKS[:10], LOOKS * 3, seconds=2.0)
    return report.of_pipeline({**TOOK, **took}) | way | withdrawal.summed_up(WITHDRAWALS) | {"rss_mb": HELD}


def test_it_has_every_figure_under_its_name() -> None:
    wanted = (
        "naive_ms ours_ms speedup embed_speedup with_all_ms decisions_per_s p50_ms p95_ms overhead_ms gallery_ms rss_mb"
    )
    assert set(wanted.split()) <= figures().keys()
    assert figures()["rss_mb"] == HELD
    assert figures()["gallery_ms"] == TOOK["gallery_ms"]


def test_how_many_times_faster_is_the_naive_time_over_ours() -> None:
    found = figures()
    assert (found["speedup"], found["embed_speedup"], found["with_all_speedup"]) == (15.0, 15.0, 7.5)


def test_without_the_optional_models_their_figures_are_empty_and_the_table_says_so() -> None:
    took = {name: value for name, value in TOOK.items() if name not in ("both", "with_all")}
    found = report.of_pipeline(took)
    assert found["with_all_ms"] is found["with_all_speedup"] is found["both_ms"] is None
    table = report.table(found, [Target("with_all_speedup", "both", at_least=6)])
    assert table.split() == ["both", "-", "at", "least", "6", "not", "measured"]


def test_the_whole_way_is_told_in_percentiles_and_what_is_not_the_faces() -> None:
    found = whole_way.summed_up(LOOKS, LOOKS[:10], LOOKS * 3, seconds=2.0)
    assert (found["p50_ms"], found["p95_ms"], found["overhead_ms"]) == (50.0, 59.0, 40.5)
    assert found["p95_ms_3_frames"] == 50.0
    assert found["decisions_per_s"] == 30.0


def test_a_withdrawal_takes_from_the_click_to_the_first_answer_after_which_nothing_is_compared() -> None:
    """LAW 8."""
    found = withdrawal.summed_up(WITHDRAWALS)
    assert found["withdrawal_ms"] == {"p50": pytest.approx(275.0), "max": pytest.approx(400.0)}
    assert found["withdrawals"] == 2


def test_a_capture_under_way_may_be_compared_and_one_sent_after_the_answer_may_not() -> None:
    """LAW 8."""
    under_way, after = Visit(10.19, 10.5, compared=True), Visit(10.21, 10.6, compared=True)
    end = Visit(10.7, 10.8, compared=False)
    assert Withdrawal(10.0, 10.2, [under_way, end]).compared_after == 0
    assert Withdrawal(10.0, 10.2, [under_way, after, end]).compared_after == 1
    told = {"compared_after_withdrawal": 1}
    target = next(target for target in report.TARGETS if target.name in told)
    assert report.table(told, [target]).endswith("NO")


@pytest.mark.parametrize(
    ("values", "percent", "expected"),
    [([3.0], 50, 3.0), ([3.0], 95, 3.0), ([1.0, 2.0, 3.0, 4.0], 50, 2.0), ([1.0, 2.0, 3.0, 4.0], 95, 4.0)],
)
def test_a_percentile_is_one_of_the_values(values: list[float], percent: int, expected: float) -> None:
    assert whole_way.percentile(values, percent) == expected


@pytest.mark.parametrize(
    ("target", "value", "reached"),
    [
        (Target("x", "", at_least=12), 12.0, True),
        (Target("x", "", at_least=12), 11.99, False),
        (Target("x", "", at_most=20), 20.0, True),
        (Target("x", "", at_most=20), 20.1, False),
    ],
)
def test_a_figure_is_reached_or_it_is_not(target: Target, value: float, reached: bool) -> None:
    assert target.reached(value) is reached
    assert report.table({"x": value}, [target]).split()[-1] == ("yes" if reached else "NO")


def test_a_figure_with_nothing_to_reach_is_told_without_a_verdict() -> None:
    assert report.table({"x": 7.0}, [Target("x", "told")]).split() == ["told", "7.0"]


def test_the_table_finds_every_figure_that_was_to_be_reached() -> None:
    lines = report.table(figures(with_all=50.0)).splitlines()
    assert len(lines) == len(report.TARGETS)
    missed = [line.split("  ")[0] for line in lines if line.endswith("NO")]
    assert missed == ["both networks and PAD, times faster than the same call", "of that, beside the faces: median, ms"]


def test_the_picture_has_a_bar_for_each_time_as_long_as_it_is() -> None:
    picture = ElementTree.fromstring(plot.svg([("a < b", 10.0), ("c", 5.0)]))
    space = "{http://www.w3.org/2000/svg}"
    first, second = (float(bar.attrib["width"]) for bar in picture.iter(f"{space}rect"))
    assert first == 2 * second
    assert [text.text for text in picture.iter(f"{space}text")] == ["a < b", "10.0 ms", "c", "5.0 ms"]


def test_what_was_not_measured_has_no_bar() -> None:
    assert [value for _, value in plot.bars(figures())] == [150.0, 10.0, 15.0, 20.0, 50.0, 59.0, 45.0]
    assert len(plot.bars({"naive_ms": 150.0, "ours_ms": 10.0, "both_ms": None, "with_all_ms": None})) == 2
