"""A school learns its own error rate from its own references, and keeps counts of nobody in particular. LAW 16, 33."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import numpy as np
import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from campus.models import AuditEvent, Person, Presence
from enrollment import calibration, galleries, gallery_check, identification, publishing
from enrollment.faces.distance import Template, distance, normalized, template_to_bytes
from enrollment.models import Declared, GalleryCheck, LookAlike, Permit, Purpose, Reference, ReferenceCiphertext
from enrollment.vault import keys
from gates import tasks_decide
from tests.drawn import ENGINE
from tests.personas import AT, World

NIGHT = AT.replace(hour=2) + timedelta(days=1)


@pytest.fixture
def declaring(world: World, gallery_shown: None) -> World:
    """A school whose notice tells families of the check, as did the one before."""
    publishing.publish_plain(school=world.school, declares=[Declared.GALLERY_CHECK], at=AT - timedelta(days=29))
    keys.make_epoch()
    return world


def hold(world: World, templates: list[Template]) -> list[Reference]:
    """Hold so many references of so many students, as if each had been enrolled."""
    policy = Permit.objects.get(student=world.willing.person, live=True).policy
    ends = {"compare_until": AT + timedelta(days=90), "expires_at": AT + timedelta(days=90)}
    made = []
    for number, template in enumerate(templates):
        student = Person.objects.create(school=world.school, name=f"{number}", number=f"c{number}", kind="student")
        Presence.objects.create(person=student, school=world.school)
        permit = Permit.objects.create(school=world.school, student=student, began_at=AT, policy=policy, **ends)
        reference = uuid4()
        binding = keys.Binding(world.school.id, student.id, Purpose.GATE_ACCESS, ENGINE)
        blob = keys.encrypt(reference, template_to_bytes(template), binding=binding, at=AT)
        row = Reference.objects.create(
            id=reference,
            school=world.school,
            student=student,
            permit=permit,
            engine=ENGINE,
            captures=3,
            enrolled_at=AT,
            enrolled_by=world.office,
        )
        ReferenceCiphertext.objects.create(reference=row, school=world.school, blob=blob)
        made.append(row)
    return made


def faces(count: int) -> list[Template]:
    """Return templates of so many people, the first two of whom could be one."""
    drawn = np.random.default_rng(4).normal(size=(count, 128))
    drawn[1] = drawn[0] + 0.01 * drawn[1]
    return [normalized(row) for row in drawn]


def test_a_school_whose_notice_does_not_declare_it_is_never_checked(world: World, gallery_shown: None) -> None:
    """It is a purpose of its own, written into the notice."""
    assert not gallery_check.is_due(world.school, NIGHT)


def test_it_is_due_once_a_month(declaring: World) -> None:
    assert gallery_check.is_due(declaring.school, NIGHT)
    hold(declaring, faces(3))
    gallery_check.run(declaring.school, at=NIGHT)
    assert not gallery_check.is_due(declaring.school, NIGHT + timedelta(days=29))
    assert gallery_check.is_due(declaring.school, NIGHT + timedelta(days=30))


def test_of_fewer_than_two_hundred_students_nothing_is_counted(declaring: World) -> None:
    hold(declaring, faces(5))
    (check,) = gallery_check.run(declaring.school, at=NIGHT)
    assert (check.students, check.pairs, check.false_matches, check.bins) == (5, None, None, [])


def test_the_database_refuses_counts_of_few(declaring: World) -> None:
    with pytest.raises(IntegrityError, match="gallerycheck_counts_no_few"), transaction.atomic():
        GalleryCheck.objects.create(
            school=declaring.school, engine=ENGINE, version="1", students=199, pairs=1, false_matches=0, at=AT
        )


def test_of_two_hundred_every_pair_is_counted_once(declaring: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the blocks count is what comparing each pair on its own counts."""
    monkeypatch.setattr(gallery_check, "BLOCK", 64)
    drawn = faces(200)
    hold(declaring, drawn)
    (check,) = gallery_check.run(declaring.school, at=NIGHT)
    apart = [distance(one, other) for number, one in enumerate(drawn) for other in drawn[:number]]
    assert (check.students, check.pairs) == (200, 19900)
    assert sum(check.bins) == len(apart)
    exact = np.bincount((np.array(apart) / gallery_check.STEP).astype(int), minlength=len(check.bins))
    assert np.abs(np.cumsum(check.bins) - np.cumsum(exact)).max() <= 3, "float32 may move a pair at a bin's edge"
    measured = calibration.of_engine(ENGINE)
    assert measured is not None
    assert check.false_matches == sum(d <= max(measured.thresholds.values()) for d in apart) == 1


def test_a_pair_that_looks_alike_is_looked_at_and_needs_its_cards(declaring: World) -> None:
    rows = hold(declaring, faces(4))
    gallery_check.run(declaring.school, at=NIGHT)
    gallery_check.run(declaring.school, at=NIGHT)
    pair = LookAlike.objects.get()
    assert {pair.reference_id, pair.other_reference_id} == {rows[0].id, rows[1].id}
    members = identification.members(declaring.school, NIGHT)
    assert set(members.values_list("id", flat=True)) == {rows[2].id, rows[3].id}
    assert AuditEvent.objects.get(kind="look_alike.found").actor is None


def test_whoever_may_not_be_compared_is_left_out(declaring: World) -> None:
    """LAW 1: a check is a comparison too."""
    rows = hold(declaring, faces(4))
    Permit.objects.filter(student=rows[0].student).update(compare=False)
    (check,) = gallery_check.run(declaring.school, at=NIGHT)
    assert check.students == 3
    assert not LookAlike.objects.exists()


def test_what_was_opened_is_overwritten(declaring: World, monkeypatch: pytest.MonkeyPatch) -> None:
    hold(declaring, faces(3))
    seen: list[Template] = []
    opened = galleries.opened

    def watched(references: list[Reference]) -> list[tuple[Reference, Template]]:
        found = list(opened(references))
        seen.extend(template for _row, template in found)
        return found

    monkeypatch.setattr(galleries, "opened", watched)
    gallery_check.run(declaring.school, at=NIGHT)
    assert len(seen) == 3
    assert not any(template.any() for template in seen)


def test_what_is_kept_names_nobody(declaring: World) -> None:
    hold(declaring, faces(3))
    (check,) = gallery_check.run(declaring.school, at=NIGHT)
    assert {field.name for field in GalleryCheck._meta.fields if field.is_relation} == {"school"}
    assert AuditEvent.objects.get(kind="gallery.checked").payload.body == {"check": check.id, "students": 3}


def test_the_process_of_the_gates_does_it_at_night_only(declaring: World, frozen: object) -> None:
    hold(declaring, faces(3))
    assert callable(frozen)
    frozen(AT)
    tasks_decide.check_galleries()
    assert not GalleryCheck.objects.exists()
    frozen(NIGHT)
    tasks_decide.check_galleries()
    assert GalleryCheck.objects.count() == 1


def test_everybody_reads_what_the_school_learned(declaring: World, client: Client) -> None:
    """LAW 33: its own figure, beside those of strangers."""
    address = f"/privacy/{declaring.school.slug}/"
    assert "could take one for the other" not in client.get(address).content.decode()
    counted = {"students": 200, "pairs": 19900, "false_matches": 1, "bins": [1], "step": 0.02}
    GalleryCheck.objects.create(school=declaring.school, engine=ENGINE, version="1", at=NIGHT, **counted)
    assert "of 19,900 pairs, 1 were so near" in client.get(address).content.decode()
