"""Columns that charts have in common."""

from warehouse.table import required

PERIOD = {
    "period_start": required("DATE", "First day of the period, or the day of the reading, UTC."),
    "date_precision": required("VARCHAR", "How exact period_start is: day, week, month, quarter or year."),
}
ORIGIN = {
    "basis": required("VARCHAR", "published, measured or estimated; different ones are never joined to one series."),
    "source": required("VARCHAR", "Who says so: key into meta.source."),
}
QUALIFIER = required("VARCHAR", "exact (as printed), approximate (the source says so), at_least, or range.")
