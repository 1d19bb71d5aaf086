from .view_models import OnlyInViews  # noqa: F401
