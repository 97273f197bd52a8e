"""A lane, in a process that is web and workers at once."""

from __future__ import annotations

from tests.gates.conftest import gate_settings, lane

__all__ = ["gate_settings", "lane"]
