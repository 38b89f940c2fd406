-- One row for each week, kind of token and openness: quartiles of the prices of the models that are offered.
with offer as (
    select
        week, model, openness, source,
        unnest(['input', 'output', 'blended']) as token,
        unnest([input_usd_per_million, output_usd_per_million, blended_usd_per_million]) as price
    from core.token_price
    where variant is null
)
select
    week as period_start, 'week' as date_precision, token, openness,
    count(*) filter (price > 0) as models,
    count(*) filter (price = 0) as models_free,
    quantile_cont(price, 0.25) filter (price > 0) as low_usd_per_million,
    median(price) filter (price > 0) as median_usd_per_million,
    quantile_cont(price, 0.75) filter (price > 0) as high_usd_per_million,
    min(price) filter (price > 0) as lowest_usd_per_million,
    arg_min(model, (price, model)) filter (price > 0) as lowest_model,
    'measured' as basis, source
from offer
where price is not null
group by all
