from crm.core.change_set import ChangeSet, Door
from crm.core.dated import Dated, DatedQuerySet
from crm.core.health import Heartbeat
from crm.core.jobs import Job, JobState
from crm.core.numbering import NumberSeries
from crm.core.once import Answer
from crm.core.recorded import ChangedMeanwhile, Computed, Recorded, RecordedQuerySet

__all__ = [
    "Answer",
    "ChangeSet",
    "ChangedMeanwhile",
    "Computed",
    "Dated",
    "DatedQuerySet",
    "Door",
    "Heartbeat",
    "Job",
    "JobState",
    "NumberSeries",
    "Recorded",
    "RecordedQuerySet",
]
