-- One row for each week, for models and for authors: how unequally the downloads of 30 days are spread.
select
    concentration.week as period_start, 'week' as date_precision, concentration.* exclude (week),
    'measured' as basis, hub.source
from core.concentration_week as concentration
join core.hub_week as hub using (week)
