from django.apps import AppConfig


class CampusConfig(AppConfig):
    """The school itself."""

    name = "campus"

    def ready(self) -> None:
        """Set up logging before anything can log, and register the start-up checks."""
        from campus import checks, logs

        logs.configure()
        checks.register_all()
