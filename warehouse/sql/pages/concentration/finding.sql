-- Sentence: how concentrated the downloads are in the newest week. At most one row.
select
    'The 1% of models with the most downloads have ' || digits(share_of_top_1_pct) || '% of them, and '
    || digits(share_without_downloads_pct) || '% of the models had none in 30 days.'
from charts.concentration
where entity = 'model' and share_of_top_1_pct is not null
order by period_start desc
limit 1
