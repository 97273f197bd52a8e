"""References: made of 3 to 5 pictures of one consenting child, opened for comparing only, destroyed with their key."""

from __future__ import annotations

import io
import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from PIL import Image, ImageFilter
from pytest_django import Settings

from campus import outbox, people
from campus.models import AuditEvent, Outbox
from campus.sealing import Tampered
from enrollment import attempts, consent, erasure, opening, permits, references, subject, tasks
from enrollment.faces.capture import LivenessCheck, Probe, Rules, probe
from enrollment.faces.distance import Template, distance
from enrollment.faces.drawn_engine import DrawnEngine, draw
from enrollment.faces.engine import Engine
from enrollment.faces.face import Box, Face
from enrollment.faces.images import Pixels
from enrollment.models import Permit, Reference, ReferenceCiphertext
from enrollment.vault import keys
from enrollment.vault.models import DataKey
from tests.drawn import ENGINE, FACE, enroll, pictures
from tests.personas import Pupil, World

OTHER_FACE = 8


@pytest.fixture(autouse=True)
def epoch(db: None) -> None:
    keys.make_epoch()


def why_not(
    world: World,
    images: Sequence[bytes],
    pupil: Pupil | None = None,
    engine: Engine | None = None,
    liveness: LivenessCheck | None = None,
) -> str:
    """Try to enrol a pupil, the willing one unless another is named, and return why not."""
    return references.enroll(
        attempt=attempts.begin(student=(pupil or world.willing).person, operator=world.office, at=world.at),
        images=images,
        engine=engine or DrawnEngine(),
        liveness=liveness,
        at=world.at,
    )


def seen(picture: bytes) -> Template:
    found = probe([picture], DrawnEngine(), Rules(12_000_000, 0.45))
    assert isinstance(found, Probe)
    return found.template


def not_a_face() -> bytes:
    plain = io.BytesIO()
    Image.new("RGB", (320, 240), "white").save(plain, "JPEG")
    return plain.getvalue()


def blurred() -> bytes:
    """A picture of the figure, out of focus."""
    data = io.BytesIO()
    Image.open(io.BytesIO(draw(FACE, 2))).filter(ImageFilter.GaussianBlur(12)).save(data, "JPEG")
    return data.getvalue()


# ------------------------------------------------------------ enrolling


@pytest.mark.parametrize("count", [3, 4, 5])
def test_three_to_five_pictures_of_one_person_make_a_reference(world: World, count: int) -> None:
    assert why_not(world, pictures(count)) == ""
    reference = Reference.objects.get()
    assert (reference.student, reference.captures, reference.engine) == (world.willing.person, count, "drawn-1")
    assert (reference.enrolled_by, reference.enrolled_at) == (world.office, world.at)
    assert reference.permit == Permit.objects.get(student=world.willing.person, live=True)
    assert list(DataKey.objects.values_list("reference", flat=True)) == [reference.id]
    events = AuditEvent.objects.filter(subject=world.willing.person.id, kind="reference.enrolled")
    assert events.get().actor == world.office


REFUSED = [
    ("too_few_images", pictures(2)),
    ("too_few_images", []),
    ("too_many_images", pictures(6)),
    ("no_face", [*pictures(3), not_a_face()]),
    ("several_faces", [*pictures(2), draw(FACE, 2, people=2)]),
    ("not_one_person", [*pictures(3), draw(OTHER_FACE)]),
    ("blurred", [*pictures(2), blurred()]),
    ("unreadable_image", [*pictures(2), b"\xff\xd8 no picture"]),
    ("image_too_small", [*pictures(2), draw(FACE, 2, size=(60, 60))]),
]


def test_pictures_that_will_not_do_are_refused_and_nothing_is_kept(world: World) -> None:
    for reason, images in REFUSED:
        assert why_not(world, images) == reason
    assert not Reference.objects.exists()
    assert not DataKey.objects.exists()


class TakesAllForPrints:
    """Takes every face for a picture of one."""

    def is_live(self, pixels: Pixels, box: Box) -> bool:
        return False


def test_nobody_is_enrolled_from_a_picture_held_up_to_the_camera(world: World) -> None:
    assert why_not(world, pictures(), liveness=TakesAllForPrints()) == "not_live"
    assert not Reference.objects.exists()
    assert not DataKey.objects.exists()


def test_a_picture_of_too_many_pixels_is_refused(world: World, settings: Settings) -> None:
    settings.IMAGE_MAX_PIXELS = 320 * 240 - 1
    assert why_not(world, pictures()) == "image_too_large"


def test_nobody_enrols_their_own_child(world: World) -> None:
    people.name_guardian(student=world.willing.person, guardian=world.office, at=world.at)
    assert why_not(world, pictures()) == "own_child"


def test_without_a_calibration_nobody_is_enrolled(world: World, settings: Settings) -> None:
    settings.FACE_CALIBRATIONS = []
    assert why_not(world, pictures()) == "not_calibrated"


class Blindfolded:
    """An engine that nobody may ask to look."""

    name = "blindfolded"
    version = ENGINE

    def locate(self, pixels: Pixels) -> Sequence[Box]:
        raise AssertionError("somebody looked")

    def mark(self, pixels: Pixels, box: Box) -> Face:
        raise AssertionError("somebody looked")

    def encode(self, pixels: Pixels, face: Face) -> Template:
        raise AssertionError("somebody looked")


@pytest.mark.parametrize("who", ["refusing", "withdrawn", "unanswered"])
def test_without_consent_no_picture_is_looked_at_and_no_key_is_made(world: World, who: str) -> None:
    assert why_not(world, pictures(), world.pupils[who], Blindfolded()) == "no_consent"
    assert not DataKey.objects.exists()


def test_a_withdrawal_while_the_pictures_are_measured_wins(world: World) -> None:
    class Slow(DrawnEngine):
        def encode(self, pixels: Pixels, face: Face) -> Template:
            consent.withdraw(student=world.willing.person, guardian=world.willing.parent, at=world.at)
            return super().encode(pixels, face)

    assert why_not(world, pictures(), engine=Slow()) == "no_consent"
    assert not Reference.objects.exists()
    assert not DataKey.objects.exists()


def test_enrolling_again_replaces_the_reference_and_destroys_the_old_key(world: World) -> None:
    old = enroll(world.willing.person, operator=world.office, at=world.at)
    new = enroll(world.willing.person, operator=world.office, at=world.at, face=OTHER_FACE)
    assert list(Reference.objects.values_list("id", flat=True)) == [new.id]
    assert ReferenceCiphertext.objects.get().reference == new
    assert Outbox.objects.get(topic=erasure.DESTROY_KEY).subject == old.id
    assert outbox.settle(at=world.at)
    assert list(DataKey.objects.values_list("reference", flat=True)) == [new.id]
    opened = opening.open_for_comparison(world.willing.person.id, world.at)
    assert opened is not None
    assert distance(opened.template, seen(draw(OTHER_FACE, 9))) < 0.3


def test_no_picture_and_no_template_is_in_what_is_stored(world: World) -> None:
    enroll(world.willing.person, operator=world.office, at=world.at)
    opened = opening.open_for_comparison(world.willing.person.id, world.at)
    assert opened is not None
    blob = bytes(ReferenceCiphertext.objects.get().blob)
    plain = opened.template.tobytes()
    assert plain[:16] not in blob
    assert 512 < len(blob) < 600


def test_an_opened_reference_shows_nothing_in_a_log(world: World) -> None:
    enroll(world.willing.person, operator=world.office, at=world.at)
    opened = opening.open_for_comparison(world.willing.person.id, world.at)
    assert opened is not None
    assert f"{opened.template[0]:.6f}" not in repr(opened)
    assert "array" not in repr(opened)


# ------------------------------------------------------------ opening


def test_it_opens_for_the_student_it_was_made_for(world: World) -> None:
    reference = enroll(world.willing.person, operator=world.office, at=world.at)
    opened = opening.open_for_comparison(world.willing.person.id, world.at)
    assert opened is not None
    assert (opened.id, opened.engine) == (reference.id, "drawn-1")
    assert distance(opened.template, seen(draw(FACE, 9))) < 0.3
    assert distance(opened.template, seen(draw(OTHER_FACE, 9))) > 0.9


def test_two_students_blobs_can_t_be_swapped(world: World) -> None:
    enroll(world.willing.person, operator=world.office, at=world.at)
    enroll(world.latecomer.person, operator=world.office, at=world.at, face=OTHER_FACE)
    one, other = ReferenceCiphertext.objects.all()
    for place, blob in ((one, other.blob), (other, one.blob)):
        ReferenceCiphertext.objects.filter(reference=place.reference).update(blob=blob)
    for pupil in (world.willing, world.latecomer):
        with pytest.raises(opening.Unusable):
            opening.open_for_comparison(pupil.person.id, world.at)


def test_two_students_keys_can_t_be_swapped_either(world: World) -> None:
    enroll(world.willing.person, operator=world.office, at=world.at)
    enroll(world.latecomer.person, operator=world.office, at=world.at, face=OTHER_FACE)
    one, other = DataKey.objects.all()
    for place, wrapped in ((one, other.wrapped), (other, one.wrapped)):
        DataKey.objects.filter(reference=place.reference).update(wrapped=wrapped)
    with pytest.raises(opening.Unusable):
        opening.open_for_comparison(world.willing.person.id, world.at)


@pytest.mark.parametrize("change", ["school", "student", "purpose", "engine"])
def test_a_ciphertext_opens_with_its_own_binding_only(world: World, change: str) -> None:
    reference, right = uuid4(), keys.Binding(uuid4(), uuid4(), "gate_access", "drawn-1")
    blob = keys.encrypt(reference, b"template", binding=right, at=world.at)
    assert keys.decrypt(reference, blob, binding=right) == b"template"
    other: dict[str, Any] = {change: uuid4() if change in ("school", "student") else "another"}
    with pytest.raises(Tampered):
        keys.decrypt(reference, blob, binding=replace(right, **other))


def test_without_its_key_a_reference_opens_for_nobody(world: World) -> None:
    reference = enroll(world.willing.person, operator=world.office, at=world.at)
    assert keys.destroy(reference.id, at=world.at)
    assert not keys.destroy(reference.id, at=world.at)
    with pytest.raises(opening.Unusable):
        opening.open_for_comparison(world.willing.person.id, world.at)


@pytest.mark.parametrize("plain", [b"", b"template", bytes(512), b"\xff" * 512], ids=["empty", "short", "0", "nan"])
def test_what_is_no_template_opens_for_nobody(world: World, plain: bytes) -> None:
    reference = enroll(world.willing.person, operator=world.office, at=world.at)
    keys.destroy(reference.id, at=world.at)
    binding = keys.Binding(world.school.id, reference.student_id, reference.purpose, reference.engine)
    blob = keys.encrypt(reference.id, plain, binding=binding, at=world.at)
    ReferenceCiphertext.objects.update(blob=blob)
    with pytest.raises(opening.Unusable):
        opening.open_for_comparison(world.willing.person.id, world.at)


@pytest.mark.parametrize("who", ["refusing", "withdrawn", "unanswered", "latecomer"])
def test_who_was_not_enrolled_has_nothing_to_open(world: World, who: str) -> None:
    enroll(world.willing.person, operator=world.office, at=world.at)
    assert opening.open_for_comparison(world.pupils[who].person.id, world.at) is None


def test_after_a_withdrawal_there_is_nothing_to_open_and_soon_no_key(world: World) -> None:
    enroll(world.willing.person, operator=world.office, at=world.at)
    consent.withdraw(student=world.willing.person, guardian=world.willing.parent, at=world.at)
    assert opening.open_for_comparison(world.willing.person.id, world.at) is None
    assert outbox.settle(at=world.at)
    assert not DataKey.objects.exists()


def test_without_a_calibrated_threshold_nothing_is_compared(world: World, settings: Settings) -> None:
    enroll(world.willing.person, operator=world.office, at=world.at)
    settings.FACE_CALIBRATIONS = []
    assert permits.comparable(world.willing.person.id, world.at) is None
    assert opening.open_for_comparison(world.willing.person.id, world.at) is None


def test_a_permit_that_may_hold_and_not_compare_opens_nothing(world: World) -> None:
    enroll(world.willing.person, operator=world.office, at=world.at)
    Permit.objects.filter(live=True).update(compare=False)
    assert opening.open_for_comparison(world.willing.person.id, world.at) is None


# ------------------------------------------------------------ destroying


def test_the_keys_of_enrolments_that_died_are_swept_and_no_others(world: World) -> None:
    kept = enroll(world.willing.person, operator=world.office, at=world.at)
    binding = keys.Binding(world.school.id, world.latecomer.person.id, "gate_access", "drawn-1")
    orphan, young = uuid4(), uuid4()
    keys.encrypt(orphan, b"x", binding=binding, at=world.at)
    keys.encrypt(young, b"x", binding=binding, at=world.at + timedelta(minutes=5))
    assert references.sweep_orphan_keys(world.at + timedelta(minutes=10)) == 0
    assert references.sweep_orphan_keys(world.at + timedelta(minutes=11)) == 1
    assert set(DataKey.objects.values_list("reference", flat=True)) == {kept.id, young}


def test_destroying_a_key_twice_does_no_harm(world: World) -> None:
    reference = uuid4()
    tasks.destroy_key(reference)
    tasks.destroy_key(reference)


def test_erasing_a_student_destroys_the_reference_and_says_so(world: World) -> None:
    enroll(world.willing.person, operator=world.office, at=world.at)
    assert subject.erase(world.willing.person, "asked for", world.at) == ["reference"]
    assert subject.erase(world.willing.person, "asked for", world.at) == []
    assert not ReferenceCiphertext.objects.exists()


def test_an_epoch_is_made_once_and_readable_by_its_owner_only(world: World, settings: Settings) -> None:
    path = keys.make_epoch()
    before = path.read_bytes()
    assert keys.make_epoch() == path == settings.VAULT_EPOCH_FILE
    assert path.read_bytes() == before
    assert path.stat().st_mode & 0o077 == 0


def test_nothing_of_it_reaches_a_log(world: World, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        enroll(world.willing.person, operator=world.office, at=world.at)
        consent.withdraw(student=world.willing.person, guardian=world.willing.parent, at=world.at)
        outbox.settle(at=world.at)
    said = " ".join(record.getMessage() for record in caplog.records)
    assert world.willing.person.name not in said
