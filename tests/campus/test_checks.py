"""The numbered start-up checks: each fires on a machine that is set up wrong, and is silent on this one."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import pytest
from django.core.checks import CheckMessage
from django.core.checks.registry import registry
from django.db import connection, connections
from pytest_django import Settings

from campus import broker, checks, roles
from enrollment import calibrating, calibration, face_checks
from gates import checks as gates_checks
from gates import kiosks
from gates.models import Kiosk
from running import places, valkey
from tests.drawn import measured_as
from tests.gates.lane import make_lane
from tests.personas import World

BOTH = ["default", "keys"]
Check = Callable[..., list[CheckMessage]]


def numbers(check: Check, databases: Sequence[str] = BOTH) -> list[str]:
    """Run a check and return the numbers it gives out."""
    return [str(message.id) for message in check(None, databases=databases)]


# ------------------------------------------------------------ E001, the broker


@pytest.fixture
def other_broker(tmp_path: Path, settings: Settings) -> Iterator[Callable[..., None]]:
    """Start a broker of one's own, with any options, and make it the one in use."""
    started: list[subprocess.Popen[bytes]] = []
    var = tmp_path / "var"

    def start(**options: str) -> None:
        command = [*valkey.command(var), *(part for name, value in options.items() for part in (f"--{name}", value))]
        started.append(subprocess.Popen(command, stdout=subprocess.DEVNULL))
        while valkey.problem(valkey.url(var)):
            assert started[0].poll() is None, "the broker has ended"
            time.sleep(0.01)
        settings.REDIS_URL = valkey.url(var)
        broker._client.cache_clear()

    yield start
    broker._client.cache_clear()
    for process in started:
        process.terminate()
        process.wait(10)
    places.tidy_sockets(var)


@pytest.mark.parametrize(
    ("options", "found"),
    [({}, []), ({"save": "60 1"}, ["campus.E001"]), ({"appendonly": "yes"}, ["campus.E001"])],
    ids=["forgets", "saves", "appends"],
)
def test_e001_a_broker_that_keeps_what_it_carries_is_refused(
    other_broker: Callable[..., None], options: dict[str, str], found: list[str]
) -> None:
    other_broker(**options)
    assert numbers(checks.broker_forgets) == found


def test_e001_says_nothing_where_there_is_no_broker(settings: Settings) -> None:
    settings.REDIS_URL = ""
    assert numbers(checks.broker_forgets) == []


# ------------------------------------------------------------ E002 and E003, what Postgres logs


TALKATIVE = [
    ("log_min_error_statement", "error", "campus.E002"),
    ("log_statement", "mod", "campus.E002"),
    ("log_min_duration_statement", "0", "campus.E002"),
    ("log_min_duration_sample", "0", "campus.E002"),
    ("log_transaction_sample_rate", "0.5", "campus.E002"),
    ("log_parameter_max_length_on_error", "-1", "campus.E002"),
    ("log_error_verbosity", "default", "campus.E003"),
]


@pytest.mark.parametrize("alias", BOTH)
@pytest.mark.parametrize(("setting", "value", "number"), TALKATIVE, ids=[case[0] for case in TALKATIVE])
def test_e002_and_e003_a_postgres_that_logs_what_it_was_told_is_refused(
    db: None, alias: str, setting: str, value: str, number: str
) -> None:
    assert numbers(checks.postgres_is_discreet) == []
    with connections[alias].cursor() as cursor:
        cursor.execute(f"SET LOCAL {setting} = '{value}'")
    assert numbers(checks.postgres_is_discreet) == [number]


def test_e002_looks_at_every_setting_that_is_tried_here() -> None:
    assert set(checks.SILENT_ABOUT_STATEMENTS) == {name for name, _, number in TALKATIVE if number == "campus.E002"}


# ------------------------------------------------------------ E004, where the keys are


@contextmanager
def connected(alias: str, wrapper: Any) -> Iterator[None]:
    """Use another connection under an alias for a moment."""
    before = connections[alias]
    connections[alias] = wrapper
    try:
        yield
    finally:
        connections[alias] = before


def test_e004_keys_in_the_cluster_of_what_they_open_are_refused(db: None) -> None:
    assert numbers(checks.keys_live_elsewhere) == []
    with connected("keys", connection):
        assert numbers(checks.keys_live_elsewhere) == ["campus.E004"]


def test_e004_says_nothing_where_a_process_has_one_database(db: None) -> None:
    assert numbers(checks.keys_live_elsewhere, ["default"]) == []


# ------------------------------------------------------------ E005, mail


@pytest.mark.parametrize("kind", ["filebased", "console", "locmem", "dummy"])
def test_e005_mail_that_leaves_codes_lying_about_is_refused_in_production(settings: Settings, kind: str) -> None:
    settings.EMAIL_BACKEND = f"django.core.mail.backends.{kind}.EmailBackend"
    settings.DEBUG = False
    assert numbers(checks.mail_reaches_people) == ["campus.E005"]
    settings.DEBUG = True
    assert numbers(checks.mail_reaches_people) == []


def test_e005_mail_that_is_sent_is_taken(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.DEBUG = False
    assert numbers(checks.mail_reaches_people) == []


# ------------------------------------------------------------ E006, distances


def test_e006_a_kiosk_that_is_told_distances_is_refused_in_production(world: World, settings: Settings) -> None:
    settings.DEBUG = False
    lane = make_lane(world)
    assert numbers(gates_checks.no_kiosk_tells_distances) == []
    Kiosk.objects.update(diagnostic=True)
    assert numbers(gates_checks.no_kiosk_tells_distances) == ["campus.E006"]
    settings.DEBUG = True
    assert numbers(gates_checks.no_kiosk_tells_distances) == []
    settings.DEBUG = False
    kiosks.revoke(kiosk=lane.kiosk, by=None, at=world.at)
    assert numbers(gates_checks.no_kiosk_tells_distances) == []


# ------------------------------------------------------------ E007, who connects


@pytest.mark.parametrize(("process", "found"), [("web", ["campus.E007"]), ("manage", [])])
def test_e007_a_process_that_owns_its_tables_is_refused(
    db: None, settings: Settings, process: str, found: list[str]
) -> None:
    settings.PROCESS = process
    assert numbers(checks.application_owns_nothing) == found


def test_e007_a_process_in_its_own_role_is_taken(db: None, settings: Settings) -> None:
    settings.PROCESS = "web"
    roles.set_up()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE campus_web")
    assert numbers(checks.application_owns_nothing) == []


def test_e007_a_superuser_who_owns_nothing_is_refused_too(db: None, settings: Settings) -> None:
    settings.PROCESS = "web"
    with connection.cursor() as cursor:
        cursor.execute("CREATE ROLE somebody_mighty SUPERUSER")
        cursor.execute("SET LOCAL ROLE somebody_mighty")
    assert numbers(checks.application_owns_nothing) == ["campus.E007"]


# ------------------------------------------------------------ E008, drawn figures


@pytest.mark.parametrize(
    ("engine", "debug", "found"),
    [("fake", False, ["campus.E008"]), ("fake", True, []), ("dlib", False, []), ("dlib", True, [])],
)
def test_e008_an_engine_that_recognizes_nobody_is_refused_in_production(
    settings: Settings, engine: str, debug: bool, found: list[str]
) -> None:
    settings.FACE_ENGINES, settings.DEBUG = engine, debug
    assert numbers(checks.engine_is_real) == found


def test_e008_drawn_figures_are_refused_as_the_set_before_too(settings: Settings) -> None:
    settings.FACE_ENGINES, settings.FACE_ENGINES_BEFORE, settings.DEBUG = "dlib", "fake", False
    assert numbers(checks.engine_is_real) == ["campus.E008"]


# ------------------------------------------------------------ E012, half a renewal


@pytest.mark.parametrize(
    ("before", "until", "words"),
    [
        ("", "", None),
        ("dlib", "2027-03-01", None),
        ("dlib", "", "FACE_ENGINES_BEFORE is set and FACE_RENEWAL_UNTIL is not: a renewal needs both"),
        ("", "2027-03-01", "FACE_RENEWAL_UNTIL is set and FACE_ENGINES_BEFORE is not: a renewal needs both"),
        ("dlib", "soon", "FACE_RENEWAL_UNTIL is no date such as 2027-03-01"),
        ("dlib", "2027-02-30", "FACE_RENEWAL_UNTIL is no date such as 2027-03-01"),
        ("fake", "2027-03-01", "FACE_ENGINES_BEFORE is the set of now, fake: there is nothing to renew"),
    ],
)
def test_e012_half_a_renewal_is_refused(settings: Settings, before: str, until: str, words: str | None) -> None:
    settings.FACE_ENGINES_BEFORE, settings.FACE_RENEWAL_UNTIL = before, until
    found = [(message.id, message.msg) for message in face_checks.renewal_is_whole(None)]
    assert found == ([("campus.E012", words)] if words else [])


# ------------------------------------------------------------ E013, another engine than the measured one


def test_e013_the_engine_sets_of_the_measured_file_are_those_of_the_code(settings: Settings) -> None:
    for name in ("dlib", "dlib,mobilefacenet"):
        settings.FACE_ENGINES = name
        assert numbers(face_checks.engines_are_those_measured) == []


def test_e013_another_version_of_an_engine_than_the_measured_one_is_refused(settings: Settings, tmp_path: Path) -> None:
    measured = calibration.read(settings.BASE_DIR / "enrollment" / "calibration.toml")
    others = [replace(one, engine="dlib-0000000000000000") if one.engines == "dlib" else one for one in measured]
    changed = tmp_path / "calibration.toml"
    changed.write_text(calibrating.written([replace(one, version=calibration.version_of(one)) for one in others]))
    settings.FACE_CALIBRATIONS, settings.FACE_ENGINES = [changed], "dlib"
    assert numbers(face_checks.engines_are_those_measured) == ["campus.E013"]
    settings.FACE_ENGINES, settings.FACE_ENGINES_BEFORE = "dlib,mobilefacenet", "dlib"
    settings.FACE_RENEWAL_UNTIL = "2999-01-01"
    assert numbers(face_checks.engines_are_those_measured) == ["campus.E013"]


def test_e014_numbers_that_were_changed_by_hand_are_refused(settings: Settings, tmp_path: Path) -> None:
    measured = (settings.BASE_DIR / "enrollment" / "calibration.toml").read_text()
    path = tmp_path / "numbers.toml"
    path.write_text(re.sub(r"k3f3 = [0-9.]+", "k3f3 = 0.9", measured, count=1))
    settings.FACE_CALIBRATIONS = [path]
    words = "numbers.toml: dlib was changed by hand, or cut: its version is not that of its numbers"
    assert [(message.id, message.msg) for message in face_checks.calibration_is_usable(None)] == [
        ("campus.E014", words)
    ]


@pytest.mark.parametrize("process", ["web", "extract", "decide", "desk"])
def test_e013_is_asked_where_faces_are_looked_at_and_loads_no_network_before_a_worker_forks(process: str) -> None:
    code = (
        "import sys, django; django.setup(); from django.core import checks; checks.run_checks(); "
        "print('engines_are_those_measured' in {c.__name__ for c in checks.registry.registry.get_checks()}, "
        "bool({'dlib', 'onnxruntime'} & set(sys.modules)))"
    )
    given = {name: value for name, value in os.environ.items() if not name.endswith("_URL")}
    given |= {"CAMPUS_PROCESS": process, "DJANGO_SETTINGS_MODULE": "campus.settings"}
    asked = subprocess.run([sys.executable, "-c", code], env=given, capture_output=True, text=True, check=True)
    assert asked.stdout.split() == [str(process in ("extract", "desk")), "False"]


# ------------------------------------------------------------ E010, presentation attack detection


@pytest.mark.parametrize("process", ["extract", "desk"])
def test_e010_what_looks_at_faces_does_not_start_without_the_detection_it_requires(
    settings: Settings, tmp_path: Path, process: str
) -> None:
    settings.PROCESS, settings.FACE_PAD, settings.LIVENESS_FILE = process, "required", tmp_path / "model.onnx"
    assert numbers(checks.attacks_are_detected) == ["campus.E010"]
    settings.LIVENESS_FILE.write_bytes(b"a model")
    assert numbers(checks.attacks_are_detected) == []


@pytest.mark.parametrize(("process", "required"), [("extract", "off"), ("web", "required"), ("decide", "required")])
def test_e010_whoever_does_not_need_the_detection_starts_without_it(
    settings: Settings, tmp_path: Path, process: str, required: str
) -> None:
    settings.PROCESS, settings.FACE_PAD, settings.LIVENESS_FILE = process, required, tmp_path / "model.onnx"
    assert numbers(checks.attacks_are_detected) == []


@pytest.mark.parametrize("setting", ["", "on", "Required", "1"])
def test_e010_a_setting_that_is_not_known_is_no_silent_off(settings: Settings, setting: str) -> None:
    settings.FACE_PAD = setting
    assert numbers(checks.attacks_are_detected) == ["campus.E010"]


# ------------------------------------------------------------ E014, measured numbers that can't be used


def test_e014_the_shipped_numbers_can_be_used() -> None:
    assert numbers(face_checks.calibration_is_usable) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "numbers.toml can't be read: KeyError"),
        ("[[set]", "numbers.toml can't be read: TOMLDecodeError"),
        ('[[set]]\nengines = "dlib"', "numbers.toml can't be read: TypeError"),
        (None, "numbers.toml can't be read: FileNotFoundError"),
    ],
)
def test_e014_numbers_that_can_t_be_read_are_refused(
    settings: Settings, tmp_path: Path, text: str | None, words: str
) -> None:
    path = tmp_path / "numbers.toml"
    if text is not None:
        path.write_text(text)
    settings.FACE_CALIBRATIONS = [path]
    found = face_checks.calibration_is_usable(None)
    assert [(message.id, message.msg) for message in found] == [("campus.E014", words)]


def test_e014_a_set_without_one_of_its_thresholds_is_refused(settings: Settings, tmp_path: Path) -> None:
    path = measured_as(tmp_path, engines='"dlib"')
    path.write_text(path.read_text().replace("k4f2 = 0.45\n", "").replace("k5f3 = 0.45\n", ""))
    settings.FACE_CALIBRATIONS = [path]
    words = [message.msg for message in face_checks.calibration_is_usable(None)]
    assert words == [f"{path.name}: dlib has no threshold k4f2, k5f3"]


# ------------------------------------------------------------ all of them, at start-up


def test_every_check_is_registered() -> None:
    ours = {
        (module.__name__, name)
        for module in (checks, gates_checks, face_checks)
        for name in vars(module)
        if is_check(module, name) and name != "engines_are_those_measured"  # Only where engines are loaded.
    }
    registered = {(check.__module__, getattr(check, "__name__", "")) for check in registry.get_checks()}
    assert ours <= registered
    assert len(ours) == 12


def is_check(module: ModuleType, name: str) -> bool:
    """Tell whether a function returns what a check returns."""
    found = vars(module)[name]
    return isinstance(found, FunctionType) and found.__annotations__.get("return") == "list[CheckMessage]"


def test_this_machine_is_set_up_right(db: None, settings: Settings) -> None:
    settings.EMAIL_BACKEND, settings.FACE_ENGINES = "django.core.mail.backends.smtp.EmailBackend", "dlib"
    checks.refuse_misconfiguration()


def test_a_machine_that_is_set_up_wrong_is_told_every_number_in_words(db: None, settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    settings.DEBUG = False
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL log_error_verbosity = 'verbose'")
    with pytest.raises(SystemExit) as end:
        checks.refuse_misconfiguration()
    assert "campus.E003: Postgres of 'default' has log_error_verbosity=verbose, not terse" in str(end.value)
    assert "campus.E005: EMAIL_BACKEND" in str(end.value)
