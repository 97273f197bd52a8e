"""Whether this database is the one that was running, or was restored from a dump and not yet brought up to date.

A row names the database it lies in as Postgres knows it: cluster, database and table. A dump carries the row along,
and in the database made of it the name is another's. Until the tombstones that it lacks are replayed nobody vouches
for it, and no face is compared (`campus.replaying`).
"""

from __future__ import annotations

from datetime import datetime

from django.db.models import CharField, QuerySet
from django.db.models.expressions import RawSQL

from campus.models import Lineage

HERE = RawSQL(
    "(SELECT cluster.system_identifier || '.' || own.oid || '.' || 'campus_lineage'::regclass::oid"
    " FROM pg_control_system() AS cluster, pg_database AS own WHERE own.datname = current_database())",
    [],
    output_field=CharField(),
)
"""What Postgres calls this very table; a database that is renamed keeps it, one that is restored has another."""


def elsewhere() -> QuerySet[Lineage]:
    """Return the row if it names another database than this one: then nothing here may be compared."""
    return Lineage.objects.exclude(database=HERE)


def is_restored() -> bool:
    """Tell whether this database was restored and nobody has vouched for it since."""
    return elsewhere().exists()


def begin(at: datetime) -> bool:
    """Name a new database; tell whether it had no name. One that has another's name keeps it."""
    return Lineage.objects.get_or_create(id=1, defaults={"database": HERE, "since": at})[1]


def vouch(at: datetime) -> None:
    """Say that this database knows everything that ended."""
    Lineage.objects.update_or_create(id=1, defaults={"database": HERE, "since": at})


def doubt(at: datetime) -> bool:
    """Let nobody vouch for this database until its tombstones are replayed; tell whether that is news."""
    if is_restored():
        return False
    Lineage.objects.update_or_create(id=1, defaults={"database": "", "since": at})
    return True
