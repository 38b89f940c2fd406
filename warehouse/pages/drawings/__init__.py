"""How every panel of the page is drawn, in Altair: one module for each family of charts, one function for each drawing.

A page and a picture read the Vega-Lite specifications that `python -m warehouse.pages.drawings.specify` makes of them: they hold no
data, so they change only with the code, and whoever publishes a release need not wait for Altair, nor install it.
"""
