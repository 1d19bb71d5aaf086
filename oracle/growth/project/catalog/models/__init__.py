from .books import Book, Category, Contribution, EBook, Edition, Review, Tag
from .notes import Note
from .people import Author, AuthorProfile, Country, Publisher

__all__ = [
    "Author",
    "AuthorProfile",
    "Book",
    "Category",
    "Contribution",
    "Country",
    "EBook",
    "Edition",
    "Note",
    "Publisher",
    "Review",
    "Tag",
]
