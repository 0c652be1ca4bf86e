"""Sending a form twice makes one thing: the second request gets the answer of the first (design/reliability.md 11).

The form carries `{% once %}`, an API call the header Idempotency-Key. The view asks `earlier_answer` before anything
else and makes the thing through `answer`; what is made and the answer are one transaction.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.core.schedules import every

FIELD, HEADER = "once", "Idempotency-Key"
KEPT_HOURS = 24
KEY_LENGTH = 100
NOT_THE_CONTENT = {FIELD, "csrfmiddlewaretoken"}


class Answer(models.Model):
    """What a request with a one-time key was answered. Kept for a day; no domain data."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="+", verbose_name=_("who")
    )
    # the hash of user, path and key: unique on both databases, also without a user
    key = models.CharField(max_length=64, unique=True)
    body = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(default=0)
    location = models.TextField(blank=True)
    content_type = models.CharField(max_length=100, blank=True)
    content = models.BinaryField(default=b"")
    made_at = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name = _("answer to a one-time key")
        verbose_name_plural = _("answers to one-time keys")

    def __str__(self) -> str:
        return f"{self.status} {self.location}"

    def as_response(self) -> HttpResponse:
        response = HttpResponse(bytes(self.content), status=self.status, content_type=self.content_type or None)
        if self.location:
            response["Location"] = self.location
        response["Idempotent-Replay"] = "true"
        return response


def key_of(request: HttpRequest) -> str:
    """The key that came with the request, "" without one or with one that is too long."""
    key = request.headers.get(HEADER) or request.POST.get(FIELD, "")
    return key if len(key) <= KEY_LENGTH else ""


Mismatch = Callable[[HttpRequest], HttpResponse]


def another_content(request: HttpRequest) -> HttpResponse:
    return render(request, "409.html", status=409)


def earlier_answer(request: HttpRequest, *, mismatch: Mismatch = another_content) -> HttpResponse | None:
    """The answer that this very request got before; `mismatch` (a page with 409) when the key came with another
    content then; else None."""
    key = key_of(request)
    if not key:
        return None
    stored = _recent(timezone.now()).filter(key=_whole_key(request, key)).first()
    if stored is None:
        return None
    if stored.body != _body_hash(request):
        return mismatch(request)
    return stored.as_response()


def answer(
    request: HttpRequest, act: Callable[[], HttpResponse], *, mismatch: Mismatch = another_content
) -> HttpResponse:
    """Do `act` (a service call and its redirect) once per key, in one transaction with the key.

    A second request waits for the first and gets its answer. What `act` raises rolls back the key too, so that the
    corrected form may use it again. The same key with another content is answered by `mismatch`, as for
    `earlier_answer`. Without a key it just acts.
    """
    key = key_of(request)
    if not key:
        return act()
    now = timezone.now()
    whole, body = _whole_key(request, key), _body_hash(request)
    with transaction.atomic():
        Answer.objects.filter(key=whole, made_at__lt=now - timedelta(hours=KEPT_HOURS)).delete()
        try:
            with transaction.atomic():
                row = Answer.objects.create(
                    key=whole, body=body, user=request.user if request.user.is_authenticated else None, made_at=now
                )
        except IntegrityError:
            earlier = earlier_answer(request, mismatch=mismatch)
            if earlier is None:
                raise
            return earlier
        response = act()
        row.status, row.location = response.status_code, response.get("Location", "")
        row.content_type, row.content = response.get("Content-Type", ""), response.content
        row.save()
        return response


@every(minutes=60)
def forget_old() -> int:
    """Delete answers older than a day; returns how many."""
    return Answer.objects.filter(made_at__lt=timezone.now() - timedelta(hours=KEPT_HOURS)).delete()[0]


def _recent(now: datetime):
    return Answer.objects.filter(made_at__gte=now - timedelta(hours=KEPT_HOURS))


def _whole_key(request: HttpRequest, key: str) -> str:
    return hashlib.sha256(f"{request.user.pk}\n{request.path}\n{key}".encode()).hexdigest()


def _body_hash(request: HttpRequest) -> str:
    digest = hashlib.sha256()
    if request.POST or request.FILES:
        for name in sorted(set(request.POST) - NOT_THE_CONTENT):
            digest.update(repr((name, request.POST.getlist(name))).encode())
        for name in sorted(request.FILES):
            for file in request.FILES.getlist(name):
                digest.update(repr((name, file.name, file.size)).encode())
                for part in file.chunks():
                    digest.update(part)
                file.seek(0)
    else:
        digest.update(request.body)
    return digest.hexdigest()
