-- One row for each series and grain: its growth between the two newest periods that are full, from one source.
select
    metric, entity, grain, if(is_spliced, null, growth_pct) as growth_pct, value_start, value_end,
    if(is_spliced, null, change) as change, unit, period_start, period_end, flag, basis, source
from (
    -- Figures of two definitions are not one series: they stay, with the flag, and their difference says nothing.
    select *, coalesce(contains(flag, 'definition_changed'), false) as is_spliced
    from growth.rate
    where not is_partial and grain <> 'as_published'
)
-- Two sources or bases of one series: the newest figures, and of equally new ones the measured and exact ones.
qualify row_number() over (
    partition by metric, entity, grain
    order by
        period_end desc, basis = 'measured' desc, basis = 'estimated' desc, qualifier_end = 'exact' desc, source
) = 1
order by metric, entity, grain
