"""Every ride of the demo is a test: over HTTP, on real processes, down to the rows."""

from __future__ import annotations

import pytest

from demo import rides
from tests.stack.conftest import Ridden
from tests.stack_fixture import RunningStack


@pytest.mark.parametrize("ride", [ride.__name__ for ride in rides.RIDES])
def test_every_ride_comes_out_as_expected(ridden: Ridden, ride: str) -> None:
    rows = ridden.rows[ride]
    assert rows
    assert [row for row in rows if not row.ok] == []


def test_a_refusing_family_s_pictures_reach_neither_the_broker_nor_the_engine(
    ridden: Ridden, stack: RunningStack
) -> None:
    student = ridden.day.students["refused"]["id"]
    rows = stack.rows("SELECT frames, queue_ms, extract_ms, outcome FROM gates_capture WHERE person_id = %s", student)
    assert len(rows) == 2
    assert set(rows) == {(0, None, None, "granted")}


def test_a_picture_that_is_no_use_leaves_no_passage_and_no_mark(ridden: Ridden, stack: RunningStack) -> None:
    assert ridden.rows
    passages = stack.rows(
        "SELECT count(*) FROM gates_passage p JOIN gates_capture c ON c.id = p.capture_id WHERE c.outcome = 'retry'"
    )
    assert passages == [(0,)]
    assert stack.rows("SELECT count(*) FROM gates_capture WHERE outcome = 'retry'")[0][0] >= 4


def test_a_granted_passage_has_its_mark_opening_and_audit_event(ridden: Ridden, stack: RunningStack) -> None:
    student = ridden.day.students["consented"]["id"]
    rows = stack.rows(
        """SELECT m.code, o.state, e.kind FROM gates_passage p
           JOIN campus_attendancemark m ON m.id = p.mark_id
           JOIN gates_opening o ON o.passage_id = p.id
           JOIN campus_auditpayload a ON a.body->>'passage' = p.id::text
           JOIN campus_auditevent e ON e.id = a.event_id
           WHERE p.person_id = %s AND p.reason = 'match'""",
        student,
    )
    assert rows
    assert set(rows) == {("present", "opened", "passage.granted")}


def test_a_verification_says_what_was_compared_and_by_which_threshold(ridden: Ridden, stack: RunningStack) -> None:
    assert ridden.rows
    rows = stack.rows("SELECT distance, engine, threshold_version FROM gates_passage WHERE reference IS NOT NULL")
    assert rows
    assert all(distance > 0 and engine and version.startswith("measured-") for distance, engine, version in rows)


def test_after_the_withdrawal_reference_ciphertext_and_key_are_gone(ridden: Ridden, stack: RunningStack) -> None:
    student = ridden.day.students["consented"]["id"]
    assert stack.rows("SELECT count(*) FROM enrollment_reference WHERE student_id = %s", student) == [(0,)]
    ((reference,),) = stack.rows(
        """SELECT DISTINCT a.body->>'reference' FROM campus_auditpayload a JOIN campus_auditevent e ON e.id = a.event_id
           WHERE e.kind = 'reference.enrolled' AND e.subject = %s""",
        student,
    )
    cipher = "SELECT count(*) FROM enrollment_referenceciphertext WHERE reference_id = %s"
    assert stack.rows(cipher, reference) == [(0,)]
    assert stack.rows("SELECT live, compare FROM enrollment_permit WHERE student_id = %s", student) == [(False, False)]
    key = "SELECT count(*) FROM vault_datakey WHERE reference = %s"
    stack.until(lambda: stack.key_rows(key, reference) == [(0,)])


def test_the_sealing_process_chains_every_event_and_the_chain_holds(ridden: Ridden, stack: RunningStack) -> None:
    assert ridden.rows
    unsealed = """SELECT count(*) FROM campus_auditevent e
                  LEFT JOIN campus_auditseal s ON s.event_id = e.id WHERE s.number IS NULL"""
    stack.until(lambda: stack.rows(unsealed) == [(0,)])
    assert "the chain holds" in stack.manage("verify_chain")
