-- From landed pages of the Hub's listing to the model table's own terms. Every field is read as JSON first: nothing is
-- guessed, cast or dropped before it is judged. An absent field and a null mean the same.

-- A counter is a whole number from 0 up; "12", 3.7 and -1 are none. NULL is no fault: it is a counter not given.
create or replace temp macro odd_counter(x) as
    json_type(x) is not null and (json_type(x) <> 'UBIGINT' or try_cast(x as bigint) is null);

-- Bytes that one stored element of a safetensors dtype takes; NULL for a dtype not known here.
create or replace temp macro dtype_bytes(dtype) as case
    when dtype in ('F64', 'I64', 'U64', 'C64') then 8
    when dtype in ('F32', 'I32', 'U32') then 4
    when dtype in ('F16', 'BF16', 'I16', 'U16') then 2
    when dtype in ('F8_E4M3', 'F8_E5M2', 'F8_E8M0', 'I8', 'U8', 'BOOL') then 1
    when dtype = 'F4' then 0.5
end;

create or replace temp table hub_record as
with
record as (
    select
        parse_filename(filename) as page,
        lower(_id ->> '$') as hub_id,
        coalesce(id, modelId) ->> '$' as id,
        case
            when not coalesce(regexp_full_match(_id, '"[0-9a-fA-F]{24}"'), false) then '_id'
            when not coalesce(json_type(coalesce(id, modelId)) = 'VARCHAR' and coalesce(id, modelId) <> '""', false) then 'id'
            when odd_counter(downloads) then 'downloads'
            when odd_counter(downloadsAllTime) then 'downloadsAllTime'
            when odd_counter(likes) or try_cast(likes as integer) is null and json_type(likes) is not null then 'likes'
        end as fault,
        coalesce(private = 'true', false) as is_private,
        * exclude (filename, _id, id, modelId, private)
    from read_json(
        $pages,
        format = 'array',
        filename = true,
        maximum_object_size = 67108864,
        columns = {
            _id: 'JSON', id: 'JSON', modelId: 'JSON', author: 'JSON', downloads: 'JSON', downloadsAllTime: 'JSON', likes: 'JSON',
            tags: 'JSON', pipeline_tag: 'JSON', library_name: 'JSON', private: 'JSON', gated: 'JSON',
            safetensors: 'JSON', gguf: 'JSON'
        }
    )
)
select
    record.*,
    case
        when is_private then 'not_public'
        when fault is not null then 'left_out'
        when to_timestamp(('0x' || hub_id[:8])::bigint) >= $edge::timestamptz then 'next_week'
    end as treatment
from record;

-- Listed twice: the later reading counts.
update hub_record set treatment = 'duplicate'
where treatment is null
    and hub_id in (select hub_id from hub_record where treatment is null group by hub_id having count(*) > 1)
    and rowid not in (select max(rowid) from hub_record where treatment is null group by hub_id);

create or replace temp table incoming_set_aside as
with
whole_record as (
    select
        page,
        if(is_private, null, hub_id) as hub_id,
        if(is_private, null, id) as id,
        fault as field,
        case
            when treatment = 'not_public' then 'the repository is private: only the token''s owner sees it'
            when treatment = 'next_week' then 'the repository was made after the walk began'
            when treatment = 'duplicate' then 'the repository was listed again further on'
            when fault = '_id' then 'it is not an object id of 24 hexadecimal digits'
            when fault = 'id' then 'it is not a name'
            else 'it is not a whole number from 0 up'
        end as reason,
        case fault
            when '_id' then hub_id
            when 'id' then id
            when 'downloads' then downloads::varchar
            when 'downloadsAllTime' then downloadsAllTime::varchar
            when 'likes' then likes::varchar
        end as content,
        treatment
    from hub_record
    where treatment is not null
),
odd_field as (
    select page, hub_id, id, unnest([
        if(json_type(author) <> 'VARCHAR', {field: 'author', content: author::varchar}, null),
        if(json_type(pipeline_tag) <> 'VARCHAR', {field: 'pipeline_tag', content: pipeline_tag::varchar}, null),
        if(json_type(library_name) <> 'VARCHAR', {field: 'library_name', content: library_name::varchar}, null),
        if(gated not in ('false', 'true', '"auto"', '"manual"'), {field: 'gated', content: gated::varchar}, null),
        if(json_type(tags) <> 'ARRAY', {field: 'tags', content: tags::varchar}, null),
        if(json_type(safetensors) <> 'OBJECT', {field: 'safetensors', content: safetensors::varchar}, null),
        if(json_type(gguf) <> 'OBJECT', {field: 'gguf', content: gguf::varchar}, null)
    ]) as odd
    from hub_record
    where treatment is null
        and (
            json_type(author) <> 'VARCHAR' or json_type(pipeline_tag) <> 'VARCHAR' or json_type(library_name) <> 'VARCHAR'
            or gated not in ('false', 'true', '"auto"', '"manual"') or json_type(tags) <> 'ARRAY'
            or json_type(safetensors) <> 'OBJECT' or json_type(gguf) <> 'OBJECT'
        )
)
select page, hub_id, id, field, reason, content[:500] as content, treatment from whole_record
union all
select page, hub_id, id, odd.field, 'it is of another type than it should be', odd.content[:500], 'without_field'
from odd_field
where odd is not null;

create or replace temp table incoming_model as
with
typed as (
    select
        hub_id,
        id,
        coalesce(if(json_type(author) = 'VARCHAR', author ->> '$', null), if(contains(id, '/'), split_part(id, '/', 1), null))
            as author,
        to_timestamp(('0x' || hub_id[:8])::bigint) as created_at,
        if(json_type(tags) = 'ARRAY', tags::varchar[], null) as tags,
        if(json_type(pipeline_tag) = 'VARCHAR', pipeline_tag ->> '$', null) as pipeline_tag,
        if(json_type(library_name) = 'VARCHAR', library_name ->> '$', null) as library,
        case gated
            when 'false' then 'no' when '"auto"' then 'auto' when '"manual"' then 'manual' when 'true' then 'yes'
        end as gated,
        downloads::bigint as downloads_30d,
        downloadsAllTime::bigint as downloads_all_time,
        likes::integer as likes,
        try_cast(safetensors -> '$.parameters' as map(varchar, ubigint)) as elements,
        if(json_type(safetensors, '$.total') = 'UBIGINT', (safetensors -> '$.total')::ubigint, null) as total,
        if(json_type(gguf, '$.total') = 'UBIGINT', (gguf -> '$.total')::ubigint, null) as gguf_total
    from hub_record
    where treatment is null
),
sized as (
    select
        *,
        list_sum(map_values(elements)) as stored_elements,
        list_transform(map_entries(elements), lambda entry: entry.value * dtype_bytes(entry.key)) as bytes_by_dtype,
        -- 4-bit weights packed two to a byte carry one scale (E8M0) for each 32 of them.
        coalesce(elements['F8_E8M0'] * 32 >= 1.5 * (coalesce(elements['I8'], 0) + coalesce(elements['U8'], 0)), false)
            as is_packed_4_bit,
        elements['U32'] is not null as has_packed_words
    from typed
)
select
    hub_id,
    id,
    author,
    created_at,
    list_filter(tags, lambda tag: starts_with(tag, 'license:'))[1][9:] as licence,
    pipeline_tag,
    library,
    gated,
    -- Where packed words are counted as elements, the total is a count of words and not of parameters.
    nullif(case
        when elements is null and total is null then gguf_total
        when is_packed_4_bit then null
        when has_packed_words and (total is null or total = stored_elements) then null
        else coalesce(total, stored_elements)
    end, 0) / 1e9 as parameters_b,
    nullif(
        if(list_contains(list_transform(bytes_by_dtype, lambda b: b is null), true), null, list_sum(bytes_by_dtype)), 0
    ) / 1e9 as memory_gb,
    downloads_30d,
    downloads_all_time,
    likes
from sized;
