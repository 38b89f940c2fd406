"""How the charts of who uses open models are drawn."""

import altair as alt

from warehouse.pages.drawings import marks as draw


def published_members() -> alt.LayerChart:
    """Return the drawing of "As printed"."""
    x = draw.lengths("members", log=True)
    return draw.in_rows(draw.dots(x, shape="diamond"), *draw.from_to(x), step=68)


def growth() -> alt.LayerChart:
    """Return the drawing of "Measured: growth since the first reading"."""
    y = draw.amounts("change since the first reading, in percent", zero=True, form="+,.2~f")
    return draw.over_time(*draw.line("measured", y, series=True, points=False), draw.ends(y), height=330)


def runs() -> alt.LayerChart:
    """Return the drawing of "Growth since the first reading"."""
    y = draw.amounts("change since the first reading, in percent", zero=True, form="+,.2~f")
    return draw.over_time(*draw.line("measured", y, series=True, points=False), draw.ends(y), height=360)


def newest_runs() -> alt.LayerChart:
    """Return the drawing of "Newest count"."""
    x = draw.lengths("count")
    return draw.in_rows(draw.bars(x), draw.figures_of_rows(x))


def shares() -> alt.LayerChart:
    """Return the drawing of "As the post printed them: composites of several surveys" and 1 more."""
    x = draw.lengths("percent of companies", form=",.2~f")
    ranges = (
        draw.of()
        .mark_bar(height=6, yOffset=8, opacity=0.6)
        .encode(alt.X("low:Q"), alt.X2("high:Q"), draw.texts(), tooltip=draw.said())
    )
    return draw.in_rows(ranges, draw.dots(x, shape="diamond"), *draw.from_to(x), step=68)
