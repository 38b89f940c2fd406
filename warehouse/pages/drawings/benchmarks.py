"""Drawings of benchmarks and boards."""

import altair as alt

from warehouse.pages.drawings import marks as draw


def published_gap() -> alt.LayerChart:
    """Draw the published scores as a line for each series."""
    y = draw.amounts("score in percent")
    return draw.over_time(*draw.line("published", y, series=True), draw.ends(y))


def measured_gap() -> alt.LayerChart:
    """Draw the best score over time as steps, for each series."""
    y = draw.amounts("score in percent")
    return draw.over_time(*draw.line("measured", y, series=True, step=True), draw.ends(y))


def _closure(basis: draw.Basis) -> alt.LayerChart:
    y = draw.amounts("percent of the reference score", zero=False)
    full = alt.Chart(alt.InlineData([{"value": 100}])).mark_rule(strokeWidth=1).encode(y=alt.Y("value:Q"))
    return draw.over_time(full, *draw.line(basis, y, series=True, step=basis == "measured"), draw.ends(y))


def _interval() -> alt.Chart:
    """Draw the interval of each row as a band; rows without one interrupt it."""
    return (
        draw.of()
        .transform_filter("isValid(datum.low) && isValid(datum.high)")
        .mark_area(opacity=0.22)
        .encode(draw.days(), alt.Y("low:Q"), alt.Y2("high:Q"), detail="part:N")
    )


def _gap(title: str) -> alt.LayerChart:
    """Draw the gap over time with its interval as a band, and a line at 0."""
    y = draw.amounts(title, zero=True, form=",.2~f")
    level = alt.Chart(alt.InlineData([{"value": 0}])).mark_rule(strokeWidth=1).encode(y=alt.Y("value:Q"))
    return draw.over_time(_interval(), level, *draw.line("measured", y, points=False))


def arena() -> alt.LayerChart:
    """Draw the gap on the Arena over time."""
    return _gap("rating points")


def capability() -> alt.LayerChart:
    """Draw the gap of the Epoch Capabilities Index over time."""
    return _gap("index points")


def capability_lag() -> alt.LayerChart:
    """Draw the months behind over time, with the range that the intervals allow as a band."""
    return draw.over_time(_interval(), *draw.line("measured", draw.amounts("months", form=",.2~f"), points=False))


def lag() -> alt.LayerChart:
    """Draw the months behind over time."""
    return draw.over_time(*draw.line("measured", draw.amounts("months", form=",.2~f"), points=False))


def by_release() -> alt.LayerChart:
    """Draw a mark with its interval for each model, by release date; label the leaders."""
    y = draw.amounts("rating", zero=False, form="d")
    interval = draw.of().mark_rule(opacity=0.5).encode(draw.days(), alt.Y("low:Q"), alt.Y2("high:Q"))
    marks = (
        draw.of()
        .mark_point(filled=True, size=50, opacity=0.85)
        .encode(
            draw.days(), y, color=draw.of_series(legend=True), shape=draw.shapes(legend=True), tooltip=draw.sentence()
        )
    )
    labels = (
        draw.of()
        .transform_filter("datum.label")
        .mark_text(align="right", dx=-8, fontSize=11)
        .encode(draw.days(), y, text=alt.Text("label:N"))
    )
    return draw.lay(interval, marks, labels, height=300)


def rating_and_downloads() -> alt.LayerChart:
    """Draw a mark for each model by its downloads, on a logarithmic scale, and its rating; label the most downloaded."""
    # The space of a drawing is reserved without a title below it: the one above says both.
    x = draw.lengths("", field="downloads", log=True).title(None)
    y = draw.amounts("rating, by downloads in 30 days (logarithmic)", zero=False, form="d")
    marks = draw.of().mark_point(filled=True, size=50, opacity=0.85).encode(x, y, tooltip=draw.sentence())
    labels = (
        draw.of()
        .transform_filter("datum.label")
        .mark_text(align="right", dx=-8, fontSize=11)
        .encode(x, y, text=alt.Text("label:N"))
    )
    return draw.lay(marks, labels, height=300)


def published_closure() -> alt.LayerChart:
    """Draw the published share of the reference score."""
    return _closure("published")


def measured_closure() -> alt.LayerChart:
    """Draw the measured share of the reference score as steps."""
    return _closure("measured")


def by_memory() -> alt.LayerChart:
    """Draw the best rating over time as steps, for each size of memory."""
    y = draw.amounts("rating", zero=False, form="d")
    return draw.over_time(*draw.line("estimated", y, series=True, step=True, points=False), draw.ends(y))
