from django.apps import AppConfig


class EnrollmentConfig(AppConfig):
    """Consent, and the references that consent allows."""

    name = "enrollment"

    def ready(self) -> None:
        """Register the start-up checks."""
        from enrollment import face_checks

        face_checks.register_all()
