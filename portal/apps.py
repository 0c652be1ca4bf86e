from django.apps import AppConfig


class PortalConfig(AppConfig):
    """What relations see of themselves. Nothing is built here yet; the package keeps its place in the layers."""

    name = "portal"
