"""`growth.*`: rates of change, rebuilt from the facts."""

from warehouse.table import Table

TABLES: tuple[Table, ...] = ()
