-- One row for each value of a facet of models: models and downloads in the newest week.
select
    facet, value, models, share_of_models_pct, downloads_30d, share_of_downloads_pct, models_new, adds_up, week
from growth.facet
qualify week = max(week) over ()
order by facet, models desc
