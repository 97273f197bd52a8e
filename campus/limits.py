"""What a process that reads bytes from outside may use of the machine."""

from __future__ import annotations

import resource


def limit_memory(megabytes: int) -> None:
    """Let the system refuse this process more memory than any honest picture needs."""
    limit = megabytes * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
