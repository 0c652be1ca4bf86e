"""Reading the log: of one record, of a change set, of everybody, and who looked."""

from crm.audit.queries.acts import ActPage, Asked, LoggedAct, acts, up_to
from crm.audit.queries.conflicts import conflicts_in_words
from crm.audit.queries.entries import Change, Entry, entries_of, names_of, spoken
from crm.audit.queries.looks import LookPage, looks_at
from crm.audit.queries.record_logs import (
    Act,
    Page,
    count_of_change_set,
    log_of,
    log_of_change_set,
    log_under,
)

__all__ = [
    "Act",
    "ActPage",
    "Asked",
    "Change",
    "Entry",
    "LoggedAct",
    "LookPage",
    "Page",
    "acts",
    "conflicts_in_words",
    "count_of_change_set",
    "entries_of",
    "log_of",
    "log_of_change_set",
    "log_under",
    "looks_at",
    "names_of",
    "spoken",
    "up_to",
]
