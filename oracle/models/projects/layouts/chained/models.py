from chained.parts import *  # noqa: F403

from .abstract import *  # noqa: F403
