"""Tables that only ever grow: the database refuses to change, delete or truncate their rows.

One door leads out: the function that ends rows whose time is over (`campus.retention_door`) runs as a role as which
nobody can sign in, and the triggers let that role delete.
"""

from __future__ import annotations

import pgtrigger
from django.db import models

DOOR = "campus_retention"
"""The role as which the door's function runs."""
_LET_OUT = f"IF TG_OP = 'DELETE' AND current_user = '{DOOR}' THEN RETURN OLD; END IF; "
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
            func=_LET_OUT + _REFUSE,
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
