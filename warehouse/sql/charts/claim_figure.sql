-- One row for each claim that can be checked: the figure or fact that decides it. `follows` is NULL if the number is
-- compared with the published one. A claim without a row, or without either value, cannot be checked with the published
-- figures.
with said as (
    select claim, source, measure, metric, entity, basis, period_start, period_end
    from core.published_claim
    where measure is not null
),
-- All other claims are those of one post.
figure as (
    select metric, entity, basis, period_start, value, low, high, attributes
    from growth.series
    where source = 'dataku_2023'
),
span as (
    select
        metric, entity, period_start, period_end, whole_span, value_start, value_end, change, change_low, change_high,
        growth_pct, ratio, ratio_low, ratio_high
    from growth.rate
    where source = 'dataku_2023' and grain = 'as_published'
),
step as (
    select
        *, date_diff('month', period_start, period_end) as months,
        growth_pct - lag(growth_pct) over (partition by metric, entity order by period_end) as gained_pace
    from span
    where not whole_span
),

-- 1. Figures that growth.series and growth.rate already have.
by_series as (
    select
        said.claim, said.measure, definition.unit,
        case said.measure
            when 'value' then series.value
            when 'change' then rate.change
            when 'growth_pct' then rate.growth_pct
            when 'ratio' then rate.ratio
            when 'months' then date_diff('month', rate.period_start, rate.period_end)
        end as recomputed_value
    from said
    left join growth.series as series
        on said.measure = 'value'
        and series.metric = said.metric and series.entity = said.entity and series.source = said.source
        and series.basis = said.basis and series.period_start = said.period_end
    left join growth.rate as rate
        on said.measure <> 'value' and rate.grain = 'as_published'
        and rate.metric = said.metric and rate.entity = said.entity and rate.source = said.source
        and rate.basis = said.basis and rate.period_start = said.period_start and rate.period_end = said.period_end
    left join core.metric as definition on definition.metric = said.metric
),
worded as (
    select
        claim, recomputed_value,
        case
            when measure = 'growth_pct' then if(recomputed_value > 0, '+', '') || format('{:,.1f}%', recomputed_value)
            when measure = 'change' then if(recomputed_value > 0, '+', '') || format('{:g} points', recomputed_value)
            when measure = 'ratio' then format('{:.2f}x', recomputed_value)
            when measure = 'months' then format('{:.0f} months', recomputed_value)
            when unit = 'percent' then format('{:g}%', recomputed_value)
            when unit = 'points' then format('{:.1f} points', recomputed_value)
            else format('{:,.0f} {}', recomputed_value, unit)
        end as recomputed
    from by_series
),

-- 2. Downloads: do the rates only rise?
downloads as (
    select
        bool_and(gained_pace >= 0) as accelerates,
        string_agg(format('{:.0f}%', growth_pct), ', ' order by period_end) as rates,
        max(ratio) filter (where period_end = date '2023-04-01') as april_2023
    from step
    where metric = 'hub_downloads_month'
),

-- 3. Models: the average monthly increase between two counts, and the additions published for both ends.
added as (
    select
        'models_added_' || strftime(after.period_start, '%Y_%m') as claim,
        step.period_start as since, step.change / step.months as monthly, greatest(before.value, after.value) as most
    from figure as after
    left join step on step.metric = 'hub_models' and step.period_end = after.period_start
    left join figure as before on before.metric = after.metric and before.period_start = step.period_start
    where after.metric = 'hub_models_added_per_month'
),

-- 4. MMLU: when the best closed model first reached the score of the best open one, and how long ago that was.
behind as (
    select
        open.period_start as day, open.attributes['model'] as model,
        date_diff('month', min(closed.period_start), open.period_start) as months,
        arg_min_null(closed.attributes['model'], closed.period_start) as reached_by
    from figure as open
    join figure as closed on closed.entity = 'MMLU / best closed' and closed.value >= open.value
    where open.entity = 'MMLU / best open'
        and open.period_start >= date '2023-01-01' -- before, even the first closed score is higher
    group by open.period_start, open.attributes['model']
),
distance as (
    select
        max(day) as day, arg_max_null(model, day) as best_open, arg_max_null(months, day) as months,
        arg_max_null(reached_by, day) as reached_by, arg_min_null(months, day) as months_before
    from behind
),
year_ago as (
    select figure.attributes['model'] as model, figure.value
    from distance
    join figure
        on figure.entity = 'MMLU / best closed' and figure.period_start = (distance.day - interval 12 months)::date
),

-- 5. Shares of the reference score, and the time each needs to reach 100% at its own pace. The average is computed.
share as (
    select
        attributes['benchmark'] as benchmark,
        arg_min_null(value, period_start) as share_then, arg_max_null(value, period_start) as share_now,
        min(period_start) as day_then, max(period_start) as day_now
    from figure
    where metric = 'share_of_reference_score' and entity like '% / GPT-3.5-turbo'
        and basis = if(attributes['benchmark'] = 'Average', 'estimated', 'published')
    group by all
),
closure as (
    select
        benchmark, share_now, 100 - share_now as missing, share_now > share_then as gains, day_now,
        (100 - share_now) / nullif(greatest(share_now - share_then, 0), 0) as spans_left,
        spans_left * date_diff('day', day_then, day_now) as days_left,
        spans_left * date_diff('month', day_then, day_now) as months_left
    from share
),
benchmarks as (
    select
        count(*) as number, bool_and(gains) as all_gain,
        count(*) filter (where share_now >= 100) as matched, count(*) filter (where share_now >= 98) as close,
        arg_max(benchmark, months_left) as slowest, max(months_left) as slowest_months,
        max(months_left) filter (where benchmark = 'HumanEval') as coding_months,
        arg_max(benchmark, missing) as widest, max(missing) as widest_points
    from closure
    where benchmark <> 'Average'
),

-- 6. Single figures of the other charts.
single as (
    select
        max(value) filter (where entity = 'Llama 2 70B / RTX 4090') as largest_on_card,
        max(value) filter (where metric = 'model_parameters_b' and entity = 'Llama 2 13B') as thirteen_b,
        max(low) filter (where metric = 'quantized_memory_gb') as memory_low,
        max(high) filter (where metric = 'quantized_memory_gb') as memory_high,
        -- A gigabyte of RAM has 2^30 bytes.
        max(attributes['ram_gb']::double) filter (where metric = 'laptop_models') * 1.073741824 as laptop_gb,
        max(value) filter (where metric = 'hardware_price_usd' and entity = 'RTX 4090') as card_usd,
        sum(value) filter (where metric = 'funding_round_usd') as raised_usd,
        arg_max_null(value, period_start) filter (where metric = 'model_derivatives') as derivatives,
        count(*) filter (where metric = 'model_derivatives') as derivative_months,
        arg_max_null(value, period_start) filter (where metric = 'hub_models_added_per_month') as added_last,
        max(attributes['model']) filter (where entity = 'MMLU / best closed' and period_start = date '2023-01-01')
            as frontier_early_2023
    from figure
),
memory as (
    select
        laptop_gb, memory_low, memory_high,
        core.weights_gb(thirteen_b, 16, assumed) as full_gb,
        core.weights_gb(thirteen_b, 4, assumed) as quantized_gb
    from single
    cross join (select map(list(assumption), list(value)) as assumed from core.memory_assumption)
),
parameters as (
    select
        'parameters_' || lower(replace(replace(entity, ' ', '_'), '-', '_')) as claim, value,
        regexp_extract(entity, '([0-9]+)B$', 1)::double as named
    from figure
    where metric = 'model_parameters_b'
),
cost as (
    select 1 / ratio_high as low, 1 / ratio_low as high
    from span
    where metric = 'training_cost_usd' and whole_span
),

-- 7. All charts: each series over time, by what the post counts as progress. Its last section lists the axes.
progress (metric, name, wanted, is_axis) as (
    values
        ('hub_downloads_month', 'downloads', 1, true), ('hub_models', 'model count', 1, true),
        ('community_members', 'community size', 1, true), ('benchmark_score', 'benchmark scores', 1, true),
        ('funding_round_usd', 'funding', 1, true), ('training_cost_usd', 'cost reduction', -1, true),
        ('laptop_models', 'consumer hardware', 1, true), ('hub_models_added_per_month', 'monthly additions', 1, false),
        ('benchmark_gap_points', 'MMLU gap', -1, false), ('model_derivatives', 'derivatives', 1, false),
        ('survey_share_pct', 'adoption', 1, false), ('share_of_reference_score', 'share of GPT-3.5', 1, false)
),
move as (
    select
        progress.name, progress.is_axis, step.period_end,
        step.change_low is not null as is_known, if(wanted = 1, step.change_low < 0, step.change_high > 0) as turns,
        format('{} from {:.1f} to {:.1f} by {}', name, value_start, value_end, strftime(period_end, '%b %Y')) as told
    from progress
    left join step using (metric)
),
trend as (
    select
        not bool_or(turns) as same,
        coalesce(string_agg(told, ', ' order by period_end) filter (where turns), 'none turns') as told,
        count(distinct name) filter (where is_axis) as axes,
        count(distinct name) filter (where is_axis and is_known) as axes_known, bool_or(is_axis and turns) as axis_turns
    from move
)

select claim, recomputed_value, recomputed, null::boolean as follows from worded
union all by name
select 'downloads_accelerating' as claim, rates as recomputed, accelerates as follows from downloads
union all by name
select
    'downloads_nearly_doubled' as claim, april_2023 as recomputed_value, format('{:.2f}x', april_2023) as recomputed,
    april_2023 >= 1.9 and april_2023 < 2 as follows
from downloads
union all by name
select
    claim, monthly as recomputed_value,
    format('{:,.0f} a month on average since {}', monthly, strftime(since, '%b %Y')) as recomputed,
    monthly <= most as follows
from added
union all by name
select
    'models_per_day' as claim, added_last / 30 as recomputed_value,
    format('{:.1f} a day', added_last / 30) as recomputed
from single
union all by name
select
    'mmlu_gpt35_level' as claim, value as recomputed_value, format('{:.1f}%', value) as recomputed,
    value >= 100 as follows
from figure
where metric = 'share_of_reference_score' and entity = 'MMLU / GPT-3.5' and period_start = date '2023-07-01'
union all by name
select
    'mmlu_frontier_12_months_ago' as claim, value as recomputed_value,
    format('{}, {:.1f}%', model, value) as recomputed,
    model = 'GPT-3.5' as follows
from year_ago
union all by name
select
    'mmlu_one_year_behind' as claim, months as recomputed_value,
    format('{} months ({})', months, reached_by) as recomputed
from distance
union all by name
select
    'mmlu_closing' as claim,
    format('{} months behind in Jan 2023, {} in Jul 2023', months_before, months) as recomputed,
    months < months_before as follows
from distance
union all by name
select
    'derivatives_in_five_months' as claim,
    format('{:.0f}+ in {} monthly counts', derivatives, derivative_months) as recomputed,
    derivatives >= 120 and derivative_months = 5 as follows
from single
union all by name
select
    'training_cost_10_20x' as claim, format('{:.0f}-{:.0f}x', low, high) as recomputed,
    round(low) = 10 and round(high) = 20 as follows
from cost
union all by name
select
    'training_cost_frontier' as claim, frontier_early_2023 as recomputed, frontier_early_2023 = 'GPT-3.5' as follows
from single
union all by name
select
    claim, value as recomputed_value, format('{:.1f}B printed, {:.0f}B in the name', value, named) as recomputed,
    round(value::decimal(18, 6)) = named as follows
from parameters
union all by name
select
    'funding_over_650m' as claim, raised_usd as recomputed_value, format('${:.0f}M', raised_usd / 1e6) as recomputed,
    raised_usd > 650e6 as follows
from single
union all by name
select
    'memory_13b_4bit' as claim, quantized_gb as recomputed_value, format('{:.1f} GB', quantized_gb) as recomputed,
    quantized_gb between memory_low and memory_high as follows
from memory
union all by name
select
    'quantization_enabler' as claim,
    format('{:.1f} GB at 16 bits, {:.1f} GB at 4', full_gb, quantized_gb) as recomputed,
    full_gb > laptop_gb and quantized_gb <= laptop_gb as follows
from memory
union all by name
select
    'closed_by_early_2024' as claim, days_left as recomputed_value,
    strftime(day_now + ceil(days_left)::integer, '%-d %B %Y') as recomputed,
    day_now + ceil(days_left)::integer < date '2024-05-01' as follows
from closure
where benchmark = 'Average'
union all by name
select
    'gap_closing_everywhere' as claim,
    format('{} benchmarks, ', number) || if(all_gain, 'all gain', 'not all gain') as recomputed,
    all_gain as follows
from benchmarks
union all by name
select
    'humaneval_hardest' as claim,
    format('{}: {:.0f} months to go at its pace, HumanEval: {:.0f}', slowest, slowest_months, coding_months)
        as recomputed,
    slowest = 'HumanEval' as follows
from benchmarks
union all by name
select
    'humaneval_big_gap' as claim, widest_points as recomputed_value,
    format('{:.1f} points missing on {}', widest_points, widest) as recomputed, widest = 'HumanEval' as follows
from benchmarks
union all by name
select
    'match_gpt35' as claim, matched as recomputed_value,
    format('{} of {} at 100%, {} at 98% or more', matched, number, close) as recomputed, matched > number / 2 as follows
from benchmarks
union all by name
select
    'consumer_gpu' as claim,
    best_open || coalesce(format(': {:.0f} tokens per second', largest_on_card), ': N/A (too large)') as recomputed,
    largest_on_card is not null as follows
from distance
cross join single
union all by name
select 'card_price' as claim, card_usd as recomputed_value, format('${:,.0f}', card_usd) as recomputed from single
union all by name
select 'same_direction' as claim, told as recomputed, same as follows from trend
union all by name
select
    'every_axis' as claim, axes_known as recomputed_value,
    format('{} of {} have two dated figures', axes_known, axes) as recomputed,
    case when axis_turns then false when axes_known = axes then true end as follows
from trend
