"""The retention table as a page of the manual: what families read first, then every model and field."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils import translation

from campus import retention
from campus.keeping import Kept, Rule, Then

HEAD = """# How long each thing is kept

Made from the tables in `campus/kept.py`, `enrollment/kept.py` and `gates/kept.py` by `manage.py retention_table`; a
test fails while this page says something else. A model or field that is in none of the tables fails a test too.

The desk sweeps once a day (`manage.py sweep` does the same). Rows end through one function of the database,
`campus_retention_end`, and no role of the application may delete them in another way. It takes the name of a rule and
a moment, never a table or a condition; a moment that hasn't come counts as now. Each batch writes a `retention.ended`
event in its own transaction. After a change of the tables `manage.py setup_roles` must run, as it does with every
update; until then the sweep refuses to work.

`manage.py overdue` counts what is past its time by more than a day, and ends with 1 if there is any; `--json` is for
monitoring. The sweep then writes to the school's data protection officers and administrators, once a day.

A row is deleted only when no other row names it: a sitting in which a student answered lives as long as the answer.
Once everything that tells of somebody is gone, an id may be left until the last proof that names it ends.

## What families read
"""
THEN = {
    Then.DELETE: "deleted",
    Then.BLANK: "emptied",
    Then.WATCH: "ended by other code at that moment, here only counted",
}


def text() -> str:
    """Return the page, in English."""
    with translation.override("en"):
        return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield HEAD
    yield from _table(
        ("What", "How long", "Why"), [(line.what, line.how_long, line.why) for line in retention.schedule()]
    )
    yield "\n## Every model and field\n"
    for kept in retention.table():
        yield f"### {kept.model}\n"
        yield from (
            f"- {kind}: {', '.join(f'`{name}`' for name in names)}" for kind, names in kept.fields.items() if names
        )
        yield from _rules(kept)
        yield f"- source: {kept.source}\n"


def _rules(kept: Kept) -> Iterator[str]:
    if not kept.rules:
        yield "- stays as long as the school uses this system"
    for rule in kept.rules:
        emptied = f": {', '.join(f'`{name}`' for name in rule.blank)}" if rule.blank else ""
        yield f"- {rule.keep.time.days} days after {_moment(rule)}: {THEN[rule.then]}{emptied}"


def _moment(rule: Rule) -> str:
    return f"`{rule.after}`" if isinstance(rule.after, str) else rule.counted_from


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> Iterator[str]:
    for row in (head, ("---",) * len(head), *rows):
        yield f"| {' | '.join(row)} |"
