"""The tombstone log's last line, remembered beside the keys: a log that was cut shows, whatever was restored."""

from __future__ import annotations

from django.db.models import Q

from enrollment.vault.models import LogHead


def note(number: int, link: bytes) -> None:
    """Remember the last line that was written; an earlier one changes nothing."""
    if not LogHead.objects.filter(Q(number__lt=number), id=1).update(number=number, link=link):
        LogHead.objects.get_or_create(id=1, defaults={"number": number, "link": link})


def known() -> tuple[int, bytes] | None:
    """Return number and link of the last line, or None."""
    head = LogHead.objects.first()
    return (head.number, bytes(head.link)) if head is not None else None
