-- One row for each survey question and period: the share of respondents, and its change in points. A new wording or
-- another population is another question_id and so another series: no change is computed across it.
select
    period_start, date_precision, coalesce(attributes['question'], entity) as question,
    coalesce(attributes['question_id'], entity) as question_id, coalesce(attributes['population'], '') as population,
    value as share_pct, low as share_low_pct, high as share_high_pct, qualifier, change as change_points,
    attributes['sample_size']::integer as sample_size, attributes['series_break'] as series_break,
    attributes['note'] as note, basis, source
from growth.reading
where metric = 'survey_share_pct'
