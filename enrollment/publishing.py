"""Writing a notice and publishing it: a draft changes until it is published, in every language, without a gap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from uuid import uuid4

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campus import audit, calendar, outbox
from campus.models import School, User
from enrollment import notices, plain_notices, reviewing
from enrollment.models import Declared, Notice, NoticeDraft, Purpose, Section
from enrollment.plain_notices import CHILD

LANGUAGES: list[str] = [language for language, _name in settings.LANGUAGES]
TELL_EVERYBODY = "notice.tell_everybody"
"""The outbox's topic; its subject is the id of a notice."""
LONGEST = 3000
"""Letters in one section: a parent has two minutes for all of them."""


@dataclass(frozen=True)
class Gap:
    """A section that a draft leaves empty in one language."""

    language: str
    key: str

    @property
    def words(self) -> str:
        """Say which it is."""
        of = dict(settings.LANGUAGES)[self.language]
        return _("%(section)s, in %(language)s") % {"section": heading(self.key), "language": of}


class Refused(Exception):
    """A draft can't be published; `words` say why to a person."""

    def __init__(self, words: str, gaps: list[Gap] | None = None) -> None:
        super().__init__("a notice is not published")
        self.words, self.gaps = words, gaps or []


CHANGED = gettext_lazy("Somebody has changed the draft since you opened the page. Read it again.")


def heading(key: str) -> str:
    """Return what a section is called."""
    if key == CHILD:
        return _("For your child")
    return str(Section(key).label if key in Section.values else Declared(key).label)


def draft(school: School, purpose: str, at: datetime) -> NoticeDraft:
    """Return the draft of the next version, or an unsaved one that says what the last version, or our own, says."""
    found = NoticeDraft.objects.select_related("school").filter(school=school, purpose=purpose).first()
    last = {one.language: one for one in notices.versions_in_all(school, purpose)}
    version = max((one.version for one in last.values()), default=0) + 1
    if found is not None and found.version == version:
        return found
    plain = {language: plain_notices.words(school, purpose, language) for language in LANGUAGES}
    words = {
        language: plain[language]
        | (last[language].words | {CHILD: last[language].child_body} if language in last else {})
        for language in LANGUAGES
    }
    declared = set(plain_notices.declared_by(school, purpose)).union(*(one.declares for one in last.values()))
    return NoticeDraft(
        id=found.id if found else uuid4(),
        school=school,
        purpose=purpose,
        version=version,
        words=words,
        declares=[one for one in Declared.values if one in declared],
        written_at=at,
    )


@transaction.atomic
def write(*, draft: NoticeDraft, language: str, words: dict[str, str], by: User, at: datetime) -> None:
    """Keep what somebody has written in one language."""
    draft.words = draft.words | {language: draft.words.get(language, {}) | words}
    keep(draft=draft, by=by, at=at)


@transaction.atomic
def keep(*, draft: NoticeDraft, by: User, at: datetime) -> None:
    """Keep a draft as somebody has changed it."""
    draft.written_by, draft.written_at = by, at
    known = {field.name: getattr(draft, field.name) for field in draft._meta.fields if field.name != "id"}
    NoticeDraft.objects.update_or_create(id=draft.id, defaults=known)
    audit.record("notice.written", school=draft.school, subject=None, actor=by, at=at, purpose=draft.purpose)


def gaps(draft: NoticeDraft) -> list[Gap]:
    """Return what a draft still has to say, in the order of the languages and of reading."""
    return [
        Gap(language, key)
        for language in LANGUAGES
        for key in notices.fields(draft.declares)
        if not str(draft.words.get(language, {}).get(key, "")).strip()
    ]


def as_notice(draft: NoticeDraft, language: str) -> Notice:
    """Return the notice that a draft would be, unsaved: what a family is going to read."""
    said = draft.words.get(language, {})
    last = notices.current(draft.school, purpose=draft.purpose)
    ends = draft.sunset_on and calendar.moment(draft.school, draft.sunset_on + timedelta(days=1), time())
    return Notice(
        school=draft.school,
        purpose=draft.purpose,
        version=draft.version,
        language=language,
        words={key: said.get(key, "") for key in notices.fields(draft.declares) if key != CHILD},
        child_body=said.get(CHILD, ""),
        declares=draft.declares,
        material=is_material(draft, last),
        sunset_at=ends or None,
    )


def is_material(draft: NoticeDraft, last: Notice | None) -> bool:
    """Tell whether families must answer again: always where a notice is the first, or declares more than the last."""
    return draft.material or last is None or bool(set(draft.declares) - set(last.declares))


def digest(draft: NoticeDraft) -> str:
    """Return what the page to check carries, so that what is published is what somebody has checked."""
    return b"".join(notices.digest_of(as_notice(draft, language)) for language in LANGUAGES).hex()


@transaction.atomic
def publish(*, draft: NoticeDraft, by: User | None, at: datetime, checked: str = "") -> Notice:
    """Publish a draft as the next version, in every language, and return it in English. It never changes again.

    Raises:
        Refused: something that a notice must say is empty, the day is past, or the draft isn't the `checked` one.
    """
    School.objects.select_for_update(no_key=True).get(id=draft.school_id)  # Or two would publish one version.
    if draft.version != notices.last(draft.school, draft.purpose) + 1:
        raise Refused(str(CHANGED))
    missing = gaps(draft)
    if missing:
        raise Refused(_("Something is still empty."), missing)
    if draft.sunset_on is not None and draft.sunset_on < calendar.local_date(draft.school, at):
        raise Refused(_("The last day is past."))
    if checked and checked != digest(draft):
        raise Refused(str(CHANGED))
    made = [as_notice(draft, language) for language in LANGUAGES]
    for notice in made:
        notice.digest, notice.published_at, notice.published_by = notices.digest_of(notice), at, by
    Notice.objects.bulk_create(made)
    first = made[0]
    said = {"purpose": first.purpose, "version": first.version, "material": first.material}
    audit.record("notice.published", school=draft.school, subject=None, actor=by, at=at, **said)
    if first.material:
        reviewing.reconcile_school(school=draft.school, at=at)
        outbox.owe(TELL_EVERYBODY, school=draft.school, subject=first.id, at=at)
    return first


def publish_plain(
    *,
    school: School,
    at: datetime,
    by: User | None = None,
    purpose: str = Purpose.GATE_ACCESS,
    declares: Sequence[str] = (),
) -> Notice:
    """Publish our plain notice as it is, with what it shall declare."""
    words = {language: plain_notices.words(school, purpose, language) for language in LANGUAGES}
    version = notices.last(school, purpose) + 1
    plain = NoticeDraft(
        school=school, purpose=purpose, version=version, words=words, declares=list(declares), written_at=at
    )
    return publish(draft=plain, by=by, at=at)
