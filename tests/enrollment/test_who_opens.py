"""Who may open a reference: read from the code, so that a second door shows when somebody makes one. LAW 40."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache

from running.places import PROJECT

APPS = ("campus", "enrollment", "gates", "bench", "demo", "running")
VAULT = "enrollment/vault/"


def uses(name: str) -> set[str]:
    """Return where the product's code uses a name, as `path::function`, but for imports and where it is defined."""
    return {place for place, used in _uses() if used == name}


@cache
def _uses() -> frozenset[tuple[str, str]]:
    """Return every place with each name that it uses. Reading all code takes seconds, so it is read once."""
    return frozenset(_read())


def _read() -> Iterator[tuple[str, str]]:
    for app in APPS:
        for path in sorted((PROJECT / app).rglob("*.py")):
            tree = ast.parse(path.read_text())
            for function in ast.walk(tree):
                if isinstance(function, ast.FunctionDef):
                    for node in ast.walk(function):
                        place = f"{path.relative_to(PROJECT)}::{function.name}"
                        if isinstance(node, ast.Attribute):
                            yield place, node.attr
                            yield place, ast.unparse(node)
                        elif isinstance(node, ast.Name):
                            yield place, node.id


def files(places: set[str]) -> set[str]:
    return {place.partition("::")[0] for place in places}


def test_one_reference_is_opened_by_one_function_and_for_the_gate_alone() -> None:
    assert uses("keys.decrypt") == {"enrollment/opening.py::open_for_comparison"}
    assert uses("open_for_comparison") == {"gates/verification.py::_compared"}


def test_many_are_opened_by_one_function_for_look_alikes_and_for_the_monthly_check() -> None:
    assert uses("keys.decrypt_many") == {"enrollment/galleries.py::opened"}
    assert uses("galleries.opened") == {
        "enrollment/duplicates.py::like",
        "enrollment/gallery_check.py::_one_engine",
    }
    assert uses("decrypt_many") == uses("keys.decrypt_many")


def test_in_the_vault_one_function_opens_ciphertexts() -> None:
    assert uses("_opened") == {f"{VAULT}keys.py::decrypt", f"{VAULT}keys.py::decrypt_many"}


def test_nobody_outside_the_vault_handles_its_keys() -> None:
    commands = {f"enrollment/management/commands/{name}.py::handle" for name in ("make_epoch", "rotate_root_key")}
    handles = {place for place, used in _uses() if used.startswith("epoch_file.")}
    assert {place for place in handles if not place.startswith(VAULT)} == commands
    assert {place for place in uses("settings.VAULT_ROOT_KEY") if not place.startswith(VAULT)} <= commands
    assert files(uses("epochs.unwrapped")) | files(uses("epochs.wrapped")) == {f"{VAULT}keys.py"}
    assert files(uses("DataKey")) <= {f"{VAULT}{part}.py" for part in ("keys", "epochs")} | files(commands)


def test_ciphertexts_are_read_where_they_are_opened_and_nowhere_else() -> None:
    assert uses("ReferenceCiphertext") == {
        "enrollment/opening.py::open_for_comparison",
        "enrollment/galleries.py::opened",
        "enrollment/references.py::_keep",  # Which writes one,
        "enrollment/erasure.py::destroy_references",  # and deletes one unread.
    }
