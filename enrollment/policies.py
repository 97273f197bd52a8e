"""What the law lets a school do, as values in a file for each law, and nothing that the code decides.

Each value in `packs/*.toml` names its source. A pack is known by its name and the digest of its file, so that a
changed one is noticed and everything that was worked out by the one before is worked out anew.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, fields, replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

from django.db.models import Q

from campus.models import School

PACKS = Path(__file__).parent / "packs"


@dataclass(frozen=True)
class Policy:
    """What a school's policy pack says. The defaults are the strictest figures; packs say each value themselves."""

    digest: str = ""
    """The pack's name and the first letters of its file's SHA-256: `uk@3f2a9c0b1d5e`."""
    name: str = ""
    biometrics: bool = True
    """Whether a face may be held or compared at all."""
    attendance_by_face: bool = True
    """Whether a passage by face alone may write the register, where the family agreed to that too."""
    identification: bool = False
    """Whether a face may be looked for among all references of the school, at a kiosk and without a card."""
    self_consent_age: int = 18
    """From this age, in years, the student answers alone."""
    objection_window_days: int = 5
    """School days that each parent has between being told and the first picture."""
    lasts_days: int = 365
    school_year_ends: str = "08-31"
    """Month and day on which what was agreed in a school year ends."""
    verbal_objection_days: int = 10
    """School days for which what is held is kept, locked, after a guardian's No that isn't in writing."""
    suspended_days: int = 30
    """Days for which what is held is kept, locked, after any other suspension."""
    unused_suspend_days: int = 60
    unused_erase_days: int = 90
    """School days without a comparison, after which what is held is locked, and destroyed."""
    reminder_days: tuple[int, ...] = (30, 7)
    complaint_acknowledged_days: int = 30
    access_days: int = 30
    card_bound: bool = False
    """Whether a reference is bound to the card with which it is made, so that it opens with that card alone."""
    sources: Mapping[str, str] = field(default_factory=dict, compare=False)

    @property
    def lasts(self) -> timedelta:
        return timedelta(self.lasts_days)

    @property
    def suspended(self) -> timedelta:
        return timedelta(self.suspended_days)


class UnknownPack(Exception):
    """A school names a policy pack that isn't there: nothing is allowed by it."""


class BrokenPack(Exception):
    """A pack's file can't be read as one. Nothing is compared by it, and nothing destroyed over a slip of the pen."""


def names() -> list[str]:
    """Return the packs there are."""
    return sorted(path.stem for path in PACKS.glob("*.toml"))


def of(school: School) -> Policy:
    """Return the policy of a school. A pack that isn't known allows no biometrics.

    What loosens is off until an administrator of the school has switched it on; what tightens may be switched on.
    """
    try:
        pack = load(school.policy_pack)
    except UnknownPack:
        return Policy(digest=f"{school.policy_pack}@", biometrics=False, attendance_by_face=False)
    card_bound = pack.card_bound or school.card_bound or _a_gate_binds(school)
    identification = pack.identification and school.identifies and not card_bound  # Without a card nothing would open.
    return replace(pack, card_bound=card_bound, identification=identification)


def _a_gate_binds(school: School) -> bool:
    """Tell whether a gate compares bound references only. Students pass any gate: the school then makes no others."""
    return School.objects.filter(pk=school.pk, gates__card_bound=True).exists()


def load(name: str) -> Policy:
    """Return a pack by its name, read again if its file has changed. Raises `UnknownPack` or `BrokenPack`."""
    if name not in names():
        raise UnknownPack(name)
    return _parsed(name, (PACKS / f"{name}.toml").read_bytes())


def in_force(prefix: str = "") -> Q:
    """Return the condition that a permit was worked out by the policy that its school has now."""
    policy, pack = f"{prefix}policy", f"{prefix}school__policy_pack"
    condition = Q(pk__in=[])
    for file in PACKS.glob("*.toml"):  # Each once: a capture asks several times.
        with suppress(BrokenPack):
            condition |= Q(**{pack: file.stem, policy: _parsed(file.stem, file.read_bytes()).digest})
    return condition


@cache
def _parsed(name: str, content: bytes) -> Policy:
    try:
        said: dict[str, Any] = tomllib.loads(content.decode())
        title = said.pop("name")
        values = {key: _plain(one["value"]) for key, one in said.items()}
        sources = {key: one["source"] for key, one in said.items()}
    except (ValueError, LookupError, TypeError) as error:
        raise BrokenPack(name) from error
    wanted = {one.name for one in fields(Policy)} - {"digest", "name", "sources"}
    if set(said) != wanted or not all(sources.values()):
        raise BrokenPack(f"{name} says {sorted(set(said) ^ wanted)} too much or not at all, or doesn't say why")
    digest = f"{name}@{hashlib.sha256(content).hexdigest()[:12]}"
    return Policy(digest=digest, name=title, sources=sources, **values)


def _plain(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
