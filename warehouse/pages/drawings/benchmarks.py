"""How the charts of benchmarks and boards are drawn."""

import altair as alt

from warehouse.pages.drawings import marks as draw


def published_gap() -> alt.LayerChart:
    """Return the drawing of "MMLU, as printed"."""
    y = draw.amounts("score in percent")
    return draw.over_time(*draw.line("published", y, series=True), draw.ends(y))


def measured_gap() -> alt.LayerChart:
    """Return the drawing of "Measured, by day of release"."""
    y = draw.amounts("score in percent")
    return draw.over_time(*draw.line("measured", y, series=True, step=True), draw.ends(y))


def _closure(basis: draw.Basis) -> alt.LayerChart:
    y = draw.amounts("percent of the reference score", zero=False)
    full = alt.Chart(alt.InlineData([{"value": 100}])).mark_rule(strokeWidth=1).encode(y=alt.Y("value:Q"))
    return draw.over_time(full, *draw.line(basis, y, series=True, step=basis == "measured"), draw.ends(y))


def arena() -> alt.LayerChart:
    """Return the drawing of "How far the best proprietary model leads"."""
    y = draw.amounts("rating points", zero=True, form=",.2~f")
    interval = draw.of().mark_area(opacity=0.22).encode(draw.days(), alt.Y("low:Q"), alt.Y2("high:Q"))
    level = alt.Chart(alt.InlineData([{"value": 0}])).mark_rule(strokeWidth=1).encode(y=alt.Y("value:Q"))
    return draw.over_time(interval, level, *draw.line("measured", y, points=False))


def lag() -> alt.LayerChart:
    """Return the drawing of "How many months behind"."""
    return draw.over_time(*draw.line("measured", draw.amounts("months", form=",.2~f"), points=False))


def by_release() -> alt.LayerChart:
    """Return the drawing of "Every model of the newest board"."""
    y = draw.amounts("rating", zero=False, form="d")
    interval = draw.of().mark_rule(opacity=0.5).encode(draw.days(), alt.Y("low:Q"), alt.Y2("high:Q"))
    marks = (
        draw.of()
        .mark_point(filled=True, size=50, opacity=0.85)
        .encode(draw.days(), y, color=draw.of_series(legend=True), shape=draw.shapes(legend=True), tooltip=draw.said())
    )
    labels = (
        draw.of()
        .transform_filter("datum.label")
        .mark_text(align="right", dx=-8, fontSize=11)
        .encode(draw.days(), y, text=alt.Text("label:N"))
    )
    return draw.lay(interval, marks, labels, height=300)


def published_closure() -> alt.LayerChart:
    """Draw the share of the gap that is closed, as printed."""
    return _closure("published")


def measured_closure() -> alt.LayerChart:
    """Draw the share of the gap that is closed, as measured."""
    return _closure("measured")
