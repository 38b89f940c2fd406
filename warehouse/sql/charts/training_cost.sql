-- One row for each target, method and period: the cost of training, as published or estimated.
with post as (
    select
        period_start, date_precision, coalesce(attributes['target'], entity) as target, 'not stated' as method,
        coalesce(low, value) as cost_low_usd, if(qualifier = 'at_least', high, coalesce(high, value)) as cost_high_usd,
        qualifier, growth_low_pct, growth_high_pct, attributes['what_changed'] as what_changed,
        null::boolean as open_weights, basis, source
    from growth.reading
    where metric = 'training_cost_usd'
),
-- Costs that a source has computed, each with the name of its method.
printed as (
    unpivot (
        select
            model, published_on, date_precision, open_weights, source,
            cost_amortised_usd_2023 as "amortised, in US dollars of 2023", cost_cloud_usd as "rented for three years",
            cost_upfront_usd as "purchase of the hardware"
        from core.training_run
    )
    on "amortised, in US dollars of 2023", "rented for three years", "purchase of the hardware"
    into name method value cost
),
computed as (
    select
        published_on, date_precision, model, string_agg(method, ' to ' order by method) as method,
        min(cost_low_usd) as cost_low_usd, max(cost_high_usd) as cost_high_usd, open_weights,
        format(
            '{:.4g} chip-hours ({}) x ${:.4g} to {:.4g}; charts.training_cost_steps shows each step',
            chip_hours, chip_hours_method, min(price_low_usd), max(price_high_usd)
        ) as what_changed,
        source
    from charts.training_cost_steps
    group by published_on, date_precision, model, open_weights, source, chip_hours, chip_hours_method
),
assumed as (
    select map(list(assumption), list(low)) as low, map(list(assumption), list(high)) as high
    from core.cost_assumption
    having count(*) > 0
),
year_of_gpt as (
    select
        source, make_date(unnest(generate_series(2022, year(max(recorded_at)))), 1, 1) as day
    from core.accelerator
    group by source
),
-- Accelerators that training runs have used, as long as they are no more than four years old.
chip_of_year as (
    select
        source, day, min(price_low_usd / peak_flop_per_s) / 3600 as low_usd_per_peak_flop,
        max(price_high_usd / peak_flop_per_s) / 3600 as high_usd_per_peak_flop
    from year_of_gpt
    join core.accelerator_hour as hour using (source)
    semi join core.training_run as run on run.source = hour.source and run.hardware = hour.hardware
    where method = 'amortised' and released_on <= day and released_on > day - interval 4 years
    group by source, day
),
compute_of_year as (
    select
        *, date_diff('month', date '2022-11-01', day) as months,
        low['gpt_3_5_flop'] * pow(2, -months / low['compute_halving_months']) as flop_fast,
        low['gpt_3_5_flop'] * pow(2, -months / high['compute_halving_months']) as flop_slow
    from chip_of_year, assumed
),
equivalent as (
    select
        source, day, least(flop_fast, flop_slow) as flop_low, greatest(flop_fast, flop_slow) as flop_high,
        low_usd_per_peak_flop / low['mfu_default'] as low_usd_per_flop,
        high_usd_per_peak_flop / low['mfu_default'] as high_usd_per_flop,
        low['compute_halving_months'] as fast, high['compute_halving_months'] as slow
    from compute_of_year
)
from post
union all by name
select
    published_on as period_start, date_precision, model as target, method, cost as cost_low_usd, cost as cost_high_usd,
    'approximate' as qualifier, 'Final training run of this model, as the source computes it' as what_changed,
    open_weights, 'published' as basis, source
from printed
union all by name
select
    published_on as period_start, date_precision, model as target, method, cost_low_usd, cost_high_usd,
    'range' as qualifier, what_changed, open_weights, 'estimated' as basis, source
from computed
union all by name
select
    day as period_start, 'year' as date_precision, 'GPT-3.5-equivalent model' as target, 'amortised' as method,
    flop_low * low_usd_per_flop as cost_low_usd, flop_high * high_usd_per_flop as cost_high_usd, 'range' as qualifier,
    format(
        'FLOP of GPT-3.5 in November 2022, halving every {:.0f} to {:.0f} months: {:.2g}-{:.2g}; wear and energy of '
        'accelerators of the four years before: ${:.2g}-{:.2g} for 10^18 FLOP{}',
        fast, slow, flop_low, flop_high, 1e18 * low_usd_per_flop, 1e18 * high_usd_per_flop,
        if(year(day) > 2023, '; the trend is extrapolated beyond 2023', '')
    ) as what_changed,
    'estimated' as basis, source
from equivalent
