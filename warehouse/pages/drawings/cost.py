"""How the charts of what it takes are drawn."""

import altair as alt

from warehouse.pages.drawings import marks as draw


def dollars() -> alt.LayerChart:
    """Draw a range for each row on a logarithmic scale, with its figure at the end."""
    low, high = (draw.lengths("US dollars", field=field, log=True, form="$~s") for field in ("low", "high"))
    bars = (
        draw.of()
        .mark_rule(strokeWidth=8, yOffset=8, strokeCap="round")
        .encode(low, alt.X2("high:Q"), draw.texts(), color=draw.of_series(), tooltip=draw.said())
    )
    return draw.in_rows(bars, draw.figures_of_rows(high, dx=10))


def published_speed() -> alt.LayerChart:
    """Return the drawing of "As printed"."""
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
    """Return the drawing of "Measured, in one setting"."""
    return draw.in_rows(_speeds(draw.lengths("tokens per second and accelerator", log=True)))


def published_laptop() -> alt.LayerChart:
    """Return the drawing of "On 16 GB, as printed"."""
    y = draw.amounts("models that run", field="low")
    bars = draw.of().mark_bar(width=12, minBandSize=4).encode(draw.days(), y, alt.Y2("top:Q"), tooltip=draw.said())
    arrow = (
        draw.of()
        .transform_filter("datum.open")
        .mark_point(shape="triangle-up", filled=True, size=140, yOffset=-6)
        .encode(draw.days(), alt.Y("top:Q"), tooltip=draw.said())
    )
    figures = draw.of().mark_text(dy=-20, fontWeight=600).encode(draw.days(), alt.Y("top:Q"), text=alt.Text("shown:N"))
    return draw.over_time(bars, arrow, figures)


def laptop() -> alt.LayerChart:
    """Return the drawing of "Text models of the Hub whose weights fit"."""
    y = draw.amounts("models known to fit", zero=True)
    return draw.over_time(*draw.line("estimated", y, series=True), draw.ends(y))


def accelerators() -> alt.LayerChart:
    """Return the drawing of "Accelerators needed, by release of the model"."""
    y = draw.doublings("accelerators")
    marks = (
        draw.of()
        .mark_point(size=60, filled=True, opacity=0.8, shape="square")
        .encode(draw.days(), y, tooltip=draw.said())
    )
    labels = (
        draw.of()
        .transform_filter("datum.label")
        .mark_text(align="right", dx=-8, fontSize=11)
        .encode(draw.days(), y, text=alt.Text("label:N"))
    )
    return draw.lay(marks, labels, height=280)
