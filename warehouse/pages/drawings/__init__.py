"""Drawings of all panels in Altair: one module for each family of charts, one function for each drawing.

`python -m warehouse.pages.drawings.specify` writes their Vega-Lite specifications to a file, which pages and thumbnails read.
The specifications hold no data and change only with the code, so that a release needs no Altair.
"""
