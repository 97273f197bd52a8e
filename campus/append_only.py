"""Tables that only ever grow: the database refuses to change, delete or truncate their rows."""

from __future__ import annotations

import pgtrigger
from django.db import models

_REFUSE = "RAISE EXCEPTION 'table % only grows', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';"


def append_only() -> list[pgtrigger.Trigger]:
    """Return the triggers of an append-only table, for `Meta.triggers`.

    A trigger stops mistakes and the owner; the application's roles are not granted UPDATE, DELETE or
    TRUNCATE on these tables in the first place (`campus.roles`).
    """
    return [
        pgtrigger.Trigger(
            name="append_only",
            when=pgtrigger.Before,
            operation=pgtrigger.Update | pgtrigger.Delete,
            func=_REFUSE,
        ),
        pgtrigger.Trigger(
            name="no_truncate",
            level=pgtrigger.Statement,
            when=pgtrigger.Before,
            operation=pgtrigger.Truncate,
            func=_REFUSE,
        ),
    ]


def is_append_only(model: type[models.Model]) -> bool:
    """Tell whether a model's table only ever grows."""
    return any(trigger.name == "append_only" for trigger in getattr(model._meta, "triggers", []))
