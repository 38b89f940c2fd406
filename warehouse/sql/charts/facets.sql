-- One row for each week, facet and value: models and downloads, and their share of all.
select
    facet_week.week as period_start, 'week' as date_precision, facet_week.facet, facet_week.value, facet_week.adds_up,
    facet_week.models, facet_week.downloads_30d,
    100.0 * facet_week.models / hub.models as share_of_models_pct,
    100.0 * facet_week.downloads_30d / nullif(hub.downloads_30d, 0) as share_of_downloads_pct,
    'measured' as basis, hub.source
from core.facet_week as facet_week
join core.hub_week as hub using (week)
