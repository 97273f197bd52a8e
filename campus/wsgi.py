"""The web process's way in. It refuses to start on a machine that is set up wrong."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "campus.settings")
application = get_wsgi_application()

from campus import checks  # noqa: E402 (the applications must be ready first)

checks.refuse_misconfiguration()
