select
    reading.entity as company, reading.attributes['focus'] as focus, reading.attributes['round'] as round,
    reading.value as amount_usd, reading.qualifier,
    reading.period_start as announced_on, reading.date_precision, reading.attributes['note'] as note,
    reading.basis, reading.source, figure.evidence_url
from growth.reading as reading
join core.observation_latest as figure using (metric, entity, period_start, basis, source)
where metric = 'funding_round_usd'
