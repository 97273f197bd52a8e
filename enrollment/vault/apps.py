from django.apps import AppConfig


class VaultConfig(AppConfig):
    """The vault, an app of its own because its tables live in a database of their own."""

    name = "enrollment.vault"
    label = "vault"
