"""Drawings of the Hub as a whole."""

import altair as alt

from warehouse.pages.drawings import marks as draw


def published_downloads() -> alt.LayerChart:
    """Draw the published downloads as a line with figures."""
    y = draw.amounts("downloads in the month")
    return draw.over_time(*draw.line("published", y), draw.figures(y))


def weekly_downloads() -> alt.LayerChart:
    """Draw the downloads of the last 30 days as a line."""
    return draw.over_time(*draw.line("measured", draw.amounts("downloads over 30 days", zero=False)))


def monthly_downloads() -> alt.LayerChart:
    """Draw a bar for each month, with its range as a line."""
    y = draw.amounts("downloads in the month")
    bars = (
        draw.of()
        .mark_bar(width={"band": 0.7})
        .encode(
            alt.X("yearmonth(day):O", title=None, axis=alt.Axis(labelAngle=0, labelOverlap=True)),
            y,
            tooltip=draw.sentence(),
        )
    )
    ranges = draw.of().mark_rule(strokeWidth=2).encode(alt.X("yearmonth(day):O"), alt.Y("low:Q"), alt.Y2("high:Q"))
    return draw.lay(bars, ranges)


def published_models() -> alt.LayerChart:
    """Draw the published number of models as a line with figures."""
    y = draw.amounts("public models")
    return draw.over_time(*draw.line("published", y), draw.figures(y))


def counted_models() -> alt.LayerChart:
    """Draw the counted number of models as a line."""
    return draw.over_time(*draw.line("measured", draw.amounts("public models", zero=False)))


def published_additions() -> alt.LayerChart:
    """Draw the published number of added models as a line with figures."""
    y = draw.amounts("models added in the month")
    return draw.over_time(*draw.line("published", y), draw.figures(y))


def counted_additions() -> alt.LayerChart:
    """Draw the number of created models as a line."""
    return draw.over_time(*draw.line("measured", draw.amounts("created in 30 days")))


def added_and_removed() -> alt.LayerChart:
    """Draw models added as bars above 0, and removed ones below."""
    y = draw.amounts("models in the week", form="~s")
    bars = (
        draw.of().mark_bar(width=12).encode(draw.days(), y, color=draw.of_series(legend=True), tooltip=draw.sentence())
    )
    return draw.over_time(bars)


def survivors() -> alt.LayerChart:
    """Draw the models that still exist as an area."""
    y = draw.amounts("models created in the week")
    area = draw.of().mark_area(opacity=0.35, line=True).encode(draw.days(), y, detail=alt.Detail("stretch:N"))
    return draw.over_time(area, draw.line("measured", y, points=False)[1])


def maker_shares() -> alt.LayerChart:
    """Draw a line for each maker."""
    y = draw.amounts("percent of all downloads", form=",.2~f")
    return draw.over_time(*draw.line("measured", y, series=True, points=False), draw.ends(y), height=330)


def maker_parts() -> alt.LayerChart:
    """Draw a bar for each maker, divided into its own models and what is built on them."""
    return draw.divided_bars(draw.lengths("downloads in 30 days"))
