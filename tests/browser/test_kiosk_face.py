"""The button for a face without a card: there only where the school allows it, and the camera only when asked for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from pytest_django import Settings

from campus.models import School
from gates.models import Capture
from tests.browser.kiosk_screen import (
    BROKEN_CAMERA,
    BY_FACE,
    FIGURE,
    LOOK,
    NO_MATCH,
    STILL,
    USE_CARD,
    answer,
    see,
    show_card,
    time_passes,
)
from tests.drawn import enroll
from tests.galleries import write_calibration
from tests.personas import World

OpenScreen = Callable[..., Page]
FOUND = BY_FACE | {"reason": "identified"}
NEVER_OPENS = "navigator.mediaDevices.getUserMedia = () => new Promise(() => {})"


@pytest.fixture
def looking(world: World, settings: Settings, tmp_path: Path) -> None:
    """Let the world's school look for the one face that it has enrolled."""
    settings.FACE_ENGINES, settings.FACE_CALIBRATIONS = "fake", [write_calibration(tmp_path)]
    settings.CLAIM_KEY = b"c" * 32
    School.objects.filter(id=world.school.id).update(identifies=True)
    enroll(world.willing.person, operator=world.office, at=world.at)


def touch(screen: Page) -> None:
    screen.get_by_role("button", name="Use my face").click()


def test_without_the_school_s_leave_there_is_no_button(open_screen: OpenScreen) -> None:
    screen = open_screen()
    see(screen, "waiting", "Hold it to the reader.")
    expect(screen.get_by_role("button", name="Use my face")).to_be_hidden()


@pytest.mark.parametrize("way", ["in", "both"])
def test_the_button_asks_the_server_which_asks_to_look(
    looking: None, open_screen: OpenScreen, world: World, way: str
) -> None:
    screen = open_screen(NEVER_OPENS + STILL, way=way)  # No pictures follow, which would be a second capture.
    see(screen, "waiting", "If your family said yes, your face will do too.")
    touch(screen)
    see(screen, "look")
    capture = Capture.objects.get()
    assert (capture.identify, capture.outcome, capture.credential, capture.frames) == (True, "look", None, 0)


def test_at_an_exit_there_is_none(looking: None, open_screen: OpenScreen) -> None:
    screen = open_screen(way="out")
    see(screen, "leaving")
    expect(screen.get_by_role("button", name="Use my face")).to_be_hidden()


def test_it_sends_pictures_with_the_claim_and_welcomes_who_was_found(looking: None, open_screen: OpenScreen) -> None:
    screen = open_screen(FIGURE)
    bodies = answer(screen, LOOK, NO_MATCH, FOUND)
    touch(screen)
    see(screen, "retry", "2 tries left")
    see(screen, "granted", "Siu Ming")
    assert 'name="identify"' in bodies[0]
    assert 'name="credential"' not in "".join(bodies)
    for body in bodies[1:]:
        assert 'name="identify"' not in body
        assert body.count('name="image"') == 3


@pytest.mark.parametrize("reason", ["too_close", "tries_spent"])
def test_told_to_use_the_card_the_next_card_goes_alone(looking: None, open_screen: OpenScreen, reason: str) -> None:
    screen = open_screen(FIGURE)
    bodies = answer(screen, LOOK, USE_CARD | {"reason": reason}, BY_FACE)
    touch(screen)
    see(screen, "use_card", "Use your card")
    show_card(screen)
    see(screen, "granted")
    assert "declined" in bodies[2]


def test_whoever_changes_their_mind_is_asked_for_the_card(looking: None, open_screen: OpenScreen) -> None:
    screen = open_screen(NEVER_OPENS + STILL)
    answer(screen, LOOK)
    touch(screen)
    see(screen, "look")
    screen.get_by_role("button", name="Use my card only").click()
    see(screen, "card_only", "The camera stays off.")


def test_a_camera_that_is_broken_is_not_asked_again_for_a_minute(looking: None, open_screen: OpenScreen) -> None:
    screen = open_screen(f"({BROKEN_CAMERA})();" + STILL)
    bodies = answer(screen, LOOK)
    touch(screen)
    see(screen, "camera")
    time_passes(screen, 12_000)
    see(screen, "waiting")
    touch(screen)
    see(screen, "use_card")
    assert len(bodies) == 1


def test_once_it_is_switched_off_the_button_goes(looking: None, open_screen: OpenScreen) -> None:
    screen = open_screen(FIGURE)
    see(screen, "waiting")
    School.objects.update(identifies=False)
    touch(screen)
    expect(screen.get_by_role("button", name="Use my face")).to_be_hidden()
    see(screen, "waiting", "Hold it to the reader.")
