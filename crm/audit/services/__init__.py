"""Undoing, restoring, and keeping the log of who looked. One file per action."""

from crm.audit.services.looking import flush, note_look
from crm.audit.services.report import (
    AT_ONCE,
    Conflict,
    Override,
    UnableToUndo,
    Undecided,
    UndoReport,
)
from crm.audit.services.restoring import preview_restore, restore
from crm.audit.services.undo import JOB_KIND, may_undo, preview, undo_change_set, undo_chunk

__all__ = [
    "AT_ONCE",
    "JOB_KIND",
    "Conflict",
    "Override",
    "UnableToUndo",
    "Undecided",
    "UndoReport",
    "flush",
    "may_undo",
    "note_look",
    "preview",
    "preview_restore",
    "restore",
    "undo_change_set",
    "undo_chunk",
]
