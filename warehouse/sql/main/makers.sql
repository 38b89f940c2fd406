-- One row for each maker: its own models and all that are built on them, in the newest week.
select
    maker, title, country, region, downloads_30d, share_pct, downloads_30d_robust, downloads_30d_own,
    change_1_week, change_4_weeks, change_13_weeks, change_52_weeks,
    models as models_own, derivatives, finetunes, adapters, quantized, "merges", unstated,
    new_models as new_models_own, new_derivatives, likes, rank, week
from growth.maker
qualify week = max(week) over ()
order by rank nulls last
