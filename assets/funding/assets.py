"""Funding: the views on filings and rounds, and the table of rounds that several sources report."""

from assets.table_asset import derived_assets
from warehouse.tables import funding

VIEWS = (derived_assets("funding_tables", [table for table in funding.TABLES if table.is_derived], group="funding"),)
