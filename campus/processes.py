"""Which process holds which secret: the one table that start-up and settings obey.

A process is started with the entries of its own row and nothing else, and refuses to start in
production when one of them is missing. `extract` parses hostile bytes, so it has no database and no
vault key; `decide` opens references, so it never sees an image and cannot unseal one; `web` faces
the network, so it has neither the matcher nor the vault. Pictures of an enrolment have a key of their own, so
that whoever takes `extract` over can neither see nor replace them. What a card's secret opens goes from `web` to
`decide` alone.
"""

from __future__ import annotations

NEEDS: dict[str, frozenset[str]] = {
    "web": frozenset(
        {
            "SECRET_KEY",
            "DATABASE_URL",
            "REDIS_URL",
            "CARD_KEY",
            "CARD_PARCEL_KEY",
            "CLAIM_KEY",
            "FRAMES_KEY",
            "ENROLLMENT_KEY",
        }
    ),
    "extract": frozenset({"REDIS_URL", "FRAMES_KEY", "PROBE_KEY"}),
    "decide": frozenset(
        {
            "DATABASE_URL",
            "KEYS_DATABASE_URL",
            "REDIS_URL",
            "CLAIM_KEY",
            "CARD_PARCEL_KEY",
            "PROBE_KEY",
            "VAULT_EPOCH_FILE",
            "TOMBSTONES_FILE",
            "VAULT_ROOT_KEY",
        }
    ),
    "desk": frozenset(
        {
            "SECRET_KEY",
            "DATABASE_URL",
            "KEYS_DATABASE_URL",
            "REDIS_URL",
            "ENROLLMENT_KEY",
            "VAULT_EPOCH_FILE",
            "TOMBSTONES_FILE",
            "VAULT_ROOT_KEY",
        }
    ),
    "beat": frozenset({"REDIS_URL"}),
    "seal": frozenset({"DATABASE_URL"}),
    "manage": frozenset(
        {
            "SECRET_KEY",
            "DATABASE_URL",
            "KEYS_DATABASE_URL",
            "REDIS_URL",
            "CARD_KEY",
            "VAULT_EPOCH_FILE",
            "TOMBSTONES_FILE",
            "VAULT_ROOT_KEY",
        }
    ),
}
"""Process name -> names of the environment variables it needs."""

MAY_HAVE: dict[str, frozenset[str]] = {
    process: frozenset({"VAULT_ROOT_KEY_FILE", "VAULT_ROOT_KEY_NEXT"}) if "VAULT_ROOT_KEY" in needs else frozenset()
    for process, needs in NEEDS.items()
}
"""Process name -> variables that it is given where they are set: the root key's file, and the root key to come."""

DATABASE_ROLES: dict[str, str] = {
    "web": "campus_web",
    "decide": "campus_matcher",
    "desk": "campus_matcher",
    "seal": "campus_seal",
}
"""Process name -> the Postgres role it connects as. `manage` connects as the owner."""

KEYS_ROLE = "campus_vault"
"""The role of `decide` and `desk` in the keys cluster."""

ROLE_PASSWORDS: dict[str, str] = {
    "campus_web": "WEB_DATABASE_PASSWORD",
    "campus_matcher": "MATCHER_DATABASE_PASSWORD",
    "campus_seal": "SEAL_DATABASE_PASSWORD",
    KEYS_ROLE: "VAULT_DATABASE_PASSWORD",
}
"""Role -> the environment variable that holds its password when `setup_roles` runs."""
