"""Whatever page of the school shows a child, it is written down for the family who saw it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.urls import get_resolver

from campus import reads, registers
from campus.models import AttendanceMark, AuditEvent, Role, User
from campus.subjects import Asked
from enrollment import assent
from enrollment.models import ChildAnswer, ConsentEvent
from tests.personas import AT, SignIn, World
from tests.undoing import undone
from tests.url_ids import address_of, ids_of
from tests.url_matrix import MATRIX, routes

KINDS = {"teacher": "teacher", "office": "office", "officer": "protection_officer", "administrator": "administrator"}


@pytest.fixture
def staff(world: World) -> dict[str, User]:
    """One of each kind of staff."""
    users = {}
    for name, kind in KINDS.items():
        users[name] = User.objects.create_user(
            f"{name}@staff.example", name=f"The {name}", is_staff=name == "administrator"
        )
        Role.objects.create(school=world.school, user=users[name], kind=kind)
    world.on_time.teachers.add(users["teacher"])
    return users


def addresses(world: World) -> Iterator[str]:
    """Yield every address of the product about rows that exist, and the rows of the administrators' lists."""
    ids = ids_of(world)
    assert set(routes(get_resolver().url_patterns)) == set(MATRIX)
    for route in MATRIX:
        if not route.startswith("family/"):
            yield address_of(route, ids)
    for model in (AttendanceMark, ConsentEvent, ChildAnswer, AuditEvent):
        row = model.objects.filter(**{"subject" if model is AuditEvent else "student": world.willing.person.id}).first()
        assert row is not None, model
        yield f"/set-up/{model._meta.app_label}/{model._meta.model_name}/{row.pk}/change/"


def test_whoever_of_the_school_sees_a_child_is_written_down_for_the_family(
    world: World, staff: dict[str, User], signed_in: SignIn
) -> None:
    """LAW 30, 35."""
    child = world.willing.person
    registers.mark_arrival(school=world.school, student=child, at=AT)
    assent.record(student=child, kind=ChildAnswer.Kind.NO, by=world.office, at=AT)
    told = Asked(child, world.willing.parent)
    silent, seen = [], set()
    where = list(addresses(world))
    for name, user in staff.items():
        browser = signed_in(user)
        for address in where:
            for method in ("get", "post"):
                with undone(browser):  # Signing out is among the addresses.
                    before = set(AuditEvent.objects.values_list("id", flat=True))
                    response = getattr(browser, method)(address, {"guardian": str(world.willing.parent.id)})
                    new = AuditEvent.objects.filter(actor=user).exclude(id__in=before)
                    shows = child.name in response.content.decode(errors="replace")
                    written = new.filter(subject=child.id).exists() or (reads.of(told) & new).exists()
                if shows:
                    seen.add((name, address))
                    if not written:
                        silent.append((name, method, address))
    assert silent == []
    assert len(seen) > 20
