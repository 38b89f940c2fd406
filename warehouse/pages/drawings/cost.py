"""Drawings of cost and hardware."""

import altair as alt

from warehouse.pages.drawings import marks as draw


def dollars() -> alt.LayerChart:
    """Draw a range for each row on a logarithmic scale, with the figure at its end."""
    low, high = (draw.lengths("US dollars", field=field, log=True, form="$~s") for field in ("low", "high"))
    bars = (
        draw.of()
        .mark_rule(strokeWidth=8, yOffset=8, strokeCap="round")
        .encode(low, alt.X2("high:Q"), draw.texts(), color=draw.of_series(), tooltip=draw.sentence())
    )
    return draw.in_rows(bars, draw.figures_of_rows(high, dx=10))


def published_speed() -> alt.LayerChart:
    """Draw a mark with its figure for each model and accelerator; write the note where there is no figure."""
    x = draw.lengths("tokens per second")
    figures = (
        draw.of()
        .transform_filter("isValid(datum.value)")
        .mark_text(dy=24, fontSize=11)
        .encode(x, draw.texts(), text=alt.Text("shown:N"))
    )
    absent = (
        draw.of()
        .transform_filter("!isValid(datum.value)")
        .mark_text(align="right", dy=8, fontStyle="italic", fontSize=11)
    )
    return draw.in_rows(
        _speeds(x), figures, absent.encode(draw.texts(), x=alt.XValue("width"), text=alt.Text("note:N")), step=66
    )


def _speeds(x: alt.X) -> alt.Chart:
    marks = draw.dots(x)
    return marks.encode(color=draw.of_series(legend=True), shape=draw.shapes(legend=True))


def measured_speed() -> alt.LayerChart:
    """Draw a mark for each model and accelerator on a logarithmic scale."""
    return draw.in_rows(_speeds(draw.lengths("tokens per second per accelerator", log=True)))


def published_laptop() -> alt.LayerChart:
    """Draw a bar for each range; an arrow means that it has no upper end."""
    y = draw.amounts("models that run", field="low")
    bars = draw.of().mark_bar(width=12, minBandSize=4).encode(draw.days(), y, alt.Y2("top:Q"), tooltip=draw.sentence())
    arrow = (
        draw.of()
        .transform_filter("datum.open")
        .mark_point(shape="triangle-up", filled=True, size=140, yOffset=-6)
        .encode(draw.days(), alt.Y("top:Q"), tooltip=draw.sentence())
    )
    figures = draw.of().mark_text(dy=-20, fontWeight=600).encode(draw.days(), alt.Y("top:Q"), text=alt.Text("shown:N"))
    return draw.over_time(bars, arrow, figures)


def token_prices() -> alt.LayerChart:
    """Draw a line for open and one for closed models."""
    y = draw.amounts("US dollars for a million tokens", zero=True)
    return draw.over_time(*draw.line("measured", y, series=True), draw.ends(y))


def laptop() -> alt.LayerChart:
    """Draw a line for each precision."""
    y = draw.amounts("models known to fit", zero=True)
    return draw.over_time(*draw.line("estimated", y, series=True), draw.ends(y))


def accelerators() -> alt.LayerChart:
    """Draw a mark for each model by release date; label the model that needs the most."""
    y = draw.doublings("accelerators")
    marks = (
        draw.of()
        .mark_point(size=60, filled=True, opacity=0.8, shape="square")
        .encode(draw.days(), y, tooltip=draw.sentence())
    )
    labels = (
        draw.of()
        .transform_filter("datum.label")
        .mark_text(align="right", dx=-8, fontSize=11)
        .encode(draw.days(), y, text=alt.Text("label:N"))
    )
    return draw.lay(marks, labels, height=280)
