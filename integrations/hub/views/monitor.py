"""The monitor of a connection, its reports, and one delivery."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from integrations.hub.models import Connection, Delivery, ExternalLink, Run
from integrations.hub.queries import asking_attention, entries_of, figures_of, recent_runs
from integrations.hub.telling import reads, records_of, rows_in_words
from integrations.hub.views.base import managed_connection, page
from integrations.hub.words import changes_in_words, note_in_words, what_happened

ROWS, RUNS, LINES = 25, 8, 100


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The first connection, one that asks for somebody if there is one; without any the catalogue."""
    context = page(request, None, "")
    entries = context["entries"]
    if entries:
        first = next((entry for entry in entries if entry["state"] == "refused"), entries[0])
        return redirect(first["url"])
    return render(request, "hub/index.html", context)


@require_safe
def monitor(request: HttpRequest, pk: int) -> HttpResponse:
    connection = managed_connection(request, pk)
    rows = asking_attention(connection, limit=ROWS)
    context = page(
        request,
        connection,
        "monitor",
        figures=figures_of(connection, now=timezone.now()),
        rows=rows_in_words(request, rows),
        runs=recent_runs(connection, limit=RUNS),
        retryable=any(row.state == Delivery.State.STUCK for row in rows),
    )
    return render(request, "hub/monitor.html", context)


@require_safe
def reports(request: HttpRequest, pk: int) -> HttpResponse:
    connection = managed_connection(request, pk)
    before = request.GET.get("before", "")
    runs = recent_runs(connection, limit=LINES, before=int(before) if before.isdigit() else None)
    older = runs[-1].pk if len(runs) == LINES else None
    return render(request, "hub/reports.html", page(request, connection, "reports", runs=runs, older=older))


@require_safe
def report(request: HttpRequest, pk: int, run_pk: int) -> HttpResponse:
    connection = managed_connection(request, pk)
    run = get_object_or_404(Run.objects.filter(connection=connection), pk=run_pk)
    after = request.GET.get("after", "")
    entries = entries_of(run, limit=LINES, after=int(after) if after.isdigit() else 0)
    for entry in entries:
        if not reads(request, connection, entry.topic):
            entry.number, entry.answer, entry.changes, entry.notes = "", "", [], []
    records = {}
    for topic in {entry.topic for entry in entries}:
        subjects = [entry.subject for entry in entries if entry.topic == topic]
        records |= records_of(request, topic, subjects)
    lines = [
        {
            "entry": entry,
            "record": records.get((entry.topic, entry.subject)),
            "changes": changes_in_words(entry.changes),
            "notes": [note_in_words(note) for note in entry.notes],
            "said": what_happened(entry.code) if entry.code and not entry.notes else None,
        }
        for entry in entries
    ]
    further = entries[-1].pk if len(entries) == LINES else None
    context = page(request, connection, "reports", run=run, lines=lines, further=further)
    context["run_said"] = what_happened(run.code) if run.code else None
    return render(request, "hub/report.html", context)


@require_safe
def delivery(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything about one delivery: what would be sent, and what was answered."""
    mine = Connection.objects.visible_to(request.user, timezone.localdate())
    row = get_object_or_404(Delivery.objects.filter(connection__in=mine.values("pk")), pk=pk)
    connection = managed_connection(request, row.connection_id)
    link = ExternalLink.objects.filter(connection=connection, topic=row.topic, subject=row.subject).first()
    if not reads(request, connection, row.topic):
        link = None
    context = page(request, connection, "monitor", row=rows_in_words(request, [row])[0], link=link)
    return render(request, "hub/delivery.html", context)
