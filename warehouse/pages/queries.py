"""The SELECTs of the page: one in each file of `warehouse/sql/pages`, read when it is first run."""

from functools import cache

from warehouse.tables.table import SQL


@cache
def page_query(name: str) -> str:
    """Return the SELECT in `warehouse/sql/pages/<name>.sql`."""
    return (SQL / "pages" / f"{name}.sql").read_text(encoding="utf-8")
