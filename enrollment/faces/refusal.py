"""Why pictures give no template: a refusal is a value, told to people in words by whoever asked."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Refusal(StrEnum):
    """One reason why pictures were refused; the values are stable and safe to store or send."""

    UNREADABLE_IMAGE = "unreadable_image"
    IMAGE_TOO_LARGE = "image_too_large"
    IMAGE_TOO_SMALL = "image_too_small"
    NO_FACE = "no_face"
    SEVERAL_FACES = "several_faces"
    CUT_OFF = "cut_off"
    FACE_TOO_SMALL = "face_too_small"
    TOO_DARK = "too_dark"
    TOO_BRIGHT = "too_bright"
    TURNED_AWAY = "turned_away"
    BLURRED = "blurred"
    EYES_NOT_VISIBLE = "eyes_not_visible"
    NOT_LIVE = "not_live"
    NOT_ONE_PERSON = "not_one_person"
    TOO_ALIKE = "too_alike"
    TOO_FEW_IMAGES = "too_few_images"
    TOO_MANY_IMAGES = "too_many_images"


@dataclass(frozen=True)
class Refused:
    """A refusal, and the picture it is about (counted from 0) where it is about a single one."""

    reason: Refusal
    image: int | None = None
