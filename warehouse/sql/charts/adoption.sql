select
    period_start, date_precision, entity as question, value as share_pct, qualifier, change as change_points,
    attributes['note'] as note, basis, source
from growth.reading
where metric = 'survey_share_pct'
