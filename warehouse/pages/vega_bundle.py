"""Vega as one JavaScript file, bundled by vl-convert from the copy that it carries.

Run `python -m warehouse.pages.vega_bundle` after an update of vl-convert. It takes seconds, too long for every release.
"""

from importlib import metadata
from pathlib import Path

FILE = Path(__file__).with_name("vega.js")


def header() -> str:
    """Return the first line of the file: the versions in it."""
    import vl_convert

    versions = f"Vega {vl_convert.get_vega_version()}, Vega-Lite {vl_convert.get_vegalite_versions()[-1]}"
    bundled = f"vega-embed {vl_convert.get_vega_embed_version()}, bundled by vl-convert {metadata.version('vl-convert-python')}"
    authors = "Copyright University of Washington Interactive Data Lab and contributors. BSD-3-Clause."
    return f"/* {versions}, {bundled}. {authors} */\n"


def bundle() -> str:
    """Return the contents of the file."""
    import vl_convert

    script = vl_convert.javascript_bundle(
        "window.vegaEmbed = vegaEmbed;", vl_version=vl_convert.get_vegalite_versions()[-1]
    )
    return header() + script


if __name__ == "__main__":
    FILE.write_text(bundle(), encoding="utf-8")
