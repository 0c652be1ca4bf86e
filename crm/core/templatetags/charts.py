"""`{% load charts %}`: bars and a line as SVG with attributes only: the strict CSP lets no style attribute by.

Every chart has a title, a description, and its figures as a table underneath. Widths are percentages, so that a
chart of the server stretches; a curve is drawn in a nested `<svg>` without its own proportions.
"""

from __future__ import annotations

import itertools

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from crm.core.templatetags.core import number

register = template.Library()

_numbers = itertools.count(1)
HEIGHT_PX = 132
FOOT_PX = 20
HEAD_PX = 12


@register.simple_tag
def bar_chart(points: list[tuple], title: str, unit: str, marked: str = "") -> SafeString:
    """Bars from zero. `points`: (label, value) or (label, value, whether it is marked); `marked`: what that means."""
    rows = [(*point, False)[:3] for point in points]
    top = _round_up(max((value for _, value, _ in rows), default=0))
    step = 92 / max(len(rows), 1)
    every = max(1, len(rows) // 4)
    bars, marks, labels = [], [], []
    for place, (label, value, special) in enumerate(rows):
        left = place * step
        height = (HEIGHT_PX - HEAD_PX) * value / top
        bars.append(
            (_percent(left + step * 0.12), f"{HEIGHT_PX - height:.1f}", _percent(step * 0.76), f"{height:.1f}")
        )
        if special:
            marks.append((_percent(left + step / 2), f"{HEIGHT_PX - height - 10:.1f}"))
        if place % every == 0:
            labels.append((_percent(left + step * 0.12), HEIGHT_PX + FOOT_PX - 5, label))
    drawing = format_html(
        "{}{}{}{}",
        _grid(top, 0),
        format_html_join("", '<rect class="bar" x="{}" y="{}" width="{}" height="{}" rx="1"/>', bars),
        format_html_join(
            "", '<svg x="{}" y="{}" overflow="visible"><path class="mark" d="M0 0 4 7H-4Z"/></svg>', marks
        ),
        format_html_join("", '<text x="{}" y="{}">{}</text>', labels),
    )
    figures = [(label, f"{number(value)}{f', {marked}' if special else ''}") for label, value, special in rows]
    return _chart(drawing, title, unit, figures)


@register.simple_tag
def line_chart(points: list[tuple], title: str, unit: str) -> SafeString:
    """A line over (label, value); its axis need not begin at zero, so nothing under it is filled."""
    values = [value for _, value in points]
    low, high = _bounds(values)
    span = (high - low) or 1
    last = max(len(points) - 1, 1)
    spots = [(92 * place / last, 100 - 100 * (value - low) / span) for place, value in enumerate(values)]
    path = " ".join(f"{'M' if place == 0 else 'L'}{x:.2f} {y:.2f}" for place, (x, y) in enumerate(spots))
    every = max(1, len(points) // 4)
    labels = [
        (_percent(spots[place][0]), HEIGHT_PX + FOOT_PX - 5, "start" if place == 0 else "middle", label)
        for place, (label, _) in enumerate(points)
        if place % every == 0 and place < last
    ]
    drawing = format_html(
        '{}<svg x="0" y="{}" width="100%" height="{}" viewBox="0 0 100 100" preserveAspectRatio="none">'
        '<path class="curve" d="{}"/></svg>{}',
        _grid(high, low),
        HEAD_PX,
        HEIGHT_PX - HEAD_PX,
        path,
        format_html_join("", '<text x="{}" y="{}" text-anchor="{}">{}</text>', labels),
    )
    return _chart(drawing, title, unit, [(label, number(value)) for label, value in points])


def _chart(drawing: SafeString, title: str, unit: str, figures: list[tuple]) -> SafeString:
    key = f"chart-{next(_numbers)}"
    lowest_to_highest = gettext("%(count)d figures") % {"count": len(figures)}
    return format_html(
        '<figure><svg class="chart" width="100%" height="{}" role="img" aria-labelledby="{}-title {}-desc">'
        '<title id="{}-title">{}</title><desc id="{}-desc">{}, {}</desc>{}</svg>'
        '<details><summary class="link small">{}</summary><table class="table"><thead><tr><th scope="col"></th>'
        '<th scope="col" class="number">{}</th></tr></thead><tbody>{}</tbody></table></details></figure>',
        HEIGHT_PX + FOOT_PX,
        key,
        key,
        key,
        title,
        key,
        unit,
        lowest_to_highest,
        drawing,
        gettext("As a table"),
        unit,
        format_html_join("", '<tr><th scope="row">{}</th> <td class="number">{}</td></tr> ', figures),
    )


def _grid(top: int, low: int) -> SafeString:
    lines = [
        (y, y, y + 4, number(int(value)))
        for y, value in ((HEAD_PX, top), ((HEIGHT_PX + HEAD_PX) / 2, (top + low) / 2), (HEIGHT_PX, low))
        if value == int(value)
    ]
    return format_html_join(
        "",
        '<line class="grid" x1="0" x2="92%" y1="{}" y2="{}"/><text x="100%" y="{}" text-anchor="end">{}</text>',
        lines,
    )


def _percent(share: float) -> str:
    return f"{share:.3f}%"


def _round_up(value: float) -> int:
    """The next 1, 2, 5 or 10 times a power of ten, and at least 2: the middle of the axis is a whole number."""
    if value <= 2:
        return 2
    size = 10 ** (len(str(int(value))) - 1)
    return next(size * times for times in (1, 2, 4, 6, 8, 10) if size * times >= value)


def _bounds(values: list) -> tuple[int, int]:
    low, high = min(values, default=0), max(values, default=0)
    size = 10 ** max(len(str(int(high - low))) - 1, 0)
    return int(low // size) * size, -int(-high // size) * size or size
