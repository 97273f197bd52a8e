"""Refused by design: emotion, attention, age, sex and ethnicity; cameras that nobody stands in front of by choice."""

from __future__ import annotations

import ast
import re
from dataclasses import fields

import pytest
from django.apps import apps

from enrollment.faces import weights
from enrollment.faces.face import Face
from gates.parcels import Extracted
from tests.refused import sources

OF_A_PERSON = r"emotions?|mood|sentiment|gender|sex|ethnic(ity)?|race|ages?|gaze|drows\w*|attentive\w*|smil(e|ing)"
INFERENCE = re.compile(
    rf"(^|_)(emotions?|sentiment|gender|ethnic(ity)?|gaze|drows\w*|attentive\w*)(_|$)"
    rf"|(predict|estimat|infer|classif|guess|detect|recogni[sz])\w*_({OF_A_PERSON}|attention)(_|$)"
    rf"|(^|_)({OF_A_PERSON}|attention)_(of_face|of_person|model|net|network|score|classifier|estimator)(_|$)",
    re.IGNORECASE,
)
INFERRING = {
    "deepface",
    "fer",
    "hsemotion",
    "hsemotion-onnx",
    "py-feat",
    "insightface",
    "mivolo",
    "retina-face",
    "gaze-tracking",
}
VIDEO = {
    *("opencv-python", "opencv-python-headless", "opencv-contrib-python", "av", "imageio", "imageio-ffmpeg"),
    *("ffmpeg-python", "vidgear", "python-vlc", "onvif-zeep", "onvif-zeep-async", "aiortc", "decord", "pafy", "rtsp"),
}
VIDEO_MODULES = ("cv2", "av", "imageio", "ffmpeg", "vidgear", "vlc", "onvif", "aiortc", "gi.repository.Gst", "decord")
STREAM = re.compile(r"(rtsps?|rtmps?|rtp|srt|mms)://|\.m3u8|\bonvif\b|/dev/video\d", re.IGNORECASE)


def snake(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name)


def inferring(tree: ast.AST) -> set[str]:
    return {name for name in sources.names(tree) if INFERENCE.search(snake(name))}


def streaming(tree: ast.AST) -> set[str]:
    modules = {name for name in sources.imports(tree) if f"{name}.".startswith(tuple(f"{m}." for m in VIDEO_MODULES))}
    calls = {name for name in sources.names(tree) if name in ("VideoCapture", "VideoStream", "RTCPeerConnection")}
    return modules | calls | {text for text in sources.strings(tree) if STREAM.search(text)}


# ------------------------------------------------------------ what a face says of somebody


@pytest.mark.parametrize("path", sources.product())
def test_no_code_infers_what_somebody_feels_or_is(path: str) -> None:
    """LAW 12, design: no emotion, attention, age, sex or ethnicity."""
    assert inferring(sources.product()[path]) == set()


@pytest.mark.parametrize(
    "added",
    [
        "def predict_age(template): ...",
        "emotion = network(pixels)",
        "class GenderClassifier: ...",
        "from faces import estimate_attention",
        "face.ethnicity",
        "score = attention_score(frames)",
        "EmotionNet()",
        "infer_sex(face)",
    ],
)
def test_code_that_does_is_noticed(added: str) -> None:
    assert inferring(ast.parse(added))


def test_no_package_that_infers_is_installed() -> None:
    assert len(sources.locked()) > 50
    assert sources.locked() & INFERRING == set()


def test_every_model_that_sees_a_face_is_known_and_none_infers() -> None:
    """One finds faces, one finds their points, two compare, one tells a face from a picture of one."""
    known = {weights.RESNET, weights.LANDMARKS, weights.MOBILEFACENET, weights.BLAZEFACE, weights.LIVENESS}
    said = {text for tree in sources.product().values() for text in sources.strings(tree)}
    named = {
        word for text in said for word in re.findall(r"[\w.-]+\.(?:dat|tflite|onnx|pt|pth|pb|h5|caffemodel)\b", text)
    }
    assert known <= named
    assert {name.rsplit("/", 1)[-1] for name in named} - known <= {"dlib.onnx", ".onnx"}


def test_a_face_is_a_box_and_points_and_a_probe_is_a_template() -> None:
    """Nothing else is measured of a face that could be passed on."""
    assert [field.name for field in fields(Face)] == ["box", "points"]
    assert {field.name for field in fields(Extracted)} == {
        *("trouble", "engine", "frames", "queue_ms", "extract_ms", "template"),
        "card",  # the card's own key, sealed: nothing of the face
    }


def test_no_column_holds_such_a_thing() -> None:
    columns = {
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        for field in model._meta.local_fields
        if re.search(rf"(^|_)({OF_A_PERSON}|attention)(_|$)", field.name)
    }
    assert columns == set()


# ------------------------------------------------------------ cameras


@pytest.mark.parametrize("path", sources.product())
def test_no_code_reads_a_stream_or_a_camera(path: str) -> None:
    """LAW 12, 17: no CCTV."""
    assert streaming(sources.product()[path]) == set()


@pytest.mark.parametrize(
    "added",
    [
        "import cv2",
        "from av import open",
        "camera = VideoCapture(0)",
        "CAMERA = 'rtsp://10.0.0.5/stream1'",
        "source = 'https://camera.example/live.m3u8'",
        "open('/dev/video0')",
    ],
)
def test_code_that_does_read_one_is_noticed(added: str) -> None:
    assert streaming(ast.parse(added))


def test_no_package_for_video_is_installed() -> None:
    """LAW 17."""
    assert sources.locked() & VIDEO == set()


def test_a_camera_is_switched_on_by_two_pages_only() -> None:
    """LAW 17: the kiosk's screen and the enrolment desk, each by a person's touch; and no page plays a stream."""
    pages = sources.pages()
    assert {path for path, text in pages.items() if "getUserMedia" in text} == {
        "static/kiosk/camera.js",
        "static/enroll.js",
    }
    assert {path for path, text in pages.items() if STREAM.search(text) or "getDisplayMedia" in text} == set()
