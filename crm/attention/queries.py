"""What asks for somebody."""

from datetime import date

from django.db.models import F

from crm.attention.models import AttentionItem, AttentionItemQuerySet


def open_for(user, on: date) -> AttentionItemQuerySet:
    """What this user has to look at on this day: overdue and due first, then the oldest."""
    return (
        AttentionItem.objects.visible_to(user, on)
        .asking(on)
        .order_by(F("due_on").asc(nulls_last=True), "raised_at", "pk")
    )


def open_about(subject, user, on: date) -> AttentionItemQuerySet:
    """What asks for this user about one record."""
    return open_for(user, on).filter(subject_model=subject._meta.concrete_model._meta.label, subject_id=subject.pk)
