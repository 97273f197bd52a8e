"""Notices: what a family is told before it is asked."""

from __future__ import annotations

import hashlib
from datetime import datetime

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext_noop

from campus import audit
from campus.models import School, User
from enrollment import consent
from enrollment.models import Notice, Purpose

PLAIN_NOTICE = gettext_noop(
    """\
We would like to open the school gate for your child by face.

What we keep. When you say yes, the office takes five pictures of your child, with your child's agreement. \
They become a row of numbers that describes the face. The pictures are deleted at once. The numbers are encrypted.

What happens at the gate. Your child shows a card and looks at a camera. The picture is turned into numbers, \
compared with your child's, and deleted. It is not kept, and it is shown to nobody.

How long. Until you say no, until your child leaves, until the school changes its face reader, and at most twelve \
months. Then the numbers and their key are destroyed.

You can say no. Your child then uses a card at the same gate, just as fast. You can change your mind at any \
time on this page, without giving a reason.

We never guess moods, age, sex or origin, and we give the numbers to nobody."""
)
"""What a school may publish as it is, in every language of the product."""


def plain(language: str) -> str:
    """Return the plain notice in a language."""
    with translation.override(language):
        return translation.gettext(PLAIN_NOTICE)


@transaction.atomic
def publish(*, school: School, language: str, body: str, by: User | None, at: datetime) -> Notice:
    """Publish the next version of a school's notice. A published notice never changes."""
    last = (
        Notice.objects.filter(school=school, purpose=Purpose.GATE_ACCESS, language=language)
        .order_by("-version")
        .first()
    )
    notice = Notice.objects.create(
        school=school,
        purpose=Purpose.GATE_ACCESS,
        version=last.version + 1 if last else 1,
        language=language,
        body=body,
        digest=hashlib.sha256(body.encode()).digest(),
        published_at=at,
    )
    audit.record("notice.published", school=school, subject=None, actor=by, at=at, notice=str(notice.id))
    consent.reconcile_school(school=school, at=at)
    return notice


def current(school: School, language: str = "en", purpose: str = Purpose.GATE_ACCESS) -> Notice | None:
    """Return the notice about a purpose that a family of this school reads now."""
    return Notice.objects.filter(school=school, purpose=purpose, language=language).order_by("-version").first()


def to_read(school: School, language: str | None, purpose: str = Purpose.GATE_ACCESS) -> Notice | None:
    """Return the notice in the reader's language where the school has it, and in English where not."""
    return current(school, language or "en", purpose) or current(school, "en", purpose)


def is_current(notice: Notice) -> bool:
    """Tell whether no later version of a notice has been published."""
    return current(notice.school, notice.language, notice.purpose) == notice
