"""The results as a drawing: seconds of CPU and peak memory of each contender by the number of models, a panel a step.

python -m tests.performance.plot      # docs/performance.svg, of the newest results that are kept with the code
"""

from pathlib import Path
from typing import Any

import altair as alt
import vl_convert

from tests.performance.report import SECTIONS
from tests.performance.result_files import OURS, PROOF, Results, load, newest
from warehouse.pages import theme

DRAWING = Path(__file__).parents[2] / "docs" / "performance.svg"
MEASURES = {"seconds": "seconds", "cpu_seconds": "CPU seconds", "peak_gb": "peak memory, GB"}
WIDTH, HEIGHT = 250, 170


def draw(results: Results) -> dict[str, Any]:
    """Return the Vega-Lite specification; both axes are logarithmic, so that a straight line at 45° grows as the models do."""
    columns = [_column(results, section.step, section.heading) for section in SECTIONS if results.of(section.step)]
    specification: dict[str, Any] = (
        alt.hconcat(*columns, spacing=28).resolve_scale(color="independent", shape="independent").to_dict()
    )
    return {**specification, "config": {**theme.configuration("light"), "background": theme.LIGHT["ground"]}}


def _column(results: Results, step: str, heading: str) -> alt.VConcatChart:
    rows: list[dict[str, Any]] = [
        {
            "models": run.models,
            "contender": run.contender.replace(f"{OURS}: ", f"{OURS}, "),
            "seconds": run.seconds,
            "cpu_seconds": run.cpu_seconds,
            "peak_gb": run.peak_bytes / 1e9,
        }
        for run in results.of(step)
        if run.is_measured and run.contender != PROOF
    ]
    contenders = list(dict.fromkeys(str(row["contender"]) for row in rows))
    colours = theme.configuration("light")["range"]["category"][: len(contenders)]
    legend = alt.Legend(title=None, orient="bottom", columns=1, labelLimit=WIDTH, offset=4)
    panels: list[alt.Chart] = []
    for place, (measure, title) in enumerate(MEASURES.items()):
        is_last = place == len(MEASURES) - 1
        panels.append(
            alt.Chart(alt.Data(values=rows))
            .mark_line(point=alt.OverlayMarkDef(size=55, filled=True), strokeWidth=2)
            .encode(
                x=alt.X(
                    "models:Q",
                    title="models" if is_last else None,
                    scale=alt.Scale(type="log", nice=False, padding=14),
                    axis=alt.Axis(values=sorted({row["models"] for row in rows}), format="~s", grid=False),
                ),
                y=alt.Y(
                    f"{measure}:Q",
                    title=title,
                    scale=alt.Scale(type="log", nice=True),
                    axis=alt.Axis(format="~g", tickCount=4),
                ),
                color=alt.Color("contender:N", scale=alt.Scale(domain=contenders, range=colours), legend=legend),
                shape=alt.Shape("contender:N", scale=alt.Scale(domain=contenders), legend=legend),
            )
            .properties(width=WIDTH, height=HEIGHT)
        )
    return alt.vconcat(*panels, spacing=14, title=alt.Title(heading, anchor="start", fontSize=15))


if __name__ == "__main__":
    svg = vl_convert.vegalite_to_svg(draw(load(newest())), vl_version=vl_convert.get_vegalite_versions()[-1])
    DRAWING.write_text(svg, encoding="utf-8")
