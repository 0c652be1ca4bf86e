"""Help: the index with its search, one text as a page, and the same text beside the screen it is about."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from crm.core import help_pages
from crm.desk import help_index

BESIDE = "help-beside"


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    question = request.GET.get("q", "").strip()[:100]
    context = {
        "q": question,
        "found": help_index.find(question, help_index.language()),
        "headings": [(label, pages) for label, pages in _groups() if pages],
    }
    if request.htmx and request.htmx.target == BESIDE:
        return render(request, "desk/help/_index_beside.html", context)
    return render(request, "desk/help/index.html", context)


def _groups() -> list[tuple[str, list[help_pages.HelpPage]]]:
    pages = help_pages.pages()
    return [
        (label, [page for page in pages if low <= page.order < high])
        for label, low, high in (
            (_("To begin with"), 0, 100),
            (_("Relations"), 100, 200),
            (_("Work and looking back"), 200, 300),
            (_("Couplings"), 300, 400),
            (_("Management and your own account"), 400, 10_000),
        )
    ]


@require_safe
def page(request: HttpRequest, key: str) -> HttpResponse:
    """A text as a page; for htmx only what stands beside the screen."""
    found = help_pages.page_named(key)
    if found is None:
        raise Http404
    context = {"page": found, "text": found.template_in(help_index.language())}
    if request.htmx and request.htmx.target == BESIDE:
        return render(request, "desk/help/_beside.html", context)
    return render(request, "desk/help/page.html", context)
