"""Colours and fonts of the page and its drawings, for the light and the dark colour scheme.

The colours of series are those of Okabe and Ito, which people with any colour vision can distinguish, darker on white and
lighter on black for a contrast of at least 3:1.
"""

from typing import Any

FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", Arial, sans-serif'

LIGHT = {
    "ground": "#ffffff",
    "panel": "#f6f7f9",
    "ink": "#1b1f24",
    "soft": "#525a63",
    "line": "#d5dae0",
    "accent": "#00598c",
    "notice": "#fff3d6",
}
DARK = {
    "ground": "#14171b",
    "panel": "#1d2126",
    "ink": "#eceff2",
    "soft": "#aeb6bf",
    "line": "#3a4149",
    "accent": "#7cc4f2",
    "notice": "#3a2f12",
}
_SERIES = {
    "light": ["#0072b2", "#d55e00", "#007f5f", "#a8508a", "#9a6a00", "#3b86b8", "#4b5563", "#7a5a3a"],
    "dark": ["#56b4e9", "#f28e2b", "#2ec4a0", "#e39bc6", "#f0c541", "#8fb8de", "#c2c9d1", "#c9a27e"],
}
_RAMP = {"light": ["#eaf3fa", "#7fb8dd"], "dark": ["#22303c", "#2f6f9f"]}


def variables(colours: dict[str, str]) -> str:
    """Return the colours as CSS custom properties."""
    return "".join(f"--{name}:{colour};" for name, colour in colours.items())


def series_rules(scheme: str) -> str:
    """Return CSS that gives `.series-0`, `.series-1`, ... the colours of series."""
    return "".join(f".series-{number} {{ color: {colour}; }} " for number, colour in enumerate(_SERIES[scheme]))


def configuration(scheme: str) -> dict[str, Any]:
    """Return the Vega-Lite configuration of all drawings in a colour scheme, light or dark."""
    colours = LIGHT if scheme == "light" else DARK
    series, ink, soft, line = _SERIES[scheme], colours["ink"], colours["soft"], colours["line"]
    return {
        "background": None,
        "font": FONT,
        "padding": {"left": 6, "right": 16, "top": 4, "bottom": 4},
        "params": [{"name": "room", "value": 190}],
        "aria": False,
        "view": {"stroke": None},
        "mark": {"color": series[0], "tooltip": None},
        "text": {"color": ink, "fontSize": 12},
        "rule": {"color": ink},
        "point": {"opacity": 1},
        "axis": {
            "labelColor": soft,
            "titleColor": soft,
            "gridColor": line,
            "domainColor": soft,
            "tickColor": soft,
            "labelFontSize": 12,
            "titleFontSize": 12,
            "titleFontWeight": "normal",
            "labelPadding": 5,
            "tickSize": 4,
        },
        "axisY": {"domain": False, "ticks": False},
        "legend": {"labelColor": ink, "labelFontSize": 12, "symbolSize": 90, "offset": 8},
        "range": {"category": series, "ramp": _RAMP[scheme], "heatmap": _RAMP[scheme]},
    }
