-- One row for each survey question, period and source: the share of respondents.
select
    coalesce(attributes['question_id'], entity) as question_id, coalesce(attributes['question'], entity) as question,
    attributes['wording'] as wording, attributes['population'] as population,
    attributes['sample_size']::integer as sample_size, period_start, date_precision, value as share_pct,
    low as share_low_pct, high as share_high_pct, qualifier, attributes['series_break'] as series_break,
    coalesce(evidence_url, attributes['evidence']) as evidence, attributes['note'] as note, basis, source, recorded_at
from core.observation_latest
where metric = 'survey_share_pct' and attributes['withdrawn'] is null
