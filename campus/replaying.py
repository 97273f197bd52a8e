"""Bringing a restored database up to date: everything that ended since its dump ends again, before a face is compared.

Each line of the tombstone log that the database doesn't know is done again in a transaction of its own, which also
writes it down as known: killed in the middle, the next run goes on from there. Each app says in its `replays` how its
kinds are done again (`replays`), and what remains to be done at the end (`finishes`); both may run twice.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import transaction

from campus import audit, lineage, outbox, tombstones
from campus.models import School, Tombstone
from campus.tombstones import Line

Replay = Callable[[Line, datetime], None]
Finish = Callable[[datetime], None]
_replays: dict[str, Replay] = {}
_late: set[str] = set()
_finishes: list[Finish] = []


class Unheard(Exception):
    """The log has a kind of line that this version of the programs doesn't know."""


@dataclass(frozen=True)
class Replayed:
    """What a replay did."""

    lines: int
    sessions: int
    mails: int


def replays(kind: str, *, late: bool = False) -> Callable[[Replay], Replay]:
    """Register how a kind of tombstone is done again; `late` ones after all others, each in the log's order."""

    def register(replay: Replay) -> Replay:
        _replays[kind] = replay
        if late:
            _late.add(kind)
        return replay

    return register


def finishes(finish: Finish) -> Finish:
    """Register what is done after all lines, before anybody vouches for the database."""
    _finishes.append(finish)
    return finish


def kinds() -> set[str]:
    """Return every kind of tombstone that can be done again."""
    for module in settings.REPLAYS:
        import_module(module)
    return set(_replays)


def replay(at: datetime) -> Replayed | None:
    """Do again what this database doesn't know, and vouch for it; None where there is nothing to do.

    Raises `tombstones.Damaged`, and does nothing, if the log isn't what was written.
    """
    known_kinds = kinds()
    lines = tombstones.read()
    missing = tombstones.unknown(lines)
    if not missing and not lineage.is_restored():
        lineage.begin(at)
        return None
    strange = {line.kind for line in missing} - known_kinds
    if strange:
        raise Unheard(f"the log has tombstones of kind {', '.join(sorted(strange))}, which this version doesn't know")
    lineage.doubt(at)  # Killed from here on, nobody takes the database for one that is up to date.
    sessions, _ = Session.objects.all().delete()
    mails = outbox.forget_mails(at)
    for line in sorted(missing, key=lambda line: (line.kind in _late, line.number)):
        _again(line, at)
    for finish in _finishes:
        finish(at)
    if lines:
        tombstones.witness().note(lines[-1].number, lines[-1].link)
    with transaction.atomic():
        lineage.vouch(at)
        audit.record("database.brought_up_to_date", school=None, subject=None, actor=None, at=at, lines=len(missing))
    return Replayed(len(missing), sessions, mails)


@transaction.atomic
def _again(line: Line, at: datetime) -> None:
    _replays[line.kind](line, at)
    school = School.objects.get(id=line.school)
    Tombstone.objects.create(
        id=line.id,
        school=school,
        kind=line.kind,
        subject=line.subject,
        ids=line.ids,
        at=line.at,
        number=line.number,
        link=line.link,
    )
    audit.record(
        "tombstone.replayed", school=school, subject=None, actor=None, at=at, number=line.number, tombstone=line.kind
    )
