"""Pages for everything of relations that has no screen of its own, and for looking underneath those that have."""

from crm.relations.admin import parts, relations

__all__ = ["parts", "relations"]
