-- One row for each observed figure of a series, and its change from the previous one: the previous figure of the
-- publication, or the figure of the calendar week before.
select
    series.metric, series.entity, series.source, series.basis, series.unit, series.period_start, series.date_precision,
    series.value, series.low, series.high, series.qualifier, series.attributes,
    rate.change, rate.growth_pct, rate.growth_low_pct, rate.growth_high_pct, rate.flag
from growth.series as series
left join growth.rate as rate
    on rate.metric = series.metric
    and rate.entity = series.entity
    and rate.source = series.source
    and rate.basis = series.basis
    and rate.reading_end = series.period_start
    and rate.grain = if(series.basis = 'published', 'as_published', 'week')
    and not rate.whole_span
where not series.computed
