from django.apps import AppConfig


class ReanimatorConfig(AppConfig):
    name = "reanimator"
    verbose_name = "Reanimator"
