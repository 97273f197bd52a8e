from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in


class CampusConfig(AppConfig):
    """The school itself."""

    name = "campus"

    def ready(self) -> None:
        """Set up logging before anything can log, and register the start-up checks and what signing in begins."""
        from campus import checks, logs, sign_in

        logs.configure()
        checks.register_all()
        user_logged_in.connect(sign_in.begin_session)
