"""How the charts of models built on models are drawn."""

import altair as alt

from warehouse.pages.drawings import marks as draw


def published() -> alt.LayerChart:
    """Return the drawing of "As printed: LLaMA and Llama 2"."""
    y = draw.amounts("models, cumulated")
    return draw.over_time(*draw.line("published", y), draw.figures(y))


def families() -> alt.LayerChart:
    """Return the drawing of "The largest families in the newest walk"."""
    x = draw.lengths("derivatives, at least")
    return draw.in_rows(
        draw.bars(x).encode(color=draw.of_series(legend=True)),
        draw.figures_of_rows(draw.lengths("derivatives, at least", field="total")).transform_filter(
            "datum.series == 'further'"
        ),
    )


def family() -> alt.LayerChart:
    """Return the drawing of "Week by week"."""
    return draw.over_time(*draw.line("measured", draw.amounts("derivatives, at least", zero=False)))


def depths() -> alt.LayerChart:
    """Return the drawing of "Derivatives by their distance from the family's roots, newest week"."""
    x = draw.lengths("models")
    return draw.in_rows(draw.bars(x), draw.figures_of_rows(x))


def coverage() -> alt.LayerChart:
    """Return the drawing of "Models with a known parent"."""
    y = draw.amounts("percent")
    return draw.over_time(*draw.line("measured", y, series=True), draw.ends(y))
