"""Drawings of funding."""

import altair as alt

from warehouse.pages.drawings import marks as draw


def rounds() -> alt.LayerChart:
    """Draw a mark for each round, as large as its sum; a line where the exact day is unknown."""
    span = (
        draw.of().mark_rule(yOffset=8, strokeWidth=2, opacity=0.6).encode(draw.days(), alt.X2("until:T"), draw.texts())
    )
    marks = (
        draw.of()
        .mark_point(yOffset=8, strokeWidth=2, opacity=0.9)
        .encode(
            draw.days(),
            draw.texts(),
            size=alt.Size("size:Q", scale=alt.Scale(range=[40, 260], zero=True), legend=None),
            color=draw.of_series(legend=True),
            shape=draw.shapes(legend=True),
            tooltip=draw.sentence(),
        )
    )
    figures = (
        draw.of()
        .transform_filter("datum.shown")
        .mark_text(dy=26, fontSize=11)
        .encode(draw.days(), draw.texts(), text=alt.Text("shown:N"))
    )
    return draw.in_rows(span, marks, figures, step=68)


def totals() -> alt.LayerChart:
    """Draw a bar for the sum of each company, with its range as a line."""
    x = draw.lengths("US dollars", form="$~s")
    ranges = (
        draw.of()
        .mark_rule(yOffset=8, strokeWidth=2)
        .encode(alt.X("low:Q"), alt.X2("high:Q"), draw.texts(), tooltip=draw.sentence())
    )
    return draw.in_rows(
        draw.bars(x), ranges, draw.figures_of_rows(draw.lengths("US dollars", field="high", form="$~s"))
    )
