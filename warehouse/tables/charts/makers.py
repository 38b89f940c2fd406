"""`charts.*` of makers."""

from warehouse.tables.chart_columns import ORIGIN, PERIOD
from warehouse.tables.growth_of_groups import MAKER
from warehouse.tables.table import Column, Table

_SAME = (
    "maker", "title", "region", "models", "derivatives", "downloads_30d", "downloads_30d_robust", "downloads_30d_own",
)  # fmt: skip

MAKER_ADOPTION = Table(
    name="charts.maker_adoption",
    description=(
        "Which makers' models are used: the share of every maker in the downloads of the Hub, with all that is built on its "
        "models, in every week. Makers add up to the Hub."
    ),
    grain="each week, maker, basis and source",
    key=("period_start", "maker", "basis", "source"),
    columns={
        **PERIOD,
        **{name: MAKER.columns[name] for name in _SAME},
        "downloads_30d_built_on": Column(
            "BIGINT",
            "Of downloads_30d: those of derivatives by others, at any distance: downloads_30d - downloads_30d_own.",
        ),
        **{
            name: MAKER.columns[name]
            for name in ("share_pct", "share_robust_pct", "change_pct_4_weeks", "change_robust_pct_4_weeks", "rank")
        },
        **ORIGIN,
    },
    checks={"shares are percentages": MAKER.checks["shares are percentages"]},
)

TABLES = (MAKER_ADOPTION,)
