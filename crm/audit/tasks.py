"""Kinds of jobs of this slice register on import: undoing more than can be done at once."""

from crm.audit.services import JOB_KIND

__all__ = ["JOB_KIND"]
