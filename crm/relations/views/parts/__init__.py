"""Rows under a relation: e-mail addresses, employments, ties, roles and so on; a table says what is what."""

from crm.relations.views.parts.kinds import PARTS
from crm.relations.views.parts.pages import add, change, end, main_contact, remove

__all__ = ["PARTS", "add", "change", "end", "main_contact", "remove"]
