select
    period_start, date_precision, attributes['benchmark'] as benchmark,
    attributes['reference_model'] as reference_model, value as share_pct, qualifier, change as change_points,
    attributes['note'] as note, basis, source
from growth.reading
where metric = 'share_of_reference_score'
