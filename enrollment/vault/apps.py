from django.apps import AppConfig
from django.conf import settings


class VaultConfig(AppConfig):
    """The vault, an app of its own because its tables live in a database of their own."""

    name = "enrollment.vault"
    label = "vault"

    def ready(self) -> None:
        """Register the start-up check, in the processes that hold the root key and open references by it."""
        if settings.PROCESS in ("decide", "desk"):
            from enrollment.vault import epoch_check

            epoch_check.register()
