"""`python -m enrollment.faces.engine_version NAME...`: the version of each engine set, a line each, loading no network.

A process of its own, because a worker's parent must not have the libraries of the networks when it forks.
"""

from __future__ import annotations

import sys

from enrollment.faces import composed

if __name__ == "__main__":
    sys.stdout.writelines(composed.version_of(name) + "\n" for name in sys.argv[1:])
