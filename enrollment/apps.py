from django.apps import AppConfig
from django.conf import settings


class EnrollmentConfig(AppConfig):
    """Consent, and the references that consent allows."""

    name = "enrollment"

    def ready(self) -> None:
        """Register the start-up checks; the one that needs `enrollment.faces` only where faces are looked at."""
        from enrollment import face_checks

        face_checks.register_all()
        if settings.PROCESS in face_checks.LOOKS_AT_FACES:
            from enrollment import model_checks

            model_checks.register_all()
