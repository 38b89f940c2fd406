-- One row for each week and maker: how much its models, and those that are built on them, are used.
select
    maker.week as period_start, 'week' as date_precision, maker.maker, maker.title, maker.region,
    maker.models, maker.derivatives,
    maker.downloads_30d, maker.downloads_30d_robust,
    maker.downloads_30d_own,
    maker.downloads_30d - maker.downloads_30d_own as downloads_30d_built_on,
    maker.share_pct, maker.share_robust_pct,
    maker.change_pct_4_weeks, maker.change_robust_pct_4_weeks, maker.rank,
    'measured' as basis, hub_week.source
from growth.maker as maker
join core.hub_week as hub_week using (week)
