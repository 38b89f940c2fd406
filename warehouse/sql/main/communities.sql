-- One row for each community: its newest measured count, from one source, and the change of that series.
with reading as (
    select
        platform,
        regexp_replace(entity, ' followers$', '') as community,
        if(metric = 'hub_organisation_followers', 'followers', 'members') as counted,
        members, qualifier, online, period_start, date_trunc('week', period_start)::date as week, source
    from charts.community
    where
        basis = 'measured'
        and metric in ('subreddit_subscribers', 'discord_members', 'hub_organisation_followers')
        and members is not null
),
-- Two sources count the same subreddits: the one that was read last, and of two the exact one.
newest as (
    from reading
    qualify row_number() over (
        partition by platform, community order by week desc, qualifier = 'exact' desc, period_start desc, source
    ) = 1
)
select
    newest.platform, newest.community, newest.counted, newest.members, newest.qualifier,
    newest.members - before_1.members as change_1_week,
    newest.members - before_4.members as change_4_weeks,
    newest.members - before_13.members as change_13_weeks,
    newest.members - before_52.members as change_52_weeks,
    growth.change_pct(newest.members, before_4.members) as growth_pct_4_weeks,
    newest.online, newest.period_start as day, newest.source
from newest
left join reading as before_1
    on before_1.platform = newest.platform and before_1.community = newest.community
    and before_1.source = newest.source and before_1.week = newest.week - 7
left join reading as before_4
    on before_4.platform = newest.platform and before_4.community = newest.community
    and before_4.source = newest.source and before_4.week = newest.week - 28
left join reading as before_13
    on before_13.platform = newest.platform and before_13.community = newest.community
    and before_13.source = newest.source and before_13.week = newest.week - 91
left join reading as before_52
    on before_52.platform = newest.platform and before_52.community = newest.community
    and before_52.source = newest.source and before_52.week = newest.week - 364
order by newest.members desc
