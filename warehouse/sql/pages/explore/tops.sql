-- One row for each of the eight most downloaded names of each block of the index.
with block_top as (
    select
        rowid // 2048 as block,
        unnest(max({'downloads_30d': coalesce(downloads_30d, -1), 'row': -rowid}, 8)) as entry
    from explore_name
    group by block
)
select block_top.block::integer as block, name.text, name.name, name.kind, name.key, name.downloads_30d
from block_top
join explore_name as name on name.rowid = -block_top.entry.row
order by block_top.block, name.downloads_30d desc nulls last, name.name
