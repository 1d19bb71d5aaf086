from .books import *
from .shelves import Shelf
