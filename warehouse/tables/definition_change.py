"""The register of definition changes, and the charts that each of them affects."""

from warehouse.tables.table import Column, Table, required

_WHAT_CHANGED = required("VARCHAR", "What is counted, or how, from then on; and what is not known about it.")
_URL = required("VARCHAR", "Where it can be read, or: no public page.")

DEFINITION_CHANGE = Table(
    name="meta.definition_change",
    description=(
        "Days on which a source began to count something else under the same name, maintained by hand in "
        "warehouse/seeds/definition_change.csv. A rate of growth across such a day has the flag definition_changed."
    ),
    grain="each source, metric and day on which its definition changed",
    key=("source", "metric", "effective_on"),
    made_by=("published_history/figures",),
    columns={
        "source": required("VARCHAR", "The source that counts.", references="meta.source.source"),
        "metric": required("VARCHAR", "What is counted.", references="core.metric.metric"),
        "effective_on": required("DATE", "First day of the new definition, or of the month or year in which it began."),
        "date_precision": required("VARCHAR", "How exact effective_on is: day, week, month, quarter or year."),
        "what_changed": _WHAT_CHANGED,
        "url": _URL,
    },
)

DEFINITION_MARK = Table(
    name="charts.definition_mark",
    description=(
        "For every chart the changes of definition between its rows of the same source: figures before and after such a "
        "day were not counted alike. A mark concerns only its metric and, where it names one, its entity."
    ),
    grain="each chart, source, metric, entity and day on which its definition changed",
    key=("chart", "period_start", "source", "metric", "entity"),
    columns={
        "chart": required("VARCHAR", "Name of the chart: charts.<chart>."),
        "period_start": DEFINITION_CHANGE.columns["effective_on"],
        "date_precision": required("VARCHAR", "How exact period_start is: day, week, month, quarter or year."),
        "source": DEFINITION_CHANGE.columns["source"],
        "metric": DEFINITION_CHANGE.columns["metric"],
        "entity": Column("VARCHAR", "The only family that is concerned; NULL where every series of the metric is."),
        "what_changed": _WHAT_CHANGED,
        "url": _URL,
    },
)
