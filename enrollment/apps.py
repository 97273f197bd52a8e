from django.apps import AppConfig
from django.conf import settings


class EnrollmentConfig(AppConfig):
    """Consent, and the references that consent allows."""

    name = "enrollment"

    def ready(self) -> None:
        """Register the start-up checks; what needs the matcher only in the processes that look at faces."""
        from enrollment import renewal_checks

        renewal_checks.register_all()
        if settings.PROCESS in ("extract", "desk"):
            from enrollment import engine_checks

            engine_checks.register_all()
