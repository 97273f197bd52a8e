"""Celery tasks of the school itself, all on the desk's queue."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task
from django.contrib.sessions.backends.db import SessionStore

from campus import addresses, clock, mail, outbox
from campus.models import SignInAddress


@shared_task(name="campus.settle_outbox", ignore_result=True)
def settle_outbox() -> None:
    """Do the effects that committed transactions owe."""
    outbox.settle(at=clock.now())


@shared_task(name="campus.clear_sessions", ignore_result=True)
def clear_sessions() -> None:
    """Delete the sessions that have ended, with whatever lies in them."""
    SessionStore.clear_expired()


@outbox.handles(addresses.TELL_OLD_ADDRESS)
def tell_old_address(address: UUID) -> None:
    """Tell the address that was a guardian's that it isn't any more."""
    ended = SignInAddress.objects.select_related("user").get(id=address)
    context = {"name": ended.user.name, "day": (ended.ended_at or clock.now()).date()}
    mail.send("address_changed", to=ended.email, language=ended.language, context=context)
