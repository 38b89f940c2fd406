"""Drawings of licences and checks."""

import altair as alt

from warehouse.pages.drawings import marks as draw


def classes() -> alt.LayerChart:
    """Draw two marks for each licence class, joined by a line."""
    x = draw.lengths("percent", form=",.2~f")
    marks = draw.dots(x).encode(color=draw.of_series(legend=True), shape=draw.shapes(legend=True))
    link = (
        draw.of().mark_line(yOffset=8, strokeWidth=1, color="gray").encode(x, draw.texts(), detail=alt.Detail("row:N"))
    )
    return draw.in_rows(link, marks)


def weeks() -> alt.LayerChart:
    """Draw a line for each licence class."""
    y = draw.amounts("percent", form=",.2~f")
    return draw.over_time(*draw.line("measured", y, series=True, points=False), draw.ends(y), height=300)


def drift() -> alt.LayerChart:
    """Draw a table of coloured cells, with frames where the child allows more."""
    order = ["permissive", "copyleft", "use-restricted", "non-commercial", "none stated", "not classified"]
    x = alt.X("child:N", sort=order, title=None, axis=alt.Axis(labelAngle=-40, labelLimit=120, orient="top"))
    y = alt.Y("row:N", sort=order, title=None, axis=alt.Axis(labelLimit=110))
    cells = (
        draw.of()
        .mark_rect()
        .encode(
            x,
            y,
            color=alt.Color("value:Q", scale=alt.Scale(range="ramp", type="sqrt"), legend=None),
            tooltip=draw.sentence(),
        )
    )
    loosened = (
        draw.of()
        .transform_filter("datum.loosened")
        .mark_rect(filled=False, strokeWidth=2.5)
        .encode(x, y, tooltip=draw.sentence(), stroke=alt.StrokeValue("#d55e00"))
    )
    halo = draw.of().mark_text(fontWeight=600).encode(x, y, text=alt.Text("shown:N"))
    return draw.lay(cells, loosened, halo, height=alt.Step(42))


def verdicts() -> alt.LayerChart:
    """Draw a bar for each chart, divided by verdict."""
    return draw.divided_bars(draw.lengths("claims", form="d"))


def definition_changes() -> alt.LayerChart:
    """Draw a mark for each change, with its date."""
    marks = draw.dots(draw.days(), shape="diamond")
    return draw.in_rows(marks, draw.figures_of_rows(draw.days()))
