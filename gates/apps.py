from django.apps import AppConfig


class GatesConfig(AppConfig):
    """The gates."""

    name = "gates"

    def ready(self) -> None:
        """Register the start-up check."""
        from gates import checks

        checks.register_all()
