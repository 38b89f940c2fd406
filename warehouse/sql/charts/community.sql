select
    period_start, date_precision, coalesce(attributes['platform'], entity) as platform, entity,
    value::bigint as members, qualifier, growth_pct, flag as growth_flag, basis, source
from growth.reading
where metric = 'community_members'
