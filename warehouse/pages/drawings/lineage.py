"""Drawings of lineage."""

import altair as alt

from warehouse.pages.drawings import marks as draw


def published() -> alt.LayerChart:
    """Draw the published number of derivatives as a line with figures."""
    y = draw.amounts("models, cumulative")
    return draw.over_time(*draw.line("published", y), draw.figures(y))


def families() -> alt.LayerChart:
    """Draw a bar for each family, divided into direct and indirect derivatives."""
    x = draw.lengths("derivatives, at least")
    return draw.in_rows(
        draw.bars(x).encode(color=draw.of_series(legend=True)),
        draw.figures_of_rows(draw.lengths("derivatives, at least", field="total")).transform_filter(
            "datum.series == 'indirect'"
        ),
    )


def family() -> alt.LayerChart:
    """Draw the derivatives of a family as a line."""
    return draw.over_time(*draw.line("measured", draw.amounts("derivatives, at least", zero=False)))


def depths() -> alt.LayerChart:
    """Draw a bar for each distance."""
    x = draw.lengths("models")
    return draw.in_rows(draw.bars(x), draw.figures_of_rows(x))


def coverage() -> alt.LayerChart:
    """Draw a line for each share."""
    y = draw.amounts("percent")
    return draw.over_time(*draw.line("measured", y, series=True), draw.ends(y))
