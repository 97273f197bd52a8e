"""The day of the rides: the demo school, who comes to it, and the rows of what was seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from demo import pictures
from demo.callers import Kiosk, Said, Visitor

Student = Mapping[str, str]


@dataclass(frozen=True)
class Ride:
    """One row of the table."""

    name: str
    who: str
    card: str
    face: str
    outcome: str
    reason: str
    distance: float | None
    ms: float | None
    ok: bool


class Day:
    """The demo school on the day of the rides: its kiosk, its people, the pictures they send."""

    def __init__(self, base_url: str, seed: Mapping[str, Any], mail: Path, portraits: Path, shift: timedelta) -> None:
        self.base_url, self.mail, self.portraits = base_url, mail, portraits
        self.kiosk = Kiosk(base_url, seed["kiosk"]["key"], shift)
        self.notice: str = seed["notice"]["id"]
        self.students: dict[str, Student] = {student["key"]: student for student in seed["students"]}
        emails = {person["role"]: person["email"] for person in seed["sign_ins"]}
        self.office: str = emails["office"]
        self.witness: str = emails["witness"]
        self.own_face = pictures.probe(portraits, "obama")
        self.other_face = pictures.probe(portraits, "biden")

    def visitor(self, email: str) -> Visitor:
        """Return somebody who has signed in."""
        return Visitor(self.base_url, self.mail).sign_in(email)


def is_told(said: Said, outcome: str, reason: str) -> bool:
    """Tell whether a kiosk was told this and for this reason."""
    return said.status == 200 and (said.outcome, said.reason) == (outcome, reason)


def at_gate(
    name: str, who: Student, card: str, face: str, said: Said, ok: bool, *, outcome: str = "", reason: str = ""
) -> Ride:
    """Return the row of what a kiosk was told."""
    distance = said.body.get("distance")
    return Ride(name, who["name"], card, face, outcome or said.outcome, reason or said.reason, distance, said.ms, ok)


def on_page(name: str, who: Student, outcome: str, *, ok: bool, reason: str = "") -> Ride:
    """Return the row of what somebody saw on a page."""
    return Ride(name, who["name"], "-", "-", outcome, reason, None, None, ok)
