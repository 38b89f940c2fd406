-- One row for each name by which a model or an author is found: owner/name, the part after the owner, and former names.
-- In the order of the search.
with model as (
    select id, model_key, hub_id, downloads_30d_now as downloads_30d from core.model
),
found as (
    select lower(id) as text, id as name, 'model' as kind, model_key as key, downloads_30d from model
    union all
    select lower(id[strpos(id, '/') + 1:]), id, 'model', model_key, downloads_30d from model where contains(id, '/')
    union all
    select lower(former.id), former.id, 'former', model.model_key, model.downloads_30d
    from (select distinct hub_id, id from base.model_name) as former
    join model on model.hub_id = former.hub_id and model.id <> former.id
    union all
    select lower(author.author), author.author, 'author', author.author_key, present.downloads_30d
    from core.author as author
    left join (from core.author_week where week = getvariable('week')) as present using (author_key)
)
select text, name, kind, key, downloads_30d
from found
order by text, downloads_30d desc nulls last, name, kind
