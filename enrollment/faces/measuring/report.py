"""What was measured, as a table for people and as a page with plots."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from enrollment.faces.measuring.evaluation import Evaluation, Group
from enrollment.faces.measuring.rates import Interval, bears_a_rate

Row = tuple[str, str]


def rows(evaluation: Evaluation) -> list[Row]:
    """Return the table that people read: what, and the figure with how many it is from."""
    parts = (_who, _errors, _points, _mixed, _groups, _identified)
    return [*(row for part in parts for row in part(evaluation)), _speed(evaluation)]


def page(evaluation: Evaluation, plots: Sequence[tuple[str, str]]) -> str:
    """Return the report as one HTML page that needs no other file; plots are (title, SVG)."""
    table = "".join(f"<tr><th scope=row>{escape(what)}<td>{escape(figure)}" for what, figure in rows(evaluation))
    drawn = "".join(f"<figure><figcaption>{escape(title)}</figcaption>{svg}</figure>" for title, svg in plots)
    return (
        "<!doctype html><html lang=en><meta charset=utf-8><title>How wrong the matcher is</title>"
        "<style>body{font:16px/1.5 system-ui;max-width:60rem;margin:2rem auto;padding:0 1rem}"
        "th{text-align:left;vertical-align:top;padding-right:2rem;font-weight:600}"
        "figure{margin:2rem 0}svg{max-width:100%;height:auto}</style>"
        f"<h1>How wrong the matcher is</h1><table>{table}</table>{drawn}"
        "<p>An interval is of 95 %, over people. What was measured on these people says nothing of others.</p></html>\n"
    )


def aligned(table: Sequence[Row]) -> str:
    """Return a table as lines of text."""
    width = max(len(what) for what, _ in table)
    return "\n".join(f"{what:<{width}}  {figure}" for what, figure in table)


def percent(share: float | None) -> str:
    """Return a share as people read it; what could not be measured says so."""
    if share is None:
        return "not measurable here"
    return f"{100 * share:.2g} %" if share < 0.1 else f"{100 * share:.1f} %"


def interval(ends: Interval | None) -> str:
    """Return an interval of shares as people read it."""
    return "no interval" if ends is None else f"95 %: {percent(ends[0])} to {percent(ends[1])}"


def matched(pairs: int, of: int) -> str:
    """Return how many pairs of people were ever taken for one person: all that is said of a small group."""
    return f"{pairs if pairs else 'no'} false match{'es' if pairs > 1 else ''} among {of:,} pairs of people"


def _who(e: Evaluation) -> list[Row]:
    reasons = ", ".join(f"{reason} {count}" for reason, count in e.refusals.most_common())
    sittings = e.asked.turns.sittings
    needed = f"{e.asked.enroll} to enrol and {e.asked.frames} for an attempt" + (
        " of another sitting" if sittings > 1 else ""
    )
    return [
        ("engines", e.asked.engines),
        ("photographs", f"{e.images} of {e.people} people"),
        ("failure to acquire", percent(e.fta) + (f" ({reasons})" if reasons else "")),
        ("compared", f"{e.enrolled} people; {e.skipped} skipped, without {needed}"),
        *(
            [("sittings", f"{sittings} of each person; attempts are of others than the enrolled one")]
            if sittings > 1
            else []
        ),
        ("comparisons", f"{e.genuine:,} of one person, {e.impostor:,} of {e.person_pairs:,} pairs of people"),
    ]


def _errors(e: Evaluation) -> list[Row]:
    missed = round(e.genuine * e.fnmr) if e.fnmr is not None else 0
    return [
        ("threshold", f"{e.threshold:.4f}"),
        ("false matches", matched(e.false_match_pairs, e.person_pairs)),
        *(_false_match_rates(e) if bears_a_rate(e.person_pairs) else [("FMR", "no rate: too few pairs of people")]),
        ("FNMR", f"{percent(e.fnmr)}, {missed} of {e.genuine:,} ({interval(e.fnmr_ci95)})"),
        ("FNMR of three tries", percent(e.transaction_fnmr)),
        ("smallest FMR that can be shown", f"{e.min_fmr_showable:.1e}, by {e.person_pairs:,} pairs of people"),
    ]


def _false_match_rates(e: Evaluation) -> list[Row]:
    optimistic = "; optimistic, as if pairs that share a person were independent" if e.fmr_optimistic else ""
    bound = percent(min(1.0, 3 * e.fmr_ci95[1]))
    return [
        ("FMR", f"{percent(e.fmr)} ({interval(e.fmr_ci95)}{optimistic})"),
        ("FMR of three tries", f"{percent(e.transaction_fmr)}; by the bound of one try at most {bound}"),
    ]


def _points(e: Evaluation) -> list[Row]:
    hint = {True: "", False: "; not shown, only an estimate"}
    return [
        (
            f"FNMR at FMR {p.fmr:g}",
            f"{percent(p.fnmr)} (threshold {p.threshold:.4f}{hint[p.fmr >= e.min_fmr_showable]})",
        )
        for p in e.points
    ]


def _mixed(e: Evaluation) -> list[Row]:
    if e.pair_threshold is None:
        return []
    return [
        ("largest distance of a pair enrolled", f"{e.pair_threshold:.4f}"),
        ("two people enrolled as one", f"{percent(e.mixture_acceptance)} accepted, the worse of 3+2 and 2+2"),
        ("one person's own sets", f"{percent(e.genuine_refused)} refused"),
    ]


def _groups(e: Evaluation) -> list[Row]:
    return [(f"group {g.name}", _group(g)) for g in e.groups]


def _group(g: Group) -> str:
    """Return what is told of a group; where its pairs show no target there is no rate of false matches."""
    rate = f"; FMR {percent(g.fmr)} ({interval(g.fmr_ci95)})" if bears_a_rate(g.person_pairs) else ""
    missed = f"{g.missed} of {g.genuine:,} own tries missed"
    return f"{g.people} people, {matched(g.false_match_pairs, g.person_pairs)}{rate}; {missed}"


def _identified(e: Evaluation) -> list[Row]:
    found = e.identify
    if found is None:
        return []
    return [
        ("identification", f"a gallery of {found.gallery}, {found.strangers} strangers, margin {found.margin:.3f}"),
        ("strangers answered with a name", f"{percent(found.fpir)}; the worst probe {percent(found.worst_probe)}"),
        ("enrolled people not found", f"{percent(found.fnir)}; nearest is right {percent(found.rank1)}"),
        ("answered with another person", percent(found.wrong_person)),
    ]


def _speed(e: Evaluation) -> Row:
    return "milliseconds a photograph", ", ".join(f"{step} {took:.1f}" for step, took in e.ms.items())
