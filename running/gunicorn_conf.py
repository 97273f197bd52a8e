"""How gunicorn serves the pages and the kiosks: one process, many threads, since a thread waits most of its time."""

from __future__ import annotations

import os
from pathlib import Path

bind = f"127.0.0.1:{os.environ.get('PORT') or '8000'}"
worker_class = "gthread"
workers = 1
threads = 48
timeout = 30
graceful_timeout = 3
worker_tmp_dir = str(Path(os.environ["CAMPUS_VAR"]) / "run")
forwarded_allow_ips = "127.0.0.1,::1"
control_socket_disable = True
accesslog = "-"
# The path without its query, no headers and no body: what may name a person or carry a credential stays out.
access_log_format = "%(m)s %(U)s %(s)s %(B)s bytes %(M)s ms"
