"""How the charts of the Hub as a whole are drawn."""

import altair as alt

from warehouse.pages.drawings import marks as draw


def published_downloads() -> alt.LayerChart:
    """Return the drawing of "As printed, by month"."""
    y = draw.amounts("downloads in the month")
    return draw.over_time(*draw.line("published", y), draw.figures(y))


def windows() -> alt.LayerChart:
    """Return the drawing of "Measured every week: the last 30 days"."""
    return draw.over_time(*draw.line("measured", draw.amounts("downloads over 30 days", zero=False)))


def months() -> alt.LayerChart:
    """Return the drawing of "Estimated: whole calendar months"."""
    y = draw.amounts("downloads in the month")
    bars = (
        draw.of()
        .mark_bar(width={"band": 0.7})
        .encode(
            alt.X("yearmonth(day):O", title=None, axis=alt.Axis(labelAngle=0, labelOverlap=True)),
            y,
            tooltip=draw.said(),
        )
    )
    ranges = draw.of().mark_rule(strokeWidth=2).encode(alt.X("yearmonth(day):O"), alt.Y("low:Q"), alt.Y2("high:Q"))
    return draw.lay(bars, ranges)


def published_models() -> alt.LayerChart:
    """Return the drawing of "Models, as printed"."""
    y = draw.amounts("public models")
    return draw.over_time(*draw.line("published", y), draw.figures(y))


def counted_models() -> alt.LayerChart:
    """Return the drawing of "Models, counted every week"."""
    return draw.over_time(*draw.line("measured", draw.amounts("public models", zero=False)))


def published_additions() -> alt.LayerChart:
    """Return the drawing of "Added in a month, as printed"."""
    y = draw.amounts("models added in the month")
    return draw.over_time(*draw.line("published", y), draw.figures(y))


def counted_additions() -> alt.LayerChart:
    """Return the drawing of "Made in the 30 days before the walk"."""
    return draw.over_time(*draw.line("measured", draw.amounts("created in 30 days")))


def came_and_went() -> alt.LayerChart:
    """Return the drawing of "Came and went, from week to week"."""
    y = draw.amounts("models in the week", form="~s")
    bars = draw.of().mark_bar(width=12).encode(draw.days(), y, color=draw.of_series(legend=True), tooltip=draw.said())
    return draw.over_time(bars)


def survivors() -> alt.LayerChart:
    """Return the drawing of "The survivors' curve: models of today by the week they were made in"."""
    y = draw.amounts("models made in the week")
    area = draw.of().mark_area(opacity=0.35, line=True).encode(draw.days(), y, detail=alt.Detail("stretch:N"))
    return draw.over_time(area, draw.line("measured", y, points=False)[1])
