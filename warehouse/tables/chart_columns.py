"""Columns that charts have in common."""

from warehouse.tables.table import Column, required

PERIOD = {
    "period_start": required("DATE", "First day of the period, or the day of the reading, UTC."),
    "date_precision": required("VARCHAR", "How exact period_start is: day, week, month, quarter or year."),
}
ORIGIN = {
    "basis": required("VARCHAR", "published, measured or estimated; different ones are never joined to one series."),
    "source": required("VARCHAR", "The source.", references="meta.source.source"),
}
QUALIFIER = required("VARCHAR", "exact (as reported), approximate (as the source states), at_least, or range.")
NOTE = Column("VARCHAR", "What the source reports instead of a figure or a date, or what it states about it.")
GROWTH = Column(
    "DOUBLE",
    "Growth to the row before in its series, in percent: the one reported before, or that of the calendar week (for whole "
    "months the calendar month) before; "
    "NULL for the first, after a gap, and without a positive base.",
)
FLAG = Column("VARCHAR", "Caveats about growth_pct, as in growth.rate.flag.")
POINTS = Column("DOUBLE", "Change to the row before in its series, in percentage points; NULL for the first.")
