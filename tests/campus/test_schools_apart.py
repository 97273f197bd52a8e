"""Every row below a school carries its school, and the database refuses a row that mixes two.

The list of tables is the models'; the guard is looked up in Postgres' own catalogue.
"""

from __future__ import annotations

import pytest
from django.db import DatabaseError, IntegrityError, connection, models, transaction
from pytest_django import Settings

from campus.append_only import is_append_only
from campus.models import Group, Membership, School
from enrollment.models import EnrollmentAttempt
from gates.models import Kiosk
from tests.everything import PLUMBING, fill, our_models
from tests.personas import World, make_school

WITHOUT_A_SCHOOL = {
    "campus.School": "is one",
    "campus.User": "users are global; what they may do is a role or a guardianship in a school",
    "campus.SignInAddress": "belongs to a user, who is global",
    "campus.AuditPayload": "belongs to its event, which carries the school",
    "campus.AuditSeal": "the chain runs over all schools of an installation",
    "campus.Lineage": "names the database it lies in",
    "enrollment.Renewal": "a change of the face reader is the installation's: one date for all its schools",
    "vault.DataKey": "lies in another database and names nobody",
    "vault.Destruction": "lies in another database and names nobody",
    "vault.LogHead": "lies in another database and names nobody",
}
THROUGH_ANOTHER_COLUMN = {
    "campus.AttendanceMark.replaces": "mark_replaces_its_own_line",
    "campus.AttendanceMark.restores": "mark_restores_its_own_line",
    "campus.Credential.replaces": "credential_replaces_of_person",
    "enrollment.ChildAnswer.session": "childanswer_in_the_own_session",
    "enrollment.EnrollmentAttempt.session": "attempt_in_the_students_session",
    "enrollment.Reference.session": "reference_in_the_students_session",
    "enrollment.Reference.permit": "reference_has_a_live_permit",
    "enrollment.Reference.card": "reference_bound_to_the_own_card",
}
"""Field -> the composite key that ties it to the student, who is tied to the school."""

OWNED = [model for model in our_models() if any(field.name == "school" for field in model._meta.fields)]
LINKS = [
    (model, field)
    for model in OWNED
    for field in model._meta.fields
    if isinstance(field, models.ForeignKey) and field.related_model in OWNED
]


Key = tuple[str, tuple[str, ...], str, tuple[str, ...]]


def composite_keys() -> dict[str, Key]:
    """Return table, columns, other table and its columns of every valid composite foreign key in Postgres, by name."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT conname, conrelid::regclass::text,
                   ARRAY(SELECT attname::text FROM unnest(conkey) WITH ORDINALITY AS place(number, rank)
                         JOIN pg_attribute ON attrelid = conrelid AND attnum = number ORDER BY rank),
                   confrelid::regclass::text,
                   ARRAY(SELECT attname::text FROM unnest(confkey) WITH ORDINALITY AS place(number, rank)
                         JOIN pg_attribute ON attrelid = confrelid AND attnum = number ORDER BY rank)
            FROM pg_constraint
            WHERE contype = 'f' AND cardinality(conkey) > 1 AND convalidated AND NOT condeferrable
            """
        )
        found = cursor.fetchall()
    return {name: (table, tuple(columns), to, tuple(targets)) for name, table, columns, to, targets in found}


def test_every_table_carries_its_school_or_says_why_not() -> None:
    without = {model._meta.label for model in our_models()} - {model._meta.label for model in OWNED} - PLUMBING
    assert without == set(WITHOUT_A_SCHOOL)


def test_a_school_is_never_left_open() -> None:
    nullable = {
        model._meta.label
        for model in OWNED
        for field in model._meta.fields
        if (field.name, field.null) == ("school", True)
    }
    assert nullable == {"campus.AuditEvent"}  # What an installation does belongs to no school.


@pytest.mark.parametrize(("model", "field"), LINKS, ids=[f"{model._meta.label}.{field.name}" for model, field in LINKS])
def test_the_database_ties_what_a_row_points_at_to_the_row_s_school(
    db: None, model: type[models.Model], field: models.ForeignKey[models.Model, models.Model]
) -> None:
    name, other = f"{model._meta.label}.{field.name}", field.related_model
    assert isinstance(other, type)
    if name in THROUGH_ANOTHER_COLUMN:
        table, columns, to, _targets = composite_keys()[THROUGH_ANOTHER_COLUMN[name]]
        assert (table, to) == (model._meta.db_table, other._meta.db_table)
        assert field.column in columns
        assert {"student_id", "person_id"} & set(columns)
        return
    target = other._meta.pk
    assert target is not None
    wanted = (model._meta.db_table, (field.column, "school_id"), other._meta.db_table, (target.column, "school_id"))
    assert wanted in composite_keys().values()


def test_the_exceptions_are_still_there() -> None:
    assert set(THROUGH_ANOTHER_COLUMN) <= {f"{model._meta.label}.{field.name}" for model, field in LINKS}
    assert len(LINKS) > 25


def test_no_row_that_points_at_another_can_change_its_school(world: World, settings: Settings) -> None:
    """Not the model's word: an UPDATE, which Postgres refuses by the school or because the table only grows."""
    settings.CLAIM_KEY = b"c" * 32
    fill(world)
    other = School.objects.create(slug="lowland", name="Lowland", timezone="UTC")
    for model in OWNED:
        pointing = [field for owner, field in LINKS if owner is model]
        if not pointing and not is_append_only(model):
            continue  # It points at nothing that belongs to a school, so it mixes none.
        filled_in = {f"{field.name}__isnull": False for field in pointing if not field.null}
        rows = model._default_manager.filter(**filled_in)
        assert rows.exists(), model._meta.label
        with pytest.raises(DatabaseError, match=r"foreign key constraint|only grows"), transaction.atomic():
            rows.update(school=other)


def test_a_student_can_t_be_put_into_another_school_s_group(world: World) -> None:
    other = make_school(name="Lowland")
    Membership.objects.filter(student=world.willing.person).delete()
    for school in (world.school, other.school):
        with pytest.raises(IntegrityError, match=r"membership_.*_school"), transaction.atomic():
            Membership.objects.create(
                school=school, group=other.on_time, student=world.willing.person, began_on=world.at.date()
            )


def test_a_kiosk_can_t_be_moved_to_another_school_s_gate(world: World, settings: Settings) -> None:
    settings.CLAIM_KEY = b"c" * 32
    lane, other = fill(world), make_school(name="Lowland")
    gate = other.school.gates.create(name="Main gate")
    with pytest.raises(IntegrityError, match="kiosk_gate_school"):
        Kiosk.objects.filter(id=lane.kiosk.id).update(gate=gate)


def test_an_attempt_can_t_name_another_school_s_student(world: World, settings: Settings) -> None:
    settings.CLAIM_KEY = b"c" * 32
    fill(world)
    with pytest.raises(IntegrityError, match="attempt_student_school"):
        EnrollmentAttempt.objects.update(student=make_school(name="Lowland").willing.person)


def test_a_group_with_students_can_t_change_its_school(world: World) -> None:
    other = School.objects.create(slug="lowland", name="Lowland", timezone="UTC")
    with pytest.raises(IntegrityError, match=r"(membership|registertime)_group_school"):
        Group.objects.filter(id=world.on_time.id).update(school=other)
