-- One row for each community, period and source: its members and their growth.
with measured as (
    select
        reading.*,
        case metric
            when 'discord_members' then 'Discord'
            when 'subreddit_subscribers' then 'Reddit'
            when 'subreddit_subscribers_month' then 'Reddit'
            else 'Hugging Face'
        end as platform,
        case metric
            when 'subreddit_subscribers_month' then entity || ' by month'
            when 'hub_organisation_followers' then entity || ' followers'
            when 'hub_organisation_members' then entity || ' members'
            when 'hub_authors' then 'publishing accounts'
            else entity
        end as community,
        -- Accounts that have published a model are the least number of accounts that there can be.
        if(metric = 'hub_authors', 'at_least', qualifier) as how_exact
    from growth.reading
    where
        metric in (
            'subreddit_subscribers', 'subreddit_subscribers_month', 'discord_members', 'hub_organisation_followers',
            'hub_organisation_members', 'hub_authors'
        )
        and basis <> 'published'
    -- One figure for each calendar week: the first one, from which growth is computed.
    qualify row_number() over (
        partition by metric, entity, basis, source, date_trunc('week', period_start) order by period_start
    ) = 1
),
presence as (
    select entity, period_start, basis, source, value from growth.reading where metric = 'discord_presence'
)
select
    period_start, date_precision, coalesce(attributes['platform'], entity) as platform, entity,
    value::bigint as members, qualifier, growth_pct, flag as growth_flag, null::bigint as online, metric, basis, source
from growth.reading
where metric = 'community_members'
union all by name
select
    measured.period_start, date_precision, platform, community as entity,
    measured.value::bigint as members, how_exact as qualifier, growth_pct, flag as growth_flag,
    presence.value::bigint as online,
    metric, measured.basis, measured.source
from measured
left join presence
    on measured.metric = 'discord_members'
    and presence.entity = measured.entity
    and presence.period_start = measured.period_start
    and presence.basis = measured.basis
    and presence.source = measured.source
