from .a import A
from .b import B as Renamed

__all__ = ("A", "Renamed")
