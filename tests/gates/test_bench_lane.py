"""The benchmark's own kiosk is understood as any other is."""

from __future__ import annotations

import pytest

from bench.lane import EDGE, body
from campus import clock
from enrollment.faces.drawn_engine import draw
from tests.gates.lane import ADDRESS, Lane


@pytest.mark.usefixtures("reference")
def test_its_kiosk_speaks_as_any_kiosk_does(lane: Lane) -> None:
    said = {"capture_id": "6f1c1a52-9c43-4b52-8d7f-0d2a4f0c9a11", "captured_at": clock.now().isoformat()}
    said["credential"] = lane.world.willing.card
    form = f"multipart/form-data; boundary={EDGE.decode()}"
    key = {"Authorization": f"Kiosk {lane.key}"}
    answer = lane.client.post(ADDRESS, body(said, []), content_type=form, headers=key).json()
    assert answer["outcome"] == "look"
    said |= {"capture_id": "6f1c1a52-9c43-4b52-8d7f-0d2a4f0c9a12", "claim": answer["claim"]}
    frames = [draw(7, variant, size=(160, 120)) for variant in range(3)]
    seen = lane.client.post(ADDRESS, body(said, frames), content_type=form, headers=key).json()
    assert seen["reason"] == "timeout"  # Its pictures were asked for and sent on; no worker runs here.
