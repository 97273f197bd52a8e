"""The tombstone log: what ended for good, in a file outside both databases, so that no old dump revives it.

One JSON line a tombstone, numbered, each with a hash over itself and the one before. It names ids, never a person.
An act writes down in its own transaction that something ended (`owe`); the desk worker appends that to the log through
the outbox. `campus.replaying` does again, in a restored database, what its dump didn't know.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from typing import Any, Protocol, cast
from uuid import UUID

from django.conf import settings

from campus import lineage, outbox
from campus.models import ContactRestriction, School, Tombstone

WRITE = "tombstone.write"
"""The outbox's topic; its subject is the tombstone's id."""
GENESIS = bytes(32)
Id = str | int
"""What a tombstone may name: UUIDs as text, numbers of rows, words of a fixed list."""


class Damaged(Exception):
    """The log isn't what was written: the message says where."""


@dataclass(frozen=True)
class Line:
    """One line of the log."""

    number: int
    id: UUID
    kind: str
    school: UUID
    subject: UUID
    at: datetime
    ids: dict[str, Any]
    """Of each kind its own: `Id`s."""
    link: bytes


class Witness(Protocol):
    """What `settings.TOMBSTONE_WITNESS` names: another place that remembers the last line."""

    def note(self, number: int, link: bytes) -> None:
        """Remember the last line that was written."""

    def known(self) -> tuple[int, bytes] | None:
        """Return number and link of that line, or None."""


def owe(kind: str, *, school: School, subject: UUID, at: datetime, **ids: Id) -> None:
    """Write down in the caller's transaction that something ended for good; the log has it a moment later."""
    row = Tombstone.objects.create(school=school, kind=kind, subject=subject, at=at, ids=ids)
    outbox.owe(WRITE, school=school, subject=row.id, at=at)


def of_restriction(restriction: ContactRestriction) -> None:
    """Owe the log that a guardian may not know where a child is, or may again."""
    school, student = restriction.school, restriction.student_id
    names: dict[str, Id] = {"restriction": str(restriction.id), "guardian": restriction.guardian_id}
    if restriction.ended_at is None or restriction.ended_by_id is None:
        at, by = restriction.recorded_at, restriction.recorded_by_id
        owe("restriction.recorded", school=school, subject=student, at=at, by=by, **names)
    else:
        at, by = restriction.ended_at, restriction.ended_by_id
        owe("restriction.ended", school=school, subject=student, at=at, by=by, **names)


@outbox.handles(WRITE)
def write(tombstone: UUID) -> None:
    """Append a tombstone to the log unless it is there, and note its number in both databases."""
    row = Tombstone.objects.select_for_update().get(id=tombstone)
    with _locked() as file:
        lines = _whole(os.pread(file, os.fstat(file).st_size, 0), _remembered())
        line = next((line for line in lines if line.id == row.id), None) or _append(file, row, lines)
        witness().note(line.number, line.link)
    row.number, row.link = line.number, line.link
    row.save(update_fields=["number", "link"])


def read() -> list[Line]:
    """Return the log. Raises `Damaged` if it was edited, or is shorter than a database remembers."""
    remembered = _remembered()  # Before the log is read: a line may be added meanwhile.
    try:
        content = settings.TOMBSTONES_FILE.read_bytes()
    except FileNotFoundError:
        content = b""
    return _whole(content, remembered)


def unknown(lines: Sequence[Line]) -> list[Line]:
    """Return the lines about its schools that this database doesn't know: it is older than them."""
    known = set(Tombstone.objects.values_list("id", flat=True))
    schools = set(School.objects.values_list("id", flat=True))
    return [line for line in lines if line.id not in known and line.school in schools]


def trouble() -> str:
    """Return in words why no face may be compared on this database; nothing where all is well."""
    try:
        missing = unknown(read())
    except Damaged as error:
        return f"the tombstone log can't be trusted: {error}; put back its copy, then run manage.py replay_tombstones"
    if missing:
        first = f"tombstone {missing[0].number} of {missing[0].at:%Y-%m-%d %H:%M} UTC"
        return f"the database was restored from before {first}; run manage.py replay_tombstones"
    if lineage.is_restored():
        return "the database was restored from a dump; run manage.py replay_tombstones"
    return ""


def witness() -> Witness:
    """Return who else remembers the last line: the keys database."""
    return cast(Witness, import_module(settings.TOMBSTONE_WITNESS))


def _remembered() -> list[tuple[int, bytes]]:
    """Return number and link of the last line as each database remembers it."""
    last = Tombstone.objects.filter(number__isnull=False).order_by("-number").values_list("number", "link").first()
    known = [(int(last[0] or 0), bytes(last[1] or b""))] if last is not None else []
    other = witness().known()
    return [*known, other] if other is not None else known


def _whole(content: bytes, remembered: Sequence[tuple[int, bytes]]) -> list[Line]:
    lines = list(_parsed(content))
    for number, link in remembered:
        if len(lines) < number:
            raise Damaged(f"it ends at line {len(lines)}, and line {number} was written")
        if lines[number - 1].link != link:
            raise Damaged(f"line {number} or one before it is another than was written")
    return lines


def _parsed(content: bytes) -> Iterator[Line]:
    """Yield the lines. What follows the last line's end was never wholly written, and is no line."""
    previous = GENESIS
    for number, text in enumerate(content.split(b"\n")[:-1], start=1):
        try:
            said = json.loads(text)
            link = bytes.fromhex(said.pop("link"))
            line = Line(
                number=said["number"],
                id=UUID(said["id"]),
                kind=said["kind"],
                school=UUID(said["school"]),
                subject=UUID(said["subject"]),
                at=datetime.fromisoformat(said["at"]),
                ids=said["ids"],
                link=link,
            )
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise Damaged(f"line {number} can't be read") from error
        if line.number != number or link != _link(previous, said):
            raise Damaged(f"line {number} was changed, or one before it is missing")
        yield line
        previous = link


def _append(file: int, row: Tombstone, lines: Sequence[Line]) -> Line:
    number, previous = len(lines) + 1, lines[-1].link if lines else GENESIS
    said = {
        "number": number,
        "id": str(row.id),
        "kind": row.kind,
        "school": str(row.school_id),
        "subject": str(row.subject),
        "at": row.at.isoformat(),
        "ids": row.ids,
    }
    link = _link(previous, said)
    _drop_torn_end(file)
    os.write(file, json.dumps(said | {"link": link.hex()}, sort_keys=True).encode() + b"\n")
    os.fsync(file)
    return Line(number, row.id, row.kind, row.school_id, row.subject, row.at, row.ids, link)


def _link(previous: bytes, said: dict[str, object]) -> bytes:
    canonical = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(previous + canonical.encode()).digest()


def _drop_torn_end(file: int) -> None:
    """Cut off what a machine that died wrote of a line: it was in no database as written, and comes again."""
    content = os.pread(file, os.fstat(file).st_size, 0)
    if not content.endswith(b"\n"):
        os.ftruncate(file, content.rfind(b"\n") + 1)


@contextmanager
def _locked() -> Iterator[int]:
    """Open the log for appending, alone."""
    path = settings.TOMBSTONES_FILE
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield file
    finally:
        os.close(file)
