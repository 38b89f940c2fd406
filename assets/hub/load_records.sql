-- One row for each record of the stored pages of the Hub's listing, with the columns of the model table, in one pass.
-- Every field is read as JSON first: nothing is cast or dropped before it is validated. An absent field equals null.
--
-- read_json writes each field in its shortest form: the first character shows the type, and only a quotation mark in a
-- text is escaped. Comparing characters costs a tenth of json_type and ->, which parse the field each time. AND
-- evaluates both sides for every row; IF does not, so it guards what is costly and seldom needed.

create or replace temp macro is_text(x) as starts_with(x::varchar, '"');

create or replace temp macro is_list(x) as starts_with(x::varchar, '[');

create or replace temp macro is_object(x) as starts_with(x::varchar, '{');

-- A counter is a whole number from 0 up; "12", 3.7 and -1 are invalid. NULL is valid: the counter is missing. More than
-- 10^15 (a hundred thousand times that of any model) is an error of the service, and sums could overflow.
create or replace temp macro odd_counter(x) as if(
    regexp_full_match(x::varchar, '[0-9]{1,15}'),
    false,
    json_type(x) is not null and (
        json_type(x) not in ('UBIGINT', 'DOUBLE') or try_cast(x as double) not between 0 and 1e15
        or try_cast(x as double) <> trunc(try_cast(x as double))
    )
);

create or replace temp macro is_number(x) as coalesce(
    json_type(x) in ('UBIGINT', 'BIGINT', 'DOUBLE', 'HUGEINT'), false
);

-- A histogram of stored elements by dtype: whole numbers from 0 up, each dtype once.
create or replace temp macro odd_elements(x) as
    not is_object(x)
    or not regexp_full_match(x::varchar, '\{("[A-Za-z0-9_]+":[0-9]{1,18}(,"[A-Za-z0-9_]+":[0-9]{1,18})*)?\}')
    or len(json_keys(x)) <> len(list_distinct(json_keys(x)));

create or replace temp macro odd_gated(x) as x not in ('false', 'true', '"auto"', '"manual"');

create or replace temp macro text_of(x) as if(is_text(x), x ->> '$', null);

create or replace temp macro count_of(x, path) as if(json_type(x, path) = 'UBIGINT', (x -> path)::ubigint, null);

-- Bytes of one stored element of a safetensors dtype; NULL for an unknown dtype.
create or replace temp macro dtype_bytes(dtype) as case
    when dtype in ('F64', 'I64', 'U64', 'C64') then 8
    when dtype in ('F32', 'I32', 'U32') then 4
    when dtype in ('F16', 'BF16', 'I16', 'U16') then 2
    when dtype in ('F8_E4M3', 'F8_E5M2', 'F8_E8M0', 'F8_E4M3FNUZ', 'F8_E5M2FNUZ', 'I8', 'U8', 'BOOL') then 1
    when dtype in ('F6_E2M3', 'F6_E3M2') then 0.75
    when dtype = 'F4' then 0.5
end;

create or replace temp macro memory_of(elements) as nullif(
    if(
        list_contains(list_transform(map_keys(elements), lambda dtype: dtype_bytes(dtype) is null), true),
        null,
        list_sum(list_transform(map_entries(elements), lambda entry: entry.value * dtype_bytes(entry.key)))
    ),
    0
);

create or replace temp macro stored_elements(elements) as list_sum(map_values(elements))::hugeint;

-- Elements that can each hold several weights of fewer bits: 32-bit words and bytes. A few of them are buffers.
create or replace temp macro packed_words(elements) as coalesce(elements['U32'] > 0, false) or coalesce(
    elements['I32'] >= 0.1 * stored_elements(elements), false
);

create or replace temp macro packed_bytes(elements) as coalesce(elements['I8'], 0) + coalesce(elements['U8'], 0);

-- The number of weights. A total that differs from the sum of the histogram counts weights, and the histogram counts
-- stored elements. If both are equal, the Hub has counted weights, also those packed into words or bytes (since August
-- 2026), under the dtype of their container; it then drops the scales (F8_E8M0). Words without a total are unknown.
-- A histogram with such scales still counts stored elements: 4-bit weights packed two to a byte have one scale (itself
-- not a weight) for each 32 of them: 2 for each byte if packed, 1 if not, more if the scales belong to other weights as
-- well. The Hub does not unpack bytes in the formats of ModelOpt, which only tags identify.
create or replace temp macro parameters_of(elements, total, has_packed_format) as nullif(
    case
        when elements is null or cardinality(elements) = 0 then total
        when nullif(total, 0) <> stored_elements(elements)
        then if(total < stored_elements(elements) and packed_words(elements), null, total)
        when nullif(total, 0) is null and packed_words(elements) then null
        when elements['F8_E8M0'] is null and packed_bytes(elements) < 0.1 * stored_elements(elements)
        then stored_elements(elements)
        when elements['F8_E8M0'] is null
        then if(has_packed_format, null, stored_elements(elements))
        when 32 * elements['F8_E8M0']::hugeint < 1.5 * packed_bytes(elements)
            or packed_bytes(elements) < 0.01 * stored_elements(elements)
        then stored_elements(elements) - elements['F8_E8M0']
        when 32 * elements['F8_E8M0']::hugeint <= 2.5 * packed_bytes(elements)
        then stored_elements(elements) - elements['F8_E8M0'] + packed_bytes(elements)
    end,
    0
);

-- A record states its base in up to three places: `baseModels`, which the Hub computes; tags, two for each base
-- (`base_model:<name>` and `base_model:<relation>:<name>`); and the card, which is free text of the author. The first
-- place that names a base counts, and the others are ignored.
create or replace temp macro relation_of(word) as
    if(word in ('finetune', 'adapter', 'quantized', 'merge'), word, null);

create or replace temp macro odd_relation(x) as x::varchar <> 'null' and relation_of(text_of(x)) is null;

-- (sqlfluff cannot parse a lambda of two parameters.)
create or replace temp macro parents_in(base_models, relation) as list_transform( -- noqa: PRS
    coalesce(from_json(base_models, '{"models":[{"_id":"JSON","id":"JSON"}]}').models, []),
    lambda one, place: {
        named_id: if(regexp_full_match(one._id, '"[0-9a-fA-F]{24}"'), lower(one._id ->> '$'), null),
        named: coalesce(
            nullif(text_of(one.id), ''),
            lower(text_of(one._id)),
            (base_models -> ('$.models[' || (place - 1) || ']'))::varchar,
            'null'
        ),
        typed: null::varchar,
        relation: relation_of(text_of(relation))
    }
);

-- `_id` identifies a base. Without it the whole field is invalid, and the tags are read instead.
create or replace temp macro odd_base_models(x, parents) as
    not is_object(x) or coalesce(json_type(x, '$.models') not in ('ARRAY', 'NULL'), false)
    or coalesce(list_bool_and(list_transform(parents, lambda one: one.named_id is null)), false);

create or replace temp macro tagged(tag) as regexp_replace(tag[12:], '^(finetune|adapter|quantized|merge):', '');

-- A tag without a relation has an unknown one. No name has a colon.
create or replace temp macro parents_tagged(tags) as list_transform(
    list_filter(
        list_filter(tags, lambda tag: starts_with(tag, 'base_model:')), lambda tag: trim(tagged(tag)) <> ''
    ),
    lambda tag: {
        named_id: null::varchar,
        named: tagged(tag),
        typed: tagged(tag),
        relation: relation_of(regexp_extract(tag[12:], '^([a-z]+):', 1))
    }
);

-- A card's `base_model` is one value or a list. A null or an empty text names nothing; other types are kept as JSON.
create or replace temp macro parents_typed(base, relation) as list_transform(
    list_filter(
        if(is_list(base), base::json[], [base]),
        lambda one: one::varchar <> 'null' and coalesce(trim(text_of(one)) <> '', true)
    ),
    lambda one: {
        named_id: null::varchar,
        named: coalesce(text_of(one), one::varchar),
        typed: text_of(one),
        relation: relation_of(lower(trim(text_of(relation))))
    }
);

-- The repository name in a text: without surrounding blanks and slashes, and only the repository of a URL of the Hub.
-- NULL for anything but one part (as the oldest have) or owner/name, of letters, digits and _ . -
create or replace temp macro bare(typed) as regexp_replace(
    rtrim(trim(typed, e' \t\r\n'), '/'),
    '^(https?://)?(www\.)?(huggingface\.co|hf\.co)/([^/?#]+(/[^/?#]+)?)(/(tree|blob|resolve)/.*)?([?#].*)?$',
    '\4'
);

create or replace temp macro name_meant(typed) as if(
    regexp_full_match(
        bare(typed), '([A-Za-z0-9_]([\w.-]{0,94}\w)?/)?[A-Za-z0-9_]([\w.-]{0,94}\w)?'
    ) and not contains(bare(typed), '..'),
    bare(typed),
    null
);

-- The name in the card of a licence that the Hub does not list: an identifier as the Hub writes them, in lower case with
-- hyphens. NULL if it is anything but words.
create or replace temp macro licence_name_of(x) as nullif(
    regexp_extract(
        regexp_replace(lower(trim(text_of(x), e' \t\r\n')), '[\s_]+', '-', 'g'), '^[a-z0-9][a-z0-9.+-]{0,99}$'
    ),
    ''
);

-- Packed weights that are counted unpacked, under the dtype of their container, make the bytes an upper bound.
create or replace temp macro memory_qualifier_of(elements, total) as if(
    coalesce(nullif(total, 0) = stored_elements(elements), true)
    and elements['F8_E8M0'] is null
    and (
        packed_words(elements)
        or packed_bytes(elements) >= 0.1 * stored_elements(elements)
    ),
    'at_most',
    'exact'
);

-- The tags that can be facets: languages, the tags of formats and quantisation in facet_tag.csv, and regions. Datasets
-- have a column of their own, because nearly each of them has few models.
create or replace temp macro is_facet_tag(tag) as
    strlen(tag) = 2
    or (starts_with(tag, 'region:') and not contains(tag, ' '))
    or tag in (
        'safetensors', 'gguf', 'pytorch', 'onnx', 'mlx', 'tf', 'jax', 'keras', 'openvino', 'coreml', 'tflite', 'litert',
        'exl2', 'exl3', 'ggml', 'tensorrt', 'nemo', 'executorch', 'mlc-llm', 'rust', 'joblib',
        '1-bit', '2-bit', '3-bit', '4-bit', '5-bit', '6-bit', '8-bit', 'int4', 'int8', 'fp4', 'fp8', 'mxfp4', 'nvfp4',
        'NVFP4', 'awq', 'gptq', 'bitsandbytes', 'compressed-tensors', 'auto-round', 'modelopt', 'ModelOpt', 'hqq', 'aqlm',
        'quanto', 'torchao', 'eetq', 'vptq', 'quark',
        'multilingual'
    );

create or replace temp table page_record as
with
record as (
    select
        parse_filename(filename) as page,
        lower(_id ->> '$') as hub_id,
        coalesce(id, modelId) as name,
        safetensors -> '$.parameters' as histogram,
        baseModels as base_models,
        baseModels -> '$.relation' as base_relation,
        cardData -> '$.base_model' as card_base,
        cardData -> '$.base_model_relation' as card_relation,
        cardData -> '$.license_name' as card_licence,
        * exclude (filename, id, modelId, baseModels, cardData)
    from read_json(
        $pages,
        format = 'array',
        filename = true,
        maximum_object_size = 67108864,
        columns = {
            _id: 'JSON', id: 'JSON', modelId: 'JSON', author: 'JSON', downloads: 'JSON', downloadsAllTime: 'JSON',
            likes: 'JSON', tags: 'JSON', pipeline_tag: 'JSON', library_name: 'JSON', private: 'JSON', gated: 'JSON',
            safetensors: 'JSON', gguf: 'JSON', createdAt: 'JSON', baseModels: 'JSON', cardData: 'JSON'
        }
    )
),
-- An alias used in the same SELECT is evaluated again: an expression that several columns use has its own step.
validated as (
    select
        *,
        case
            when not coalesce(regexp_full_match(_id, '"[0-9a-fA-F]{24}"'), false) then '_id'
            when not coalesce(is_text(name) and name <> '""', false) then 'id'
            when odd_counter(downloads) then 'downloads'
            when odd_counter(downloadsAllTime) then 'downloadsAllTime'
        end as fault,
        if(histogram::varchar <> 'null', if(odd_elements(histogram), true, null), null) as has_odd_histogram,
        odd_counter(likes) or (likes is not null and try_cast(likes as integer) is null) as has_odd_likes,
        try_cast(createdAt ->> '$' as timestamptz) as stated_at,
        if(base_models is null, [], parents_in(base_models, base_relation)) as named_parents,
        if(is_list(tags), tags::varchar[], null) as all_tags,
        coalesce(library_name = '"diffusers"', false) as is_in_parts,
        count_of(safetensors, '$.total') as total
    from record
),
with_base_parents as (
    select
        *,
        if(has_odd_histogram, null, try_cast(histogram as map(varchar, ubigint))) as elements,
        if(base_models is null, false, odd_base_models(base_models, named_parents)) as has_odd_base_models,
        if(has_odd_base_models, [], named_parents) as base_parents
    from validated
),
with_tag_parents as (
    select
        *,
        not has_odd_base_models and coalesce(odd_relation(base_relation), false) as has_odd_relation,
        if(
            len(base_parents) = 0 and is_list(tags) and contains(tags::varchar, '"base_model:'),
            parents_tagged(all_tags),
            []
        ) as tag_parents
    from with_base_parents
),
-- In a diffusers repository the histogram covers one component of several, not the whole model.
sized as (
    select
        *,
        if(
            card_base is not null and len(base_parents) + len(tag_parents) = 0,
            parents_typed(card_base, card_relation),
            []
        ) as card_parents,
        case
            when len(base_parents) > 0 then 'base_models'
            when len(tag_parents) > 0 then 'tag'
            when len(card_parents) > 0 then 'card'
        end as told_by,
        if(
            is_in_parts or has_odd_histogram,
            null,
            parameters_of(
                elements, total, regexp_matches(tags::varchar, '"(nvfp4|NVFP4|modelopt|ModelOpt)"')
            )
        ) as weights,
        if(is_in_parts, null, nullif(count_of(gguf, '$.total'), 0)) as gguf_weights,
        nullif(lower(list_filter(all_tags, lambda tag: starts_with(tag, 'license:'))[1][9:]), '') as tagged_licence,
        if(tagged_licence = 'other', licence_name_of(card_licence), null) as named_licence,
        if(is_in_parts, null, memory_of(elements)) as stored_bytes
    from with_tag_parents
)
select
    page,
    hub_id,
    name ->> '$' as id,
    fault,
    case
        when private = 'true' then 'not_public'
        when fault is not null then 'left_out'
        when coalesce(stated_at, to_timestamp(('0x' || hub_id[:8])::bigint)) >= $edge::timestamptz then 'next_week'
    end as treatment,
    case fault
        when '_id' then _id
        when 'id' then name
        when 'downloads' then downloads
        when 'downloadsAllTime' then downloadsAllTime
    end::varchar as fault_content,
    fault in ('downloads', 'downloadsAllTime')
        and is_number(if(fault = 'downloads', downloads, downloadsAllTime))
        and try_cast(if(fault = 'downloads', downloads, downloadsAllTime) as double) > 1e15 as is_too_large,
    case when
        not is_text(author) or not is_text(pipeline_tag) or not is_text(library_name)
        or odd_gated(gated) or not is_list(tags) or not is_object(safetensors) or not is_object(gguf)
        or has_odd_histogram or has_odd_likes or (createdAt is not null and stated_at is null)
        or has_odd_base_models or has_odd_relation
    then [
        if(not is_text(author), {field: 'author', content: author::varchar}, null),
        if(not is_text(pipeline_tag), {field: 'pipeline_tag', content: pipeline_tag::varchar}, null),
        if(not is_text(library_name), {field: 'library_name', content: library_name::varchar}, null),
        if(odd_gated(gated), {field: 'gated', content: gated::varchar}, null),
        if(not is_list(tags), {field: 'tags', content: tags::varchar}, null),
        if(not is_object(safetensors), {field: 'safetensors', content: safetensors::varchar}, null),
        if(not is_object(gguf), {field: 'gguf', content: gguf::varchar}, null),
        if(has_odd_histogram, {field: 'safetensors.parameters', content: histogram::varchar}, null),
        if(has_odd_likes, {field: 'likes', content: likes::varchar}, null),
        if(createdAt is not null and stated_at is null, {field: 'createdAt', content: createdAt::varchar}, null),
        if(has_odd_base_models, {field: 'baseModels', content: base_models::varchar}, null),
        if(has_odd_relation, {field: 'baseModels.relation', content: base_models::varchar}, null)
    ] end as odd_fields,
    coalesce(text_of(author), if(contains(name, '/'), split_part(name ->> '$', '/', 1), null)) as author,
    if(fault is null, coalesce(stated_at, to_timestamp(('0x' || hub_id[:8])::bigint)), null) as created_at,
    coalesce(named_licence, tagged_licence) as licence,
    text_of(pipeline_tag) as pipeline_tag,
    text_of(library_name) as library,
    case gated
        when 'false' then 'no' when '"auto"' then 'auto' when '"manual"' then 'manual' when 'true' then 'yes'
    end as gated,
    coalesce(weights, gguf_weights) / 1e9 as parameters_b,
    case when weights is not null then 'safetensors' when gguf_weights is not null then 'gguf' end as size_source,
    stored_bytes / 1e9 as memory_gb,
    if(
        stored_bytes is null, null, memory_qualifier_of(elements, total)
    ) as memory_qualifier,
    if(fault is null, downloads::bigint, null) as downloads_30d,
    if(fault is null, downloadsAllTime::bigint, null) as downloads_all_time,
    if(has_odd_likes, null, likes::integer) as likes,
    array_to_string(list_filter(all_tags, lambda tag: is_facet_tag(tag)), ' ') as facet_tags,
    if(
        contains(tags::varchar, '"dataset:'),
        list_transform(list_filter(all_tags, lambda tag: starts_with(tag, 'dataset:')), lambda tag: tag[9:]),
        null
    ) as datasets,
    told_by,
    case told_by
        when 'base_models' then base_parents when 'tag' then tag_parents when 'card' then card_parents
    end as parents
from sized;

-- A model listed twice: the later record counts. Page names sort in page order.
create or replace temp table repeated as
select page, position
from read_record
semi join (select hub_id from read_record where treatment is null group by hub_id having count(*) > 1) using (hub_id)
where treatment is null
qualify row_number() over (partition by hub_id order by page desc, position desc) > 1;

create or replace temp view hub_record as
select read_record.* replace (if(repeated.page is null, treatment, 'duplicate') as treatment)
from read_record
left join repeated using (page, position);

create or replace temp table incoming_set_aside as
select
    page,
    if(treatment = 'not_public', null, hub_id) as hub_id,
    if(treatment = 'not_public', null, id) as id,
    if(treatment = 'left_out', fault, null) as field,
    case
        when treatment = 'not_public' then 'the repository is private: only the token''s owner sees it'
        when treatment = 'next_week' then 'the repository was made after the walk began'
        when treatment = 'duplicate' then 'the repository was listed again further on'
        when fault = '_id' then 'it is not an object id of 24 hexadecimal digits'
        when fault = 'id' then 'it is not a name'
        when is_too_large then 'it is larger than any counter can be'
        else 'it is not a whole number from 0 up'
    end as reason,
    if(treatment = 'left_out', fault_content[:500], null) as content,
    treatment
from hub_record
where treatment is not null
union all
select page, hub_id, id, odd.field, 'it is not what this field should hold', odd.content[:500], 'without_field'
from (
    select page, hub_id, id, unnest(odd_fields) as odd
    from hub_record
    where treatment is null and odd_fields is not null
)
where odd is not null;

create or replace temp view incoming_model as
select
    hub_id, id, author, created_at, licence, pipeline_tag, library, gated, parameters_b, size_source, memory_gb,
    memory_qualifier, downloads_30d, downloads_all_time, likes
from hub_record
where treatment is null;

create or replace temp view incoming_tags as
select hub_id, coalesce(facet_tags, '') as facet_tags, datasets
from hub_record
where treatment is null;

create or replace temp table incoming_parent as
select hub_id, told_by, position, parent.named_id, parent.named, name_meant(parent.typed) as name, parent.relation
from (
    select hub_id, told_by, unnest(parents) as parent, generate_subscripts(parents, 1) as position
    from hub_record
    where treatment is null and told_by is not null
);
