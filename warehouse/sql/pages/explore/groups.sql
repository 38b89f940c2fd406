-- One row for each maker, family and community: its facts as JSON, and the days and figures of its line.
with maker as (
    select
        'maker' as kind, growth.maker as key, growth.title, growth.week as day, growth.downloads_30d as value,
        to_json(
            {
                'country': growth.country, 'region': growth.region, 'models': growth.models,
                'derivatives': growth.derivatives, 'finetunes': growth.finetunes, 'adapters': growth.adapters,
                'quantized': growth.quantized, 'merged': growth."merges", 'unstated': growth.unstated,
                'downloads_30d_own': growth.downloads_30d_own, 'downloads_all_time': growth.downloads_all_time,
                'likes': growth.likes, 'share_pct': growth.share_pct, 'rank': growth.rank,
                'organisations': listed.organisations
            }
        ) as facts
    from growth.maker as growth
    left join core.maker as listed using (maker)
),
family as (
    select
        'family' as kind, family as key, title, week as day, downloads_30d as value,
        to_json(
            {
                'part_of': part_of, 'models': models, 'roots': roots, 'derivatives': derivatives,
                'downloads_30d_of_roots': downloads_30d_of_roots,
                'downloads_30d_of_derivatives': downloads_30d_of_derivatives,
                'downloads_all_time': downloads_all_time, 'share_pct': share_pct, 'rank': rank
            }
        ) as facts
    from growth.family
),
community as (
    select
        'community' as kind, concat_ws(' · ', entity, source, basis) as key,
        entity || if(count(distinct source) over (partition by entity) > 1, ' (' || source || ')', '') as title,
        period_start as day, members as value,
        to_json({'platform': platform, 'online': online, 'basis': basis, 'source': source}) as facts
    from charts.community
)
select
    kind, key, arg_max(title, day) as title, arg_max(facts, day)::varchar as facts,
    list(day::varchar order by day) as days, list(value order by day) as values
from (from maker union all from family union all from community)
group by kind, key
order by kind, key
