"""Marks, axes and layers that all drawings share; published, measured and estimated figures look the same everywhere.

Columns of the rows: `day` and `until` are dates, `value` is drawn, `low` and `high` are its range, `shown` is the figure as
a label, `series` has a line or a colour of its own, `row` is a line of text with marks below it.
"""

from typing import Any, Literal

import altair as alt

ROWS = alt.NamedData(name="rows")
# The last row of each series.
ENDS = alt.NamedData(name="ends")
# Changes of definition, and periods in which a source was due but not collected.
CHANGES = alt.NamedData(name="changes")
STALE = alt.NamedData(name="stale")

Basis = Literal["published", "measured", "estimated"]
_DASH = {"published": [6, 4], "measured": [1, 0], "estimated": [2, 3]}
_SHAPE = {"published": "diamond", "measured": "circle", "estimated": "square"}
HEIGHT = 240
# Text next to the marks fits into the width of the panel. The theme sets `room`, the longest name at the end of a line.
FIT = alt.AutoSizeParams(type="fit-x", contains="padding")
ROW_HEIGHT = 38
# Offset of the marks below the middle of a row; its name is above.
_BELOW = 8
# A range of the theme, which has one for each colour scheme.
COLOURS = "category"
_SHAPES = ["circle", "diamond", "square", "triangle-up", "cross", "triangle-down", "triangle-right", "triangle-left"]

_TICKS = alt.ExprRef(expr="max(2, min(8, round(width / 95)))")


_DAYS = "timeFormat(datum.value, {year: '%Y', quarter: '%b', month: '%b', week: '%-d %b', date: '%-d %b'})"


def lay(*layers: alt.Chart, height: int | alt.Step = HEIGHT) -> alt.LayerChart:
    """Return the layers on top of each other, as wide as the panel."""
    return alt.LayerChart(layer=layers, width="container", height=height, autosize=FIT)


def of(data: alt.NamedData = ROWS) -> alt.Chart:
    """Return a layer that draws `data`."""
    return alt.Chart(data)


def days(field: str = "day") -> alt.X:
    """Return the time axis."""
    axis = alt.Axis(
        tickCount=_TICKS, labelExpr=_DAYS, labelOverlap="greedy", labelSeparation=8, labelFlush=False, grid=False
    )
    return alt.X(f"{field}:T", title=None, axis=axis, scale=alt.Scale(padding=10))


def _labels(form: str) -> str:
    """Return the expression of an axis label, with K and B in place of k and G, as in the sentences."""
    return f"replace(replace(format(datum.value, '{form}'), 'G', 'B'), 'k', 'K')"


def amounts(title: str, *, field: str = "value", zero: bool = True, form: str = "~s") -> alt.Y:
    """Return the vertical axis of amounts; its title says if it does not begin at 0."""
    full_title = title if zero else f"{title} (not from 0)"
    axis = alt.Axis(labelExpr=_labels(form), tickCount=5, **_ABOVE)
    return alt.Y(f"{field}:Q", title=full_title, scale=alt.Scale(zero=zero, nice=True), axis=axis)


def doublings(title: str, *, field: str = "value") -> alt.Y:
    """Return a logarithmic axis of small numbers, on which each line is twice the one below."""
    axis = alt.Axis(values=[2**power for power in range(12)], format="d", **_ABOVE)
    return alt.Y(
        f"{field}:Q", title=f"{title} (logarithmic)", scale=alt.Scale(type="log", nice=False, padding=8), axis=axis
    )


# An axis title as a line of text above the axis, from the left edge.
_ABOVE: dict[str, Any] = {"titleAngle": 0, "titleAlign": "left", "titleAnchor": "end", "titleY": -10, "titleX": 0}


def lengths(title: str, *, field: str = "value", log: bool = False, form: str = "~s") -> alt.X:
    """Return the horizontal axis of amounts, for rows of text with marks; its title says if it is logarithmic."""
    scale = alt.Scale(type="log", nice=True) if log else alt.Scale(zero=True, nice=True)
    full_title = f"{title} (logarithmic)" if log else title
    return alt.X(f"{field}:Q", title=full_title, scale=scale, axis=_powers(form) if log else _even(form))


def _even(form: str) -> alt.Axis:
    return alt.Axis(labelExpr=_labels(form), tickCount=_TICKS, labelOverlap="greedy", labelSeparation=8)


def _powers(form: str) -> alt.Axis:
    """Return an axis with labels at powers of ten only."""
    is_power = "abs(log(datum.value) / LN10 - round(log(datum.value) / LN10)) < 0.001"
    return alt.Axis(
        labelExpr=f"{is_power} ? {_labels(form)} : ''", labelOverlap="greedy", labelSeparation=4, grid=False
    )


def sentence() -> alt.Tooltip:
    """Return the tooltip: the sentence of the row."""
    return alt.Tooltip("sentence:N", title=" ")


_LEGEND = alt.Legend(title=None, orient="bottom", labelLimit=240, columns=alt.ExprRef(expr="width < 420 ? 2 : 4"))


def of_series(legend: bool = False) -> alt.Color:
    """Return the colours of the series; without a legend, names are next to the marks."""
    return alt.Color("series:N", scale=alt.Scale(range=COLOURS), legend=_LEGEND if legend else None, sort=None)


def shapes(legend: bool = False) -> alt.Shape:
    """Return the shapes of the series, for readers who cannot distinguish the colours."""
    return alt.Shape("series:N", scale=alt.Scale(range=_SHAPES), legend=_LEGEND if legend else None, sort=None)


def line(basis: Basis, y: alt.Y, *, series: bool = False, step: bool = False, points: bool = True) -> list[alt.Chart]:
    """Draw values over time in the style of their basis. A line joins only rows of one `stretch`, so that gaps stay gaps."""
    interpolate: Literal["step-after", "linear"] = "step-after" if step else "linear"
    lines = (
        of()
        .mark_line(strokeDash=_DASH[basis], interpolate=interpolate, strokeWidth=2)
        .encode(days(), y, detail=[alt.Detail("series:N"), alt.Detail("stretch:N")])
    )
    dots = (
        of()
        .mark_point(
            size=60 if points else 24, filled=basis != "published", opacity=1 if points else 0.01, strokeWidth=2
        )
        .encode(days(), y, tooltip=sentence())
    )
    if not series:
        return [lines, dots.encode(shape=alt.ShapeValue(_SHAPE[basis]))]
    return [lines.encode(color=of_series()), dots.encode(color=of_series(), shape=shapes())]


def ends(y: alt.Y) -> alt.Chart:
    """Write the label of each series next to its last value."""
    return (
        of(ENDS)
        .mark_text(align="left", dx=9, limit=alt.ExprRef(expr="room"))
        .encode(days(), y, text=alt.Text("label:N"))
    )


def figures(y: alt.Y, dy: int = -12) -> alt.Chart:
    """Write the figures above their marks."""
    return of().mark_text(dy=dy, fontWeight=600).encode(days(), y, text=alt.Text("shown:N"))


def over_time(*layers: alt.Chart, height: int = HEIGHT) -> alt.LayerChart:
    """Return layers over time, with stale periods behind them and changes of definition in front."""
    band = of(STALE).mark_rect(opacity=0.2, color="gray").encode(days(), alt.X2("until:T"), tooltip=sentence())
    stale = (
        of(STALE)
        .mark_text(align="right", baseline="bottom", dx=-4, fontStyle="italic")
        .encode(days("until"), y=alt.YValue(height - 4), text=alt.Text("short:N"))
    )
    rules = of(CHANGES).mark_rule(strokeDash=[3, 3], strokeWidth=1.5).encode(days(), tooltip=sentence())
    signs = (
        of(CHANGES)
        .mark_text(align="left", baseline="top", dx=4, fontSize=11, fontStyle="italic")
        .encode(days(), y=alt.YValue(2), text=alt.Text("short:N"), tooltip=sentence())
    )
    return lay(band, *layers, rules, signs, stale, height=height)


def texts() -> alt.Y:
    """Return the axis of rows; their names are above their marks, so that long names need no margin."""
    return alt.Y("row:N", sort=None, title=None, axis=alt.Axis(labels=False, ticks=False, domain=False, grid=False))


def names() -> alt.Chart:
    """Write the name of each row above its marks."""
    return (
        of()
        .transform_aggregate(groupby=["row"])
        .mark_text(align="left", baseline="bottom", dy=-2, fontWeight=600, limit=alt.ExprRef(expr="width"))
        .encode(texts(), x=alt.XValue(0), text=alt.Text("row:N"))
    )


def in_rows(*layers: alt.Chart, step: int = ROW_HEIGHT) -> alt.LayerChart:
    """Return layers in rows, with the name of each row above its marks."""
    return lay(*layers, names(), height=alt.Step(step))


def bars(x: alt.X) -> alt.Chart:
    """Draw a bar for each row, below its name."""
    return of().mark_bar(height=10, yOffset=_BELOW).encode(x, texts(), tooltip=sentence())


def divided_bars(x: alt.X) -> alt.LayerChart:
    """Draw a bar for each row, divided by series in the order of `rank`, with the text `shown` at its end, at `total`."""
    parts = (
        of()
        .mark_bar(height=10, yOffset=8)
        .encode(x, texts(), color=of_series(legend=True), order=alt.Order("rank:Q"), tooltip=sentence())
    )
    written = (
        of()
        .mark_text(align="left", dx=8, dy=8, fontSize=11)
        .transform_filter("datum.rank == 1")
        .encode(alt.X("total:Q"), texts(), text=alt.Text("shown:N"))
    )
    return in_rows(parts, written)


def dots(x: alt.X, shape: str = "circle") -> alt.Chart:
    """Draw a mark for each row, below its name."""
    return of().mark_point(size=80, shape=shape, filled=True, yOffset=_BELOW).encode(x, texts(), tooltip=sentence())


def figures_of_rows(x: alt.X, dx: int = 8) -> alt.Chart:
    """Write the figure next to the mark of its row."""
    return of().mark_text(align="left", dx=dx, dy=_BELOW).encode(x, texts(), text=alt.Text("shown:N"))


def from_to(x: alt.X) -> list[alt.Chart]:
    """Join the marks of a row in order of time, and write the change below them."""
    link = of().mark_line(strokeDash=[6, 4], strokeWidth=1.5, yOffset=_BELOW)
    changes = (
        of()
        .transform_filter("datum.shown")
        .mark_text(align="left", dy=_BELOW + 15, fontSize=11, limit=alt.ExprRef(expr="width"))
    )
    return [
        link.encode(x, texts(), detail=alt.Detail("row:N"), order=alt.Order("day:T")),
        changes.encode(texts(), x=alt.XValue(0), text=alt.Text("shown:N")),
    ]
