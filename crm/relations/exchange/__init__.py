"""What relations give to take out: kinds of rows, and the list and the card as sources of them."""

from crm.relations.exchange import books, parts, relations, subjects

__all__ = ["books", "parts", "relations", "subjects"]
