"""Drawings of usage."""

import altair as alt

from warehouse.pages.drawings import marks as draw


def published_members() -> alt.LayerChart:
    """Draw the published counts of each community on a logarithmic scale, joined by a line."""
    x = draw.lengths("members", log=True)
    return draw.in_rows(draw.dots(x, shape="diamond"), *draw.from_to(x), step=68)


def growth() -> alt.LayerChart:
    """Draw the growth of each community as a line."""
    y = draw.amounts("change since the first count, in percent", zero=True, form="+,.2~f")
    return draw.over_time(*draw.line("measured", y, series=True, points=False), draw.ends(y), height=330)


def runs() -> alt.LayerChart:
    """Draw the growth of each model as a line."""
    y = draw.amounts("change since the first count, in percent", zero=True, form="+,.2~f")
    return draw.over_time(*draw.line("measured", y, series=True, points=False), draw.ends(y), height=360)


def newest_runs() -> alt.LayerChart:
    """Draw a bar for each model."""
    x = draw.lengths("count")
    return draw.in_rows(draw.bars(x), draw.figures_of_rows(x))


def shares() -> alt.LayerChart:
    """Draw the answers to each question, joined by a line in order of time."""
    x = draw.lengths("percent of companies", form=",.2~f")
    ranges = (
        draw.of()
        .mark_bar(height=6, yOffset=8, opacity=0.6)
        .encode(alt.X("low:Q"), alt.X2("high:Q"), draw.texts(), tooltip=draw.sentence())
    )
    return draw.in_rows(ranges, draw.dots(x, shape="diamond"), *draw.from_to(x), step=68)
