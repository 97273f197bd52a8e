"""The gallery finds what comparing one by one finds, and forgets what it drops."""

from __future__ import annotations

from uuid import UUID, uuid4

import numpy as np
import pytest

from enrollment.faces.distance import MalformedTemplateError, Template, distance, normalized
from enrollment.faces.gallery import Gallery

FOREVER = np.inf
BOTH = pytest.mark.parametrize("dimensions", [128, 320])


def template(seed: int, dimensions: int = 128) -> Template:
    return normalized(np.random.default_rng(seed).normal(size=dimensions))


def near(one: Template, seed: int, *, moved: float = 0.3) -> Template:
    """Return a template a little apart from another."""
    return normalized(one + moved * template(seed, one.size) / np.sqrt(one.size / 128))


def filled(templates: dict[UUID, Template], *, dimensions: int = 128) -> Gallery:
    """Return a gallery in which each template is of a student of its own, named as the reference is."""
    gallery = Gallery(dimensions)
    for name, one in templates.items():
        gallery.put(name, student=name, template=one, until=FOREVER)
    return gallery


def rest_is_zero(gallery: Gallery) -> bool:
    return not gallery._rows[len(gallery) :].any()


@BOTH
def test_it_finds_what_comparing_one_by_one_finds(dimensions: int) -> None:
    held = {uuid4(): template(seed, dimensions) for seed in range(300)}
    gallery = filled(held, dimensions=dimensions)
    for seed, one in enumerate(held.values()):
        probe = near(one, 1000 + seed)
        by_hand = sorted((distance(other, probe), str(name)) for name, other in held.items())[:2]
        found = gallery.nearest(probe, 0.0)
        assert [(each.distance, str(each.student)) for each in found] == by_hand


@BOTH
def test_a_probe_that_is_the_reference_is_at_distance_nothing(dimensions: int) -> None:
    held = {uuid4(): template(seed, dimensions) for seed in range(5)}
    name, one = next(iter(held.items()))
    best = filled(held, dimensions=dimensions).nearest(one, 0.0)[0]
    assert (best.reference, best.distance) == (name, distance(one, one))


def test_the_second_is_another_student() -> None:
    gallery, twice, other, one = Gallery(128), uuid4(), uuid4(), template(1)
    for seed in range(3):
        gallery.put(uuid4(), student=twice, template=near(one, seed, moved=0.1), until=FOREVER)
    gallery.put(uuid4(), student=other, template=template(2), until=FOREVER)
    assert [each.student for each in gallery.nearest(one, 0.0)] == [twice, other]


def test_alone_in_the_gallery_there_is_no_second_and_in_an_empty_one_nobody() -> None:
    held = {uuid4(): template(1)}
    assert len(filled(held).nearest(template(1), 0.0)) == 1
    assert filled({}).nearest(template(1), 0.0) == ()


def test_a_dropped_reference_is_overwritten_and_never_found_again() -> None:
    held = {uuid4(): template(seed) for seed in range(100)}
    gallery = filled(held)
    for count, (name, one) in enumerate(list(held.items())):
        assert gallery.drop(name)
        assert name not in gallery
        assert len(gallery) == 99 - count
        assert rest_is_zero(gallery)
        assert not (gallery._rows == one).all(axis=1).any()
        assert all(each.reference != name for each in gallery.nearest(one, 0.0))
    assert not gallery.drop(uuid4())


def test_the_others_are_found_where_they_were_moved_to() -> None:
    held = {uuid4(): template(seed) for seed in range(10)}
    gallery = filled(held)
    for name in list(held)[:5]:
        gallery.drop(name)
        del held[name]
    assert gallery.references == set(held)
    assert all(gallery.nearest(one, 0.0)[0].reference == name for name, one in held.items())


def test_what_grows_leaves_no_copy_behind() -> None:
    gallery = filled({uuid4(): template(seed) for seed in range(64)})
    small = gallery._rows
    gallery.put(uuid4(), student=uuid4(), template=template(64), until=FOREVER)
    assert len(gallery) == 65
    assert not small.any()


def test_cleared_it_is_zero_and_empty() -> None:
    gallery = filled({uuid4(): template(seed) for seed in range(10)})
    gallery.clear()
    assert (len(gallery), gallery.references, rest_is_zero(gallery)) == (0, frozenset(), True)


def test_a_reference_whose_end_has_come_is_not_found_even_before_it_is_overwritten() -> None:
    gallery, name, one = Gallery(128), uuid4(), template(1)
    gallery.put(name, student=name, template=one, until=100.0)
    assert gallery.nearest(one, 99.9)
    assert gallery.nearest(one, 100.0) == gallery.within(one, 2.0, 100.0) == ()
    assert (gallery.drop_ended(99.9), gallery.drop_ended(100.0), rest_is_zero(gallery)) == (0, 1, True)


def test_a_reference_that_is_put_again_gets_the_new_end_and_no_second_row() -> None:
    gallery, name, one = Gallery(128), uuid4(), template(1)
    for until in (100.0, 200.0):
        gallery.put(name, student=name, template=one, until=until)
    assert len(gallery) == 1
    assert gallery.nearest(one, 150.0)


@BOTH
def test_within_a_limit_are_all_that_are_no_farther(dimensions: int) -> None:
    one = template(1, dimensions)
    held = {uuid4(): near(one, seed, moved=0.05 * seed) for seed in range(1, 20)}
    apart = {name: distance(each, one) for name, each in held.items()}
    limit = sorted(apart.values())[9]
    found = filled(held, dimensions=dimensions).within(one, limit, 0.0)
    assert [each.distance for each in found] == sorted(value for value in apart.values() if value <= limit)


def test_a_template_of_another_engine_is_refused() -> None:
    gallery = Gallery(128)
    with pytest.raises(MalformedTemplateError):
        gallery.put(uuid4(), student=uuid4(), template=template(1, 320), until=FOREVER)
    with pytest.raises(MalformedTemplateError):
        gallery.nearest(template(1, 320), 0.0)
    with pytest.raises(MalformedTemplateError):
        Gallery(64)


def test_its_repr_shows_no_numbers() -> None:
    assert "0." not in repr(filled({uuid4(): template(1)}))
