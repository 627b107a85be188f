from django.apps import AppConfig
from django.db.models.signals import post_migrate


class ReanimatorConfig(AppConfig):
    name = "reanimator"
    verbose_name = "Reanimator"

    def ready(self) -> None:
        # Web servers and commands hand work on: they must know the tasks as well as workers do.
        from reanimator import tasks  # noqa: F401  # imported for its effect, once the apps are there
        from reanimator.access import make_groups

        # Not in a migration: the permissions that the groups hold are themselves made after migrations.
        post_migrate.connect(make_groups)
