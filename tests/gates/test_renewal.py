"""A face at the gate while the school changes its face reader: each reference by its own engine, or not at all."""

from __future__ import annotations

import io
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image
from pytest_django import Settings

from campus import broker, sealing
from enrollment.faces.capture import Probe, Rules, probe
from enrollment.faces.distance import template_to_bytes
from enrollment.faces.drawn_engine import DrawnEngine
from enrollment.models import Reference
from gates import extraction, intake, verification
from gates.decision import Claim
from gates.models import Capture, Passage
from gates.parcels import FRAMES_BYTES, LIVES_SECONDS, Errand, Extracted, stamp
from gates.passages import Finding, record
from tests.drawn import FACE, RedrawnEngine, enroll, measured_as
from tests.gates.lane import Lane, compared, picture
from tests.personas import Pupil
from tests.renewing import ENDS

Frozen = Callable[[datetime], None]
Between = dict[str, Callable[[Capture], None]]
BEFORE_THE_END = ENDS - timedelta(seconds=0.5)


def nothing(capture: Capture) -> None:
    """Nothing happens in between."""


@pytest.fixture
def between(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Between:
    """Do what the two workers do while the kiosk's call waits; what is put in here happens in between."""
    happens: Between = {}
    settings.CAPTURE_WAIT_SECONDS = 2.0

    def work(capture: Capture) -> Capture:
        happens.get("before extract", nothing)(capture)
        extraction.extract(Errand.of(capture))
        happens.get("before decide", nothing)(capture)
        verification.verify(capture.id)
        capture.refresh_from_db()
        return capture

    monkeypatch.setattr(intake, "_answered", work)
    return happens


def looks(lane: Lane, pupil: Pupil, *, face: int = FACE, frames: int = 3) -> tuple[str, str]:
    """Show a card, be asked to look, look, and return what becomes of it."""
    pictures = [picture(variant, face=face) for variant in range(frames)]
    answer = lane.send(claim=lane.claim(pupil), image=pictures).json()
    return answer["outcome"], answer["reason"]


def shows_card(lane: Lane, pupil: Pupil) -> tuple[str, str]:
    answer = lane.send(pupil).json()
    return answer["outcome"], answer["reason"]


@pytest.fixture
def renewed(lane: Lane, reference: Reference, request: pytest.FixtureRequest) -> Reference:
    """One pupil enrolled before the change, as `reference` is; another afterwards, by the new engine."""
    request.getfixturevalue("renewing")
    world = lane.world
    return enroll(world.latecomer.person, operator=world.office, at=world.at, face=9, engine=RedrawnEngine())


# ------------------------------------------------------------ side by side


def test_old_and_new_references_are_each_compared_by_their_own_engine(
    lane: Lane, reference: Reference, renewed: Reference, between: Between
) -> None:
    assert looks(lane, lane.world.willing) == ("granted", "match")
    assert looks(lane, lane.world.latecomer, face=9) == ("granted", "match")
    passages = {passage.reference: passage for passage in Passage.objects.filter(reason="match")}
    told = [(passages[one.id].engine, passages[one.id].threshold_version) for one in (reference, renewed)]
    assert told == [("drawn-1", "drawn"), ("drawn-2", "drawn again")]


def test_another_s_face_matches_neither(lane: Lane, reference: Reference, renewed: Reference, between: Between) -> None:
    assert looks(lane, lane.world.willing, face=9) == ("denied", "no_match")
    assert looks(lane, lane.world.latecomer) == ("denied", "no_match")


def test_no_gate_ever_enrols_anybody(
    lane: Lane, reference: Reference, renewed: Reference, between: Between, frozen: Frozen
) -> None:
    made = ("id", "student", "permit", "engine", "captures", "enrolled_at", "enrolled_by", "session")
    before = list(Reference.objects.order_by("id").values(*made))
    looks(lane, lane.world.willing)
    looks(lane, lane.world.latecomer, face=9)
    frozen(ENDS)
    shows_card(lane, lane.world.willing)
    assert list(Reference.objects.order_by("id").values(*made)) == before


def test_on_the_date_the_old_one_asks_for_the_card_and_the_new_one_goes_on(
    lane: Lane, reference: Reference, renewed: Reference, between: Between, frozen: Frozen
) -> None:
    frozen(BEFORE_THE_END)
    assert shows_card(lane, lane.world.willing) == ("look", "consented")
    frozen(ENDS)
    assert shows_card(lane, lane.world.willing) == ("use_card", "reference_outdated")
    assert shows_card(lane, lane.world.willing) == ("granted", "card")
    assert looks(lane, lane.world.latecomer, face=9) == ("granted", "match")


def test_without_a_renewal_the_old_one_asks_for_the_card_and_is_told_what_to_do(
    lane: Lane, reference: Reference, changed: None
) -> None:
    answer = lane.send(lane.world.willing).json()
    assert (answer["outcome"], answer["reason"]) == ("use_card", "reference_outdated")
    assert answer["message"] == "Please use your card, and ask the office to renew your face."
    assert (answer["claim"], answer["passage_id"]) == (None, None)
    assert shows_card(lane, lane.world.willing) == ("granted", "card")


def test_the_exit_stays_free_for_everybody(lane: Lane, reference: Reference, changed: None) -> None:
    assert lane.send(lane.world.willing, direction="out").json()["reason"] == "exit_free"


def test_pictures_of_an_outdated_reference_are_dropped_unread(
    lane: Lane, reference: Reference, settings: Settings, broker_gained: Callable[[], list[bytes]]
) -> None:
    claim = lane.claim(lane.world.willing)
    settings.FACE_ENGINES = "dlib"
    answer = lane.send(claim=claim, image=[picture()]).json()
    assert (answer["outcome"], answer["reason"]) == ("use_card", "reference_outdated")
    assert broker_gained() == []
    assert Capture.objects.latest("received_at").frames == 0


# ------------------------------------------------------------ what changes on the way


@pytest.mark.parametrize("moment", ["before extract", "before decide"])
def test_a_renewal_that_ends_on_the_way_ends_the_comparison(
    lane: Lane, reference: Reference, renewed: Reference, between: Between, frozen: Frozen, moment: str
) -> None:
    frozen(BEFORE_THE_END)
    between[moment] = lambda capture: frozen(ENDS)
    assert looks(lane, lane.world.willing) == ("use_card", "reference_outdated")
    assert not Passage.objects.exists()


def test_a_renewal_that_ends_between_measuring_and_recording_ends_it_too(
    lane: Lane, reference: Reference, renewed: Reference
) -> None:
    capture = lane.capture(lane.world.willing, at=ENDS)
    decided = record(capture.id, Finding(claim=Claim.GOOD, compared=compared(reference.id, 0.1)), at=ENDS)
    assert (decided.outcome, decided.reason) == ("use_card", "reference_outdated")
    assert not Passage.objects.exists()


def test_a_student_enrolled_anew_meanwhile_is_not_compared_with_the_old_probe(
    lane: Lane, reference: Reference, renewed: Reference, between: Between
) -> None:
    world = lane.world

    def enroll_anew(capture: Capture) -> None:
        enroll(world.willing.person, operator=world.office, at=world.at, engine=RedrawnEngine())

    between["before decide"] = enroll_anew
    assert looks(lane, world.willing) == ("use_card", "reference_outdated")


def test_a_school_that_sets_another_engine_while_a_probe_is_made_compares_nothing(
    lane: Lane, reference: Reference, renewed: Reference, between: Between, settings: Settings
) -> None:
    between["before extract"] = lambda capture: setattr(settings, "FACE_ENGINES_BEFORE", "")
    assert looks(lane, lane.world.willing) == ("use_card", "reference_outdated")


# ------------------------------------------------------------ hostile parcels


def of_another_capture(lane: Lane, engine: str) -> Callable[[Capture], None]:
    """Put a parcel, sealed by us for another capture, in the place of the right one."""

    def swap(capture: Capture) -> None:
        taken = broker.take_parcel(f"frames:{capture.id}", at_most=FRAMES_BYTES)
        assert taken is not None
        other = Errand.of(lane.capture(lane.world.latecomer, at=lane.world.at))
        put_frames(capture, engine, Errand(other.capture, other.kiosk, other.expires).frames, b"f" * 32)

    return swap


def by_another_key(lane: Lane, engine: str) -> Callable[[Capture], None]:
    """Put a parcel that somebody sealed who doesn't have the key."""
    return lambda capture: put_frames(capture, engine, Errand.of(capture).frames, b"x" * 32)


def put_frames(capture: Capture, engine: str, bound_to: str, key: bytes) -> None:
    contents = [stamp(), engine.encode(), picture().read()]
    broker.put_parcel(f"frames:{capture.id}", sealing.seal(key, contents, bound_to=bound_to), seconds=LIVES_SECONDS)


@pytest.mark.parametrize("swap", [of_another_capture, by_another_key])
@pytest.mark.parametrize("engine", ["drawn-1", "drawn-2"])
def test_an_engine_swapped_in_the_parcel_is_noticed(
    lane: Lane,
    reference: Reference,
    renewed: Reference,
    between: Between,
    swap: Callable[[Lane, str], Callable[[Capture], None]],
    engine: str,
) -> None:
    between["before extract"] = swap(lane, engine)
    assert looks(lane, lane.world.willing) == ("use_card", "tampered")


@pytest.mark.parametrize("engine", ["drawn-2", "", "drawn-3"])
def test_a_probe_of_another_engine_is_never_compared(
    lane: Lane,
    reference: Reference,
    renewed: Reference,
    between: Between,
    monkeypatch: pytest.MonkeyPatch,
    engine: str,
) -> None:
    def compare(*templates: Any) -> float:
        raise AssertionError("two engines were compared")

    def forge(capture: Capture) -> None:
        """As a reader that was taken over would: it has the key to seal probes."""
        parcel = sealing.seal(
            b"p" * 32, Extracted(engine=engine, frames=3, template=template).parts(), bound_to=Errand.of(capture).probe
        )
        broker.put_parcel(f"probe:{capture.id}", parcel, seconds=LIVES_SECONDS)

    right = probe([picture().read()], DrawnEngine(), Rules(12_000_000, 0.45))
    assert isinstance(right, Probe)
    template = template_to_bytes(right.template)
    monkeypatch.setattr(verification, "distance", compare)
    between["before decide"] = forge
    assert looks(lane, lane.world.willing) == ("use_card", "reference_outdated")


# ------------------------------------------------------------ an engine that is not the measured one


def test_an_engine_that_changed_since_it_was_measured_asks_for_the_card_and_logs_an_error(
    lane: Lane,
    reference: Reference,
    between: Between,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(DrawnEngine, "version", "drawn-1-with-other-constants")
    with caplog.at_level(logging.ERROR):
        assert looks(lane, lane.world.willing) == ("use_card", "reference_outdated")
    assert [record.name for record in caplog.records] == ["gates.extraction"]
    assert "drawn-1" in caplog.records[0].getMessage()
    assert shows_card(lane, lane.world.willing) == ("granted", "card")


# ------------------------------------------------------------ thresholds by pictures and frames


@pytest.fixture
def strict_about_one_frame(settings: Settings, tmp_path: Path) -> None:
    """Let nothing match with one frame, and everything else as it was."""
    settings.FACE_CALIBRATIONS = [measured_as(tmp_path, k3f1="0.0", k3f2="0.3", k3f3="0.4", version='"by frames"')]


@pytest.mark.parametrize(("frames", "outcome"), [(1, "denied"), (2, "granted"), (3, "granted")])
def test_the_threshold_is_that_of_so_many_pictures_and_frames(
    lane: Lane, reference: Reference, between: Between, strict_about_one_frame: None, frames: int, outcome: str
) -> None:
    assert looks(lane, lane.world.willing, frames=frames)[0] == outcome
    passage = Passage.objects.get()
    assert (passage.frames, passage.threshold, passage.threshold_version) == (
        frames,
        {1: 0.0, 2: 0.3, 3: 0.4}[frames],
        "by frames",
    )


def test_a_frame_without_a_face_does_not_count(
    lane: Lane, reference: Reference, between: Between, strict_about_one_frame: None
) -> None:
    pictures = [picture(0), picture(1), empty_scene()]
    answer = lane.send(claim=lane.claim(lane.world.willing), image=pictures).json()
    assert answer["outcome"] == "granted"
    assert (Passage.objects.get().frames, Passage.objects.get().capture.frames) == (2, 3)


def empty_scene() -> SimpleUploadedFile:
    plain = io.BytesIO()
    Image.new("RGB", (160, 120), "white").save(plain, "JPEG")
    return SimpleUploadedFile("capture.jpg", plain.getvalue(), "image/jpeg")


# ------------------------------------------------------------ what a school has not accepted


def test_until_the_school_accepts_what_was_not_shown_the_card_decides_as_for_everybody(
    lane: Lane, reference: Reference, not_shown: None, broker_gained: Callable[[], list[bytes]]
) -> None:
    answers = [lane.send(pupil).json() for pupil in (lane.world.willing, lane.world.refusing)]
    assert [(one["outcome"], one["reason"], one["claim"]) for one in answers] == [("granted", "card", None)] * 2
    assert broker_gained() == []


def test_new_numbers_that_were_not_accepted_end_comparing_on_the_way_too(
    lane: Lane, reference: Reference, between: Between, settings: Settings, tmp_path: Path
) -> None:
    measured = measured_as(tmp_path, shown_at="0.1", version='"newer"')
    between["before decide"] = lambda capture: setattr(settings, "FACE_CALIBRATIONS", [measured])
    assert looks(lane, lane.world.willing) == ("granted", "card")
    assert Passage.objects.get().distance is None
