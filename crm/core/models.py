from crm.core.change_set import ChangeSet, Door
from crm.core.dated import Dated, DatedQuerySet
from crm.core.numbering import NumberSeries
from crm.core.recorded import ChangedMeanwhile, Computed, Recorded, RecordedQuerySet

__all__ = [
    "ChangeSet",
    "ChangedMeanwhile",
    "Computed",
    "Dated",
    "DatedQuerySet",
    "Door",
    "NumberSeries",
    "Recorded",
    "RecordedQuerySet",
]
