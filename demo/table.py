"""The table of what happened at the gate."""

from __future__ import annotations

from collections.abc import Sequence

from demo.day import Ride

_HEAD = ("", "ride", "who", "card", "face", "outcome", "reason", "distance", "ms")


def table(ridden: Sequence[Ride]) -> str:
    """Return a line for each ride, and how many came out as expected."""
    rows = [_HEAD, *(_row(ride) for ride in ridden)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    lines.insert(1, "  ".join("-" * width for width in widths))
    good = sum(ride.ok for ride in ridden)
    return "\n".join([*lines, "", f"{good} of {len(ridden)} rides came out as expected"])


def _row(ride: Ride) -> tuple[str, ...]:
    distance = "" if ride.distance is None else f"{ride.distance:.3f}"
    milliseconds = "" if ride.ms is None else f"{ride.ms:.0f}"
    told = (ride.name, ride.who, ride.card, ride.face, ride.outcome, ride.reason)
    return ("ok" if ride.ok else "BAD", *(str(part or "") for part in told), distance, milliseconds)
