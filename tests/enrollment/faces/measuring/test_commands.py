"""The commands on a folder of drawn figures: what they print, and that they need no database."""

from __future__ import annotations

import json
import re
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from enrollment import calibrating, calibration
from enrollment.faces import weights
from enrollment.faces.drawn_engine import draw
from enrollment.faces.measuring import dataset, rates
from tests.enrollment.faces.measuring.made_up import folder
from tests.optional_models import MODELS

KEYS = [
    "engines",
    "people",
    "images",
    "fta",
    "enrolled",
    "genuine",
    "impostor",
    "person_pairs",
    "false_match_pairs",
    "min_fmr_showable",
    "threshold",
    "fmr",
    "fmr_ci95",
    "fnmr",
    "fnmr_ci95",
    "mixture_acceptance",
    "points",
    "identify",
    "ms",
]


@pytest.fixture
def people(tmp_path: Path) -> Path:
    """Ten people with six pictures each, one with two, one empty scene and two files that are no picture."""
    root = folder(tmp_path / "people", {**{f"figure {number}": 6 for number in range(10)}, "seldom seen": 2})
    (root / "figure 0" / "empty.png").write_bytes(draw(0, people=0))
    (root / "figure 1" / "broken.jpg").write_bytes(b"\xff\xd8 no more")
    (root / "figure 1" / "nothing.jpg").write_bytes(b"")
    (root / "figure 1" / "notes.txt").write_text("no photograph by its name: left alone")
    return root


def evaluated(people: Path, *options: str) -> dict[str, Any]:
    out = StringIO()
    call_command(
        "evaluate",
        str(people),
        "--engines",
        "fake",
        "--json",
        "--html",
        str(people.parent / "r.html"),
        *options,
        stdout=out,
    )
    found: dict[str, Any] = json.loads(out.getvalue())
    return found


def test_evaluate_answers_machines_by_the_promised_names(people: Path) -> None:
    found = evaluated(people, "--enroll", "5", "--probe-frames", "1")
    assert list(found) == KEYS
    assert list(found["points"][0]) == ["fmr", "threshold", "fnmr"]
    assert [point["fmr"] for point in found["points"]] == [1e-1, 1e-2, 1e-3, 1e-4]
    assert list(found["ms"]) == ["decode", "detect", "landmarks", "embed", "total"]
    assert found["identify"] is None


def test_evaluate_counts_what_was_refused_and_who_was_left_out(people: Path) -> None:
    found = evaluated(people, "--enroll", "5", "--probe-frames", "1")
    assert (found["engines"], found["people"], found["images"]) == ("fake", 11, 65)
    assert found["fta"] == pytest.approx(3 / 65)
    assert found["enrolled"] == 10
    assert (found["genuine"], found["impostor"]) == (10 * 6, 60 * 54)
    assert found["person_pairs"] == 45
    assert found["min_fmr_showable"] == pytest.approx(3 / 45)
    assert found["ms"]["total"] == pytest.approx(
        sum(found["ms"][step] for step in ("decode", "detect", "landmarks", "embed"))
    )


def test_figures_never_match_each_other_and_always_themselves(people: Path) -> None:
    found = evaluated(people, "--enroll", "3", "--probe-frames", "1", "--threshold", "0.5")
    assert (found["threshold"], found["fmr"], found["fnmr"], found["false_match_pairs"]) == (0.5, 0.0, 0.0, 0)
    assert found["fmr_ci95"] == pytest.approx([0.0, 1 - 0.025 ** (1 / 45)])
    assert found["mixture_acceptance"] == 0.0
    everything = evaluated(people, "--enroll", "3", "--probe-frames", "1", "--threshold", "2")
    assert (everything["fmr"], everything["false_match_pairs"]) == (1.0, 45)


def test_evaluate_identifies_among_some_and_keeps_the_others_strangers(people: Path) -> None:
    found = evaluated(people, "--enroll", "3", "--mode", "identify", "--gallery", "6", "--threshold", "0.5")["identify"]
    assert list(found) == ["gallery", "strangers", "fpir", "fnir", "rank1", "wrong_person", "worst_probe", "margin"]
    assert (found["gallery"], found["strangers"]) == (6, 4)
    assert (found["fpir"], found["fnir"], found["rank1"], found["wrong_person"]) == (0.0, 0.0, 1.0, 0.0)


def test_evaluate_tells_people_the_same_and_draws_both_plots(people: Path, tmp_path: Path) -> None:
    out, page = StringIO(), tmp_path / "report.html"
    groups = tmp_path / "groups.csv"
    groups.write_text("person,group\n" + "".join(f"figure {number},{'ab'[number % 2]}\n" for number in range(10)))
    options = ["--engines", "fake", "--enroll", "3", "--probe-frames", "1", "--groups", str(groups)]
    call_command("evaluate", str(people), *options, "--html", str(page), "--plots", str(tmp_path / "plot"), stdout=out)
    told = out.getvalue()
    assert "unreadable_image 2, no_face 1" in told
    assert "10 people; 1 skipped" in told
    assert "of 45 pairs of people" in told
    assert "no rate: too few pairs of people" in told
    assert re.search(r"FNMR +0 %, 0 of 180 \(95 %", told)
    assert "not shown, only an estimate" in told
    assert re.search(r"group a +5 people, no false match among 10 pairs of people; 0 of \d+ own tries missed\n", told)
    html = page.read_text()
    assert html.count("<svg") == 2
    assert html.count("<path") > 40
    assert "<image" not in html
    assert (tmp_path / "plot-det.svg").read_text().startswith("<svg")
    assert (tmp_path / "plot-distances.svg").read_text() in html


def test_a_rate_of_false_matches_is_told_where_the_pairs_of_people_bear_one(tmp_path: Path) -> None:
    many, out = folder(tmp_path / "many", {f"figure {number}": 2 for number in range(25)}), StringIO()
    options = ["--engines", "fake", "--enroll", "1", "--probe-frames", "1", "--threshold", "0.5"]
    call_command("evaluate", str(many), *options, "--html", str(tmp_path / "report.html"), stdout=out)
    told = out.getvalue()
    assert "no false match among 300 pairs of people" in told
    assert re.search(r"FMR +0 % \(95 %: 0 % to 1.2 %; optimistic", told)


def test_evaluate_enrols_one_sitting_and_tries_the_others(people: Path) -> None:
    found = evaluated(people, "--enroll", "3", "--probe-frames", "1", "--sittings", "2", "--threshold", "0.5")
    assert (found["enrolled"], found["genuine"], found["impostor"]) == (10, 10 * 2 * 3, 20 * 54)
    assert (found["fnmr"], found["false_match_pairs"]) == (0.0, 0)
    with pytest.raises(CommandError, match="a sitting of 4 usable photographs and another of 1"):
        evaluated(people, "--enroll", "4", "--probe-frames", "1", "--sittings", "2")
    with pytest.raises(CommandError, match="--mode verify"):
        evaluated(people, "--enroll", "3", "--mode", "identify", "--sittings", "2")
    with pytest.raises(CommandError, match="not allowed with"):
        evaluated(people, "--rotations", "2", "--sittings", "2")


def test_a_folder_without_people_says_what_was_expected(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="no photographs as person/photo"):
        call_command("evaluate", str(tmp_path), "--engines", "fake")


def test_a_folder_with_too_few_photographs_says_so(people: Path) -> None:
    with pytest.raises(CommandError, match="fewer than two people have 12 usable photographs"):
        call_command("evaluate", str(people), "--engines", "fake", "--enroll", "9", "--probe-frames", "3")


@pytest.mark.optional_models(weights.LIVENESS)
def test_pad_evaluate_tells_machines_and_people_each_kind_of_attack(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "MODELS_DIR", MODELS)
    folders = [str(folder(tmp_path / name, {"anna": 2, "ben": 2})) for name in ("live", "print", "screen")]
    out = StringIO()
    call_command("pad_evaluate", *folders, "--engines", "fake", "--threshold", "0", "--json", stdout=out)
    found = json.loads(out.getvalue())
    assert [(each["name"], each["n"], each["people"], each["apcer"]) for each in found["species"]] == [
        ("print", 4, 2, 1.0),
        ("screen", 4, 2, 1.0),
    ]
    assert (found["apcer"], found["bpcer"], found["iapar"]) == (1.0, 0.0, 1.0)
    assert (found["n_live"], found["n_attack"], found["threshold"]) == (4, 8, 0.0)
    told = StringIO()
    call_command("pad_evaluate", *folders, "--engines", "fake", "--threshold", "1.1", stdout=told)
    assert told.getvalue().count("too few to say much") == 2
    assert "live taken for an attack (BPCER)     100.0 %" in told.getvalue()


def test_calibrate_writes_what_is_read_and_keeps_the_other_sets(tmp_path: Path) -> None:
    names = [f"figure {number}" for number in range(40)]
    figures = folder(tmp_path / "figures", dict.fromkeys(names, 5))
    output, out = tmp_path / "calibration.toml", StringIO()
    output.write_text(calibrating.written([another()]))
    call_command("calibrate", str(figures), "--engines", "fake", "--output", str(output), stdout=out)
    kept, made = calibration.read(output)
    assert kept == another()
    assert (made.engines, made.engine, made.target_fmr) == ("fake", "drawn-1", 1e-4)
    assert set(made.thresholds) == {f"k{k}f{f}" for k in range(1, 6) for f in range(1, 4)}
    setting = sum(dataset.calibrates(name) for name in names)
    (group,) = made.groups
    assert (group.name, group.people, group.calibration_people) == ("figures", 40 - setting, setting)
    assert group.person_pairs == group.people * (group.people - 1) // 2
    assert group.false_match_pairs == 0
    assert group.shown_at is None
    assert [(group.name, group.shown_at) for group in made.groups] == [("figures", None)]
    assert made.galleries == ()
    assert group.margin is not None
    assert (group.fmr, group.fmr_high, group.three_tries_fmr) == (None, None, None)
    told = out.getvalue()
    assert "tried on other people" in told
    assert f"no false match among {group.person_pairs} pairs of people" in told
    assert "FMR" not in told


def test_the_same_photographs_give_the_same_calibration(tmp_path: Path) -> None:
    figures = folder(tmp_path / "figures", {f"figure {number}": 5 for number in range(12)})
    for name in ("one.toml", "other.toml"):
        call_command(
            "calibrate", str(figures), "--engines", "fake", "--output", str(tmp_path / name), stdout=StringIO()
        )
    assert (tmp_path / "one.toml").read_text() == (tmp_path / "other.toml").read_text()


def another() -> calibration.Calibration:
    """A calibration of a set that is not calibrated now."""
    return calibration.Calibration(
        engines="dlib",
        engine="dlib-0",
        version="older",
        target_fmr=1e-4,
        enrollment_pair=0.3,
        probe_pair=0.3,
        too_alike=0.1,
        look_alike=0.2,
        margin=0.05,
        thresholds={"k3f3": 0.22},
        groups=(calibration.Group("adults", 300, 44_850, 2, shown_at=1e-4, calibration_people=310, fmr=3e-5),),
        galleries=(calibration.Gallery(50, 0.2),),
    )


def test_the_shipped_calibration_is_whole_and_shows_no_more_than_its_pairs_bear() -> None:
    shipped = calibration.read(Path(calibrating.__file__).with_name("calibration.toml"))
    assert [each.engines for each in shipped] == ["dlib", "dlib,mobilefacenet"]
    for each in shipped:
        assert set(each.thresholds) == {f"k{k}f{f}" for k in range(1, 6) for f in range(1, 4)}
        assert all(
            each.threshold(photos=photos, frames=frames) >= each.threshold(photos=photos, frames=frames + 1)
            for photos in range(1, 6)
            for frames in (1, 2)
        )
        for group in each.groups:
            assert group.person_pairs == group.people * (group.people - 1) // 2
            assert (group.fmr is None) == (group.fmr_high is None) == (group.shown_at is None)
            assert group.three_tries_fmr is None or group.shown_at is not None
            assert group.shown_at == rates.shown_at(group.person_pairs, group.false_match_pairs)
            assert (group.margin is None) == (group.calibration_people >= 79)
