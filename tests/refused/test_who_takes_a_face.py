"""Refused by design: a face from anywhere but a kiosk's capture or a supervised sitting; a template going out."""

from __future__ import annotations

import ast
import base64
import inspect
import json
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from itertools import chain
from typing import Any
from uuid import uuid4

import grimp
import pytest
from django.apps import apps
from django.core.files.uploadedfile import InMemoryUploadedFile, SimpleUploadedFile
from django.core.management import get_commands
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import get_resolver

from campus import audit, broker, cards, subjects, uploads
from campus.admin_site import site
from campus.celery import TASK_MODULES, app
from campus.models import AuditPayload, School, User
from enrollment import office_enroll, opening, sittings
from enrollment.faces.distance import template_to_bytes
from enrollment.models import Disclosable, Disclosure, ReferenceCiphertext
from enrollment.vault.models import DataKey
from tests.drawn import enroll
from tests.enrollment.sitting import desk_of, url
from tests.everything import our_models
from tests.galleries import probe_of
from tests.gates.lane import Lane, look
from tests.personas import World
from tests.refused import sources
from tests.stack.test_nothing_left import Search, needles_of_template
from tests.undoing import undone
from tests.url_ids import address_of, ids_of
from tests.url_matrix import routes

TAKE_FACES = {"api/v1/captures", "office/students/<uuid:student>/enroll/"}
"""The two addresses of the product that read a picture."""
TASKS = {
    "campus.settle_outbox": [],
    "campus.clear_sessions": [],
    "campus.sweep": [],
    "campus.mail_chain_heads": [],
    "campus.watch_tombstones": [],
    "enrollment.enroll": ["attempt"],
    "enrollment.end_expired": [],
    "enrollment.review": [],
    "enrollment.remind": [],
    "enrollment.renew_epoch": [],
    "gates.extract": ["capture", "kiosk", "expires"],
    "gates.decide": ["capture"],
    "gates.check_galleries": [],
}
ON_FOLDERS = {"evaluate", "calibrate", "pad_evaluate", "quality_table", "bench"}
"""Commands that look at photographs, in a folder that somebody names."""
COMMANDS = ON_FOLDERS | {
    *("seal", "setup_roles", "update_catalogues", "verify_chain", "sweep", "overdue", "retention_table"),
    *("make_epoch", "rotate_root_key", "replay_tombstones", "draw_consent", "kiosk", "seed_demo"),
}
REFERENCES = (
    "enrollment.references",
    "enrollment.opening",
    "enrollment.galleries",
    "enrollment.vault",
    "gates.verification",
)
WAYS_OUT = (
    "django.http",
    "django.shortcuts",
    "django.core.mail",
    "campus.mail",
    "pathlib",
    "csv",
    "pickle",
    "ninja",
    "httpx",
)


# ------------------------------------------------------------ addresses, tasks, commands


def test_only_two_addresses_read_a_picture(
    world: World, lane: Lane, signed_in: Callable[[User], Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    """LAW 12, 17: a picture is sent to every address there is; the rest never look at what came."""
    read: set[str] = set()
    asked = ""

    class Spied(InMemoryUploadedFile):
        def read(self, *args: Any) -> bytes:
            read.add(asked)
            return b"a picture"

        def chunks(self, *args: Any) -> Any:
            return iter([self.read()])

    ids, office = ids_of(world), signed_in(world.office)
    pupil = replace(world.willing, card=str(cards.issue(person=world.willing.person, by=None, at=world.at)))
    enroll(pupil.person, operator=world.office, at=world.at)
    nonce, claim = desk_of(world, signed_in).sit(pupil), lane.claim(pupil)
    monkeypatch.setattr(uploads, "InMemoryUploadedFile", Spied)
    monkeypatch.setattr(sittings, "WAIT_SECONDS", 0.05)  # Nobody enrols here.
    said = {"capture_id": str(uuid4()), "captured_at": world.at.isoformat(), "credential": pupil.card}
    for route in routes(get_resolver().url_patterns):
        asked = route
        pictures = [SimpleUploadedFile(f"{n}.jpg", b"a picture", "image/jpeg") for n in range(3)]
        headers = {"Authorization": f"Kiosk {lane.key}", office_enroll.NONCE_HEADER: nonce}
        body = said | {"claim": claim, "image": pictures}
        with undone(office):
            office.post(address_of(route, ids), body, headers=headers | {"Accept": "application/json"})
    assert read == TAKE_FACES


def test_few_modules_know_of_files_that_are_sent() -> None:
    """LAW 12: two take pictures; two take the scans of signed papers, and these never lead to a face."""
    scans = {"campus/scans.py", "enrollment/protection_disclosures.py"}
    assert sources.using("FILES", "UploadedFile", "FileField", "ImageField") == scans | {
        "enrollment/office_enroll.py",
        "gates/views.py",
    }
    for path in scans | {"enrollment/paper.py", "enrollment/disclosures.py"}:
        module = path.removesuffix(".py").replace("/", ".")
        assert GRAPH.find_shortest_chain(module, "enrollment.faces", as_packages=True) is None, path
    assert "FILES" in set(sources.names(ast.parse("request.FILES['photo']")))


def test_one_module_decodes_pictures() -> None:
    """LAW 12, 44: wherever one came from, it goes through this module's limits."""
    assert {path for path, tree in sources.product().items() if _decodes(tree)} == {"enrollment/faces/images.py"}
    assert _decodes(ast.parse("picture = Image.open(path)"))


def _decodes(tree: ast.AST) -> bool:
    calls = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    return bool(calls & {"Image.open", "PIL.Image.open", "Image.frombytes", "cv2.imdecode", "load_image_file"})


def test_no_task_takes_a_picture() -> None:
    """LAW 12, 18: tasks take ids. One more task has to be put here by hand."""
    for module in chain.from_iterable(TASK_MODULES.values()):
        import_module(module)
    ours = {name: task for name, task in app.tasks.items() if not name.startswith("celery.")}
    assert {name: list(inspect.signature(task.run).parameters) for name, task in ours.items()} == TASKS


def test_no_command_takes_a_face_but_those_that_work_on_a_folder() -> None:
    """LAW 12: one more command has to be put here by hand."""
    ours = {name for name, package in get_commands().items() if package in ("campus", "enrollment", "gates")}
    assert ours == COMMANDS
    looking = {path for path in sources.product() if "/commands/" in path and _looks(path)}
    assert {path.rsplit("/", 1)[1].removesuffix(".py") for path in looking} == ON_FOLDERS


def _looks(path: str) -> bool:
    found = set(sources.imports(sources.product()[path]))
    return any(name.startswith(("enrollment.faces", "bench")) for name in found)


@pytest.mark.parametrize("command", sorted(ON_FOLDERS))
def test_what_measures_photographs_never_comes_near_a_reference(command: str) -> None:
    """LAW 12, 37: no chain of imports leads there, and the module names no such table."""
    module = ("gates" if command == "bench" else "enrollment") + f".management.commands.{command}"
    ways = [GRAPH.find_shortest_chain(module, name, as_packages=True) for name in REFERENCES]
    assert not [way for way in ways if way]
    tables = {"Reference", "ReferenceCiphertext", "DataKey", "get_model"}
    assert not tables & set(sources.names(sources.product()[module.replace(".", "/") + ".py"]))


def test_a_chain_that_leads_there_is_noticed() -> None:
    assert GRAPH.find_shortest_chain("enrollment.tasks", "enrollment.vault", as_packages=True)


GRAPH = grimp.build_graph("campus", "enrollment", "gates", "bench")


# ------------------------------------------------------------ export


def test_few_modules_open_or_hold_a_template_and_none_of_them_sends_anything() -> None:
    """LAW 37, 40: whoever opens a reference knows no response, no mail and no file."""
    hold = sources.using("ReferenceCiphertext", "open_for_comparison", "Opened", "decrypt_many")
    hold |= sources.importing("enrollment.vault.keys", "enrollment.opening", "enrollment.galleries")
    assert hold == {
        "enrollment/duplicates.py",  # where a pack allows it, compares a new template with the school's
        "enrollment/erasure.py",  # deletes them unread
        "enrollment/galleries.py",
        "enrollment/gallery_check.py",  # counts how far the school's templates are apart, and keeps the counts
        "enrollment/models/__init__.py",
        "enrollment/models/references.py",
        "enrollment/opening.py",
        "enrollment/references.py",
        "enrollment/replays.py",  # asks which keys of a restored database still open, and destroys the rest
        "enrollment/tasks.py",
        "enrollment/vault/keys.py",
        "gates/identification.py",  # only which galleries it has
        "gates/tasks_decide.py",
        "gates/verification.py",
    }
    assert sources.importing(*WAYS_OUT) & hold <= {"enrollment/vault/keys.py"}, "the vault writes its epoch file"


def test_no_setting_up_page_shows_a_reference() -> None:
    """LAW 37, 40."""
    assert not {"Reference", "ReferenceCiphertext", "DataKey"} & {model.__name__ for model in site._registry}


def test_an_opened_reference_can_t_be_written_down_by_accident(world: World) -> None:
    """LAW 18, 37: it shows nothing, and no serializer takes it."""
    enroll(world.willing.person, operator=world.office, at=world.at)
    opened = opening.open_for_comparison(world.willing.person.id, world.at)
    assert opened is not None
    assert str(opened.template[0]) not in repr(opened)
    with pytest.raises(TypeError):
        json.dumps(opened)


def test_a_download_holds_everything_but_the_template(world: World) -> None:
    """LAW 30, 37: neither the numbers, nor the sealed bytes, nor the key, in any form."""
    enroll(world.willing.person, operator=world.office, at=world.at)
    opened = opening.open_for_comparison(world.willing.person.id, world.at)
    assert opened is not None
    download = json.dumps(subjects.export(subjects.Asked(world.willing.person, world.willing.parent)), default=str)
    assert str(opened.id) in download
    assert list(Search(needles_of_template("reference", opened.template)).in_hay(download.encode())) == []
    sealed = [bytes(ReferenceCiphertext.objects.get().blob), bytes(DataKey.objects.get().wrapped)]
    for secret in sealed:
        for form in (secret[:24].hex(), base64.b64encode(secret[:24]).decode()):
            assert form not in download
    planted = json.dumps({"template": base64.b64encode(template_to_bytes(opened.template)).decode()})
    assert list(Search(needles_of_template("reference", opened.template)).in_hay(planted.encode()))


def test_no_download_names_a_template_or_a_key(world: World) -> None:
    """LAW 37."""
    enroll(world.willing.person, operator=world.office, at=world.at)

    def keys(value: Any) -> set[str]:
        if isinstance(value, dict):
            return set(value) | {key for one in value.values() for key in keys(one)}
        return {key for one in value for key in keys(one)} if isinstance(value, list) else set()

    named = keys([one.rows for one in subjects.export(subjects.Asked(world.willing.person, world.willing.parent))])
    assert named
    assert not named & {"template", "blob", "ciphertext", "vector", "embedding", "key", "wrapped", "distance"}


# ------------------------------------------------------------ strangers


def everything_in_postgres() -> bytes:
    rows = []
    for model in our_models():
        alias = "keys" if model._meta.app_label == "vault" else "default"
        if alias == "default":
            with connection.cursor() as cursor:
                cursor.execute(f'SELECT to_jsonb(t)::text FROM "{model._meta.db_table}" t')
                rows += [row for (row,) in cursor.fetchall()]
    return "\n".join(rows).encode()


@pytest.fixture
def identifying_lane(lane: Lane, identifying: School) -> Lane:
    enroll(lane.world.willing.person, operator=lane.world.office, at=lane.world.at, face=7)
    return lane


def test_a_stranger_leaves_no_template_in_any_table_nor_in_the_broker(identifying_lane: Lane) -> None:
    """LAW 18, 23: `tests/stack/test_nothing_left.py` looks for the same on the disks of a running product."""
    stranger = probe_of(99)
    search = Search(needles_of_template("stranger", stranger))
    capture = look(identifying_lane, 99)
    assert capture.outcome != "granted"
    assert list(search.in_hay(everything_in_postgres())) == []
    assert broker.take_parcel(f"probe:{capture.id}", at_most=100_000) is None
    planted = base64.b64encode(template_to_bytes(stranger)).decode()
    audit.record("planted", school=None, subject=None, actor=None, at=capture.received_at, probe=planted)
    assert AuditPayload.objects.filter(body__probe=planted).exists()
    assert list(search.in_hay(everything_in_postgres())), "the search finds a template that somebody stores"


def test_only_a_reference_has_a_column_for_a_template() -> None:
    """LAW 18: a new binary or array column has to be put here by hand."""
    binary = {
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        for field in model._meta.local_fields
        if field.get_internal_type() in ("BinaryField", "ArrayField", "VectorField", "FileField", "ImageField")
    }
    assert {name for name in binary if not _digest(name)} == {
        "enrollment.ReferenceCiphertext.blob",
        "vault.DataKey.wrapped",
        *("enrollment.PaperScan.content", "enrollment.Instrument.scan"),  # signed papers, as they came
        "enrollment.Disclosure.kinds",  # words of a closed list, see below
    }


@pytest.mark.parametrize("kind", ["template", "face", "biometric", "reference"])
def test_nothing_made_of_a_face_can_be_given_to_anybody_outside(world: World, kind: str) -> None:
    """LAW 37: neither is it on the list, nor does Postgres take another word."""
    day = world.at.date()
    said = {"asker": "police", "asked_by": "Police", "asked_on": day, "wish": "Faces.", "recorded_at": world.at}
    assert kind not in Disclosable.values
    Disclosure.objects.create(school=world.school, recorded_by=world.office, kinds=Disclosable.values, **said)
    with pytest.raises(IntegrityError, match="disclosure_of_no_face"), transaction.atomic():
        Disclosure.objects.create(school=world.school, recorded_by=world.office, kinds=["roll", kind], **said)


def _digest(label: str) -> bool:
    """Tell whether a column is too short for a template: 32 bytes, where a template has 512."""
    app_label, model, name = label.split(".")
    longest = getattr(apps.get_model(app_label, model)._meta.get_field(name), "max_length", None)
    return longest is not None and longest <= 32


def test_no_picture_is_taken_without_the_sitting_s_own_nonce(world: World, signed_in: Callable[[User], Client]) -> None:
    """LAW 12: not before the student's yes, nor with a nonce of another time."""
    desk = desk_of(world, signed_in)
    pictures = [SimpleUploadedFile(f"{n}.jpg", b"a picture", "image/jpeg") for n in range(3)]
    for nonce in ("", "another"):
        said = desk.operator.post(url(world.willing), {"image": pictures}, headers={office_enroll.NONCE_HEADER: nonce})
        assert said.status_code == 409
    desk.sit(world.willing)
    for nonce in ("", "another"):
        said = desk.operator.post(url(world.willing), {"image": pictures}, headers={office_enroll.NONCE_HEADER: nonce})
        assert said.status_code == 409
