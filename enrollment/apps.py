from django.apps import AppConfig
from django.conf import settings


class EnrollmentConfig(AppConfig):
    """Consent, and the references that consent allows."""

    name = "enrollment"

    def ready(self) -> None:
        """Register the start-up check in the processes that look at faces: no other may import what it needs."""
        if settings.PROCESS in ("extract", "desk"):
            from enrollment import checks

            checks.register_all()
