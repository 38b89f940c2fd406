-- One row for each class of licences: models and downloads in the newest week.
select
    licence_class, models, share_of_models_pct, downloads_30d, share_of_downloads_pct, models_for_commercial_use,
    unlisted_labels, models_with_unlisted_label, period_start as week, source
from charts.licences
where basis = 'measured'
qualify period_start = max(period_start) over ()
order by models desc
