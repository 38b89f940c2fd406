"""`charts.*`: one table for each chart."""

from warehouse.table import Table

TABLES: tuple[Table, ...] = ()
