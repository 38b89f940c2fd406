-- One row for each week, facet and value: its models and downloads, and their change over 1, 4, 13 and 52 weeks. The
-- base is the week exactly that many weeks before. If it has no row for the value, the change is NULL.
select
    now.*,
    100.0 * now.models / hub.models as share_of_models_pct,
    100.0 * now.downloads_30d / nullif(hub.downloads_30d, 0) as share_of_downloads_pct,
    now.models - before_1.models as models_change_1_week,
    now.models - before_4.models as models_change_4_weeks,
    now.models - before_13.models as models_change_13_weeks,
    now.models - before_52.models as models_change_52_weeks,
    now.downloads_30d - before_1.downloads_30d as change_1_week,
    now.downloads_30d - before_4.downloads_30d as change_4_weeks,
    now.downloads_30d - before_13.downloads_30d as change_13_weeks,
    now.downloads_30d - before_52.downloads_30d as change_52_weeks,
    growth.change_pct(now.downloads_30d, before_1.downloads_30d) as change_pct_1_week,
    growth.change_pct(now.downloads_30d, before_4.downloads_30d) as change_pct_4_weeks,
    growth.change_pct(now.downloads_30d, before_13.downloads_30d) as change_pct_13_weeks,
    growth.change_pct(now.downloads_30d, before_52.downloads_30d) as change_pct_52_weeks
from core.facet_week as now
join core.hub_week as hub using (week)
left join core.facet_week as before_1
    on before_1.week = now.week - 7 and before_1.facet = now.facet and before_1.value = now.value
left join core.facet_week as before_4
    on before_4.week = now.week - 28 and before_4.facet = now.facet and before_4.value = now.value
left join core.facet_week as before_13
    on before_13.week = now.week - 91 and before_13.facet = now.facet and before_13.value = now.value
left join core.facet_week as before_52
    on before_52.week = now.week - 364 and before_52.facet = now.facet and before_52.value = now.value
