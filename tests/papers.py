"""A scan of a signed paper, as somebody's scanner makes one: bytes that begin as a PDF does."""

from campus.scans import Scan

SCAN = Scan("application/pdf", b"%PDF-1.4\n% A signed reply slip.\n%%EOF\n")
