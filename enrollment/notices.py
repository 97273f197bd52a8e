"""Notices: what a family is told before it is asked. Writing and publishing them is `enrollment.publishing`."""

from __future__ import annotations

import difflib
import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from campus.models import School
from enrollment.models import Declared, Notice, Purpose
from enrollment.models.notices import Section

TOKEN = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff]|[^\W\u2e80-\u9fff\uf900-\ufaff]+|\s+|.", re.DOTALL)
"""What a difference is made of: words, and single characters where a script has no spaces."""


def current(school: School, language: str = "en", purpose: str = Purpose.GATE_ACCESS) -> Notice | None:
    """Return the notice about a purpose that a family of this school reads now."""
    return Notice.objects.filter(school=school, purpose=purpose, language=language).order_by("-version").first()


def to_read(school: School, language: str | None, purpose: str = Purpose.GATE_ACCESS) -> Notice | None:
    """Return the notice in the reader's language where the school has it, and in English where not."""
    return current(school, language or "en", purpose) or current(school, "en", purpose)


def is_current(notice: Notice) -> bool:
    """Tell whether no later version of a notice has been published."""
    return current(notice.school, notice.language, notice.purpose) == notice


def in_language(notice: Notice, language: str) -> Notice:
    """Return the same version in another language."""
    same = Notice.objects.filter(school=notice.school_id, purpose=notice.purpose, version=notice.version)
    return same.filter(language=language).first() or notice


def versions(school: School, purpose: str, language: str = "en") -> QuerySet[Notice]:
    """Return every version about a purpose, the newest first."""
    return Notice.objects.filter(school=school, purpose=purpose, language=language).order_by("-version")


def versions_in_all(school: School, purpose: str) -> QuerySet[Notice]:
    """Return the last version about a purpose in every language, English first."""
    last = versions(school, purpose).values("version")[:1]
    return Notice.objects.filter(school=school, purpose=purpose, version=last).order_by("language")


def last(school: School, purpose: str) -> int:
    """Return the last published version; 0 where nothing is."""
    return versions(school, purpose).values_list("version", flat=True).first() or 0


def last_material(school: School, purpose: str) -> int:
    """Return the version that a guardian must have been told of at least; 0 where nothing is published."""
    found = versions(school, purpose).filter(material=True).values_list("version", flat=True).first()
    return found or 0


def declares(school: School, what: Declared, at: datetime) -> bool:
    """Tell whether the school's notice in force says that this is done with faces."""
    found = versions(school, Purpose.GATE_ACCESS).filter(published_at__lte=at).first()
    return found is not None and what in found.declares and (found.sunset_at is None or at < found.sunset_at)


def digest_of(notice: Notice) -> bytes:
    """Return the SHA-256 of everything that a family reads in a notice, and of which version it is."""
    read = {
        "purpose": notice.purpose,
        "version": notice.version,
        "language": notice.language,
        "words": notice.words,
        "child": notice.child_body,
        "declares": notice.declares,
        "sunset": notice.sunset_at.isoformat() if notice.sunset_at else None,
    }
    return hashlib.sha256(json.dumps(read, sort_keys=True, ensure_ascii=False).encode()).digest()


# ---------------------------------------------------------------- what changed


@dataclass(frozen=True)
class Piece:
    """A run of words that stayed, came or went."""

    text: str
    kind: str = ""
    """`added`, `removed`, or empty."""


@dataclass(frozen=True)
class Change:
    """One section that two versions say differently."""

    heading: str
    pieces: list[Piece]


def changes(before: Notice, after: Notice) -> list[Change]:
    """Return what differs between two versions in one language, section by section."""
    old, new = _by_heading(before), _by_heading(after)
    return [
        Change(heading, list(_pieces(old.get(heading, ""), new.get(heading, ""))))
        for heading in dict.fromkeys([*new, *old])
        if old.get(heading) != new.get(heading)
    ]


def _by_heading(notice: Notice) -> dict[str, str]:
    said = {heading: words for _key, heading, words in notice.sections} | {_("For your child"): notice.child_body}
    if notice.last_day:
        said[_("Until when it holds")] = date_format(notice.last_day)
    return said


def _pieces(old: str, new: str) -> Iterator[Piece]:
    was, now = TOKEN.findall(old), TOKEN.findall(new)
    for what, i, j, k, m in difflib.SequenceMatcher(None, was, now, autojunk=False).get_opcodes():
        if what == "equal":
            yield Piece("".join(was[i:j]))
            continue
        if i < j:
            yield Piece("".join(was[i:j]), "removed")
        if k < m:
            yield Piece("".join(now[k:m]), "added")


def fields(declared: list[str]) -> list[str]:
    """Return what a notice has to say, by key and in the order of reading; the child's words come last."""
    return [*Section.values, *(one for one in Declared.values if one in declared), "child"]
