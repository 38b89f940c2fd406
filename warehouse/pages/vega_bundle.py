"""The Vega JavaScript that draws: one file in this package, made by vl-convert out of what it carries, as it is.

Made anew after a new version of vl-convert: `python -m warehouse.pages.vega_bundle`. Making it takes seconds, so a page does not.
"""

from importlib import metadata
from pathlib import Path

FILE = Path(__file__).with_name("vega.js")


def header() -> str:
    """Say which versions the file is made of: its first line."""
    import vl_convert

    versions = f"Vega {vl_convert.get_vega_version()}, Vega-Lite {vl_convert.get_vegalite_versions()[-1]}"
    bundled = f"vega-embed {vl_convert.get_vega_embed_version()}, bundled by vl-convert {metadata.version('vl-convert-python')}"
    authors = "Copyright University of Washington Interactive Data Lab and contributors. BSD-3-Clause."
    return f"/* {versions}, {bundled}. {authors} */\n"


def bundle() -> str:
    """Make the file's contents."""
    import vl_convert

    script = vl_convert.javascript_bundle(
        "window.vegaEmbed = vegaEmbed;", vl_version=vl_convert.get_vegalite_versions()[-1]
    )
    return header() + script


if __name__ == "__main__":
    FILE.write_text(bundle(), encoding="utf-8")
