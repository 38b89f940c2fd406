-- One row for each name of an open model and repository of its maker that it may mean; certain ones are marked.
with named as (
    select
        regexp_replace(source, '^sandbox_', '') as system, coalesce(model_group, model) as name, model as version,
        organisation, coalesce(published_on, released_on) as day
    from core.benchmark_score
    where openness = 'open' and source not like '%open_llm_leaderboard'
    union all
    select regexp_replace(source, '^sandbox_', '') as system, model as name, named.model as version, null, null
    from core.inference_result as named
    where source like '%inferencex'
),
seen as (
    select system, name, max(organisation) as organisation, min(day) as first_day, list(distinct version) as versions
    from named
    group by all
),
maker_name as (
    select maker, lower(unnest(list_distinct([maker, title] || coalesce(other_names, []) || organisations))) as name
    from core.maker
),
-- The whole text of the organisation comes first; of several organisations, each is a maker.
maker_of_name as (
    select distinct seen.system, seen.name, maker_name.maker
    from seen
    cross join unnest([seen.organisation] || string_split(coalesce(seen.organisation, ''), ',')) as part (organisation)
    join maker_name on maker_name.name = lower(trim(part.organisation))
),
account as (select lower(organisation) as author, maker from core.maker_organisation),
repository as (
    select account.maker, lower(model.author) as author, model.hub_id, model.id, model.created_at, model.licence
    from core.model as model
    join account on account.author = lower(model.author)
),
spelt as (
    select maker, author, hub_id, id, created_at, licence, id as spelling from repository
    union
    select
        repository.maker, repository.author, repository.hub_id, repository.id, repository.created_at,
        repository.licence, former.id as spelling
    from base.model_name as former
    join repository using (hub_id)
),
offer as (
    select distinct model, hugging_face_id as id
    from core.token_price
    where hugging_face_id is not null
),
-- Words and numbers in lower case, whatever stands between them: llama-3_1-8b is `llama 3.1 8 b`.
plain as (
    select
        text,
        array_to_string(
            regexp_extract_all(
                regexp_replace(
                    regexp_replace(
                        replace(lower(regexp_replace(text, '^.*/', '')), '+', ' plus '),
                        '^(c4ai|nvidia|meta|ibm|ai21|tencent|microsoft|google)[-_ ]', ''
                    ),
                    '([0-9])_([0-9])', '\1.\2', 'g'
                ),
                '[a-z]+|[0-9]+(?:\.[0-9]+)*'
            ),
            ' '
        ) as words
    from (
        select spelling as text from spelt
        union
        select unnest([name] || versions) from seen
        union
        select model from offer
    )
),
-- `weights` leaves out the format of the files, `base` how the model was run, `core` that it was tuned to chat.
form as (
    select
        *,
        regexp_replace(
            words, '( (hf|bf 16|fp 16|fp 8|fp 4|nvfp 4|mxfp 4|mxfp 8|int 4|int 8|awq|gptq|gguf|mlx))+$', ''
        ) as weights,
        regexp_replace(
            weights,
            '( (no thinking|non thinking|thinking [0-9]+ k|thinking|instant|x?high|max|low|minimal))+$', ''
        ) as base,
        regexp_matches(weights, '(^| )(instruct|chat|it)( |$)') as says_chat,
        trim(regexp_replace(' ' || weights || ' ', ' (instruct|chat|it) ', ' ')) as core,
        trim(regexp_replace(' ' || base || ' ', ' (instruct|chat|it) ', ' ')) as base_core,
        -- A size stays whole, so that 8 b and v 3 are not 3 b and v 8.
        list_sort(string_split(regexp_replace(weights, '([0-9.]+) ([bmkt])( |$)', '\1\2\3', 'g'), ' ')) as bag,
        regexp_extract(weights, '(?:^| )([0-9.]+ [bm])(?: |$)', 1) as size
    from plain
    where words <> ''
),
candidate as (
    select
        spelt.*, form.words, form.weights, form.core, form.bag, form.says_chat, form.size,
        -- How many different weights of the maker have this name but for the word that they are tuned.
        list(form.weights) over (partition by spelt.maker, form.core) as siblings
    from spelt
    join form on form.text = spelt.spelling
),
asked as (
    select
        seen.system, seen.name, seen.organisation, seen.first_day, maker_of_name.maker, spelling.text as spelling,
        form.words, form.weights, form.base, form.base_core, form.bag, form.says_chat, form.size
    from seen
    cross join unnest(list_distinct([seen.name] || seen.versions)) as spelling (text)
    join form on form.text = spelling.text
    left join maker_of_name on maker_of_name.system = seen.system and maker_of_name.name = seen.name
    -- A maker that is not listed has no repositories to choose from; without a maker, all are asked.
    where maker_of_name.maker is not null or seen.organisation is null
),
tied as (
    select 1 as step, asked.*, candidate.* exclude (maker, words, weights, bag, says_chat, size, spelling),
        candidate.maker as its_maker, candidate.words as its_words, candidate.weights as its_weights
    from asked
    join candidate on candidate.weights = asked.weights
    where asked.maker is null or asked.maker = candidate.maker
    union all by name
    select 2 as step, asked.*, candidate.* exclude (maker, words, weights, bag, says_chat, size, spelling),
        candidate.maker as its_maker, candidate.words as its_words, candidate.weights as its_weights
    from asked
    join candidate on candidate.weights = asked.base
    where asked.base <> asked.weights and (asked.maker is null or asked.maker = candidate.maker)
    union all by name
    -- A board writes the name of a family for its tuned model; the other way round would be another model.
    select 3 as step, asked.*, candidate.* exclude (maker, words, weights, bag, says_chat, size, spelling),
        candidate.maker as its_maker, candidate.words as its_words, candidate.weights as its_weights
    from asked
    join candidate on candidate.core = asked.base_core
    where not asked.says_chat and candidate.says_chat and (asked.maker is null or asked.maker = candidate.maker)
    union all by name
    select 4 as step, asked.*, candidate.* exclude (maker, words, weights, bag, says_chat, size, spelling),
        candidate.maker as its_maker, candidate.words as its_words, candidate.weights as its_weights
    from asked
    join candidate on candidate.bag = asked.bag
    where asked.maker = candidate.maker
),
nearest as (
    select *
    from tied
    qualify step = min(step) over (partition by system, name, spelling)
),
-- Of one model's formats: the one that libraries load, else the one named alike, else the one that changes least.
chosen as (
    select
        *,
        count(distinct its_weights) over one_name = 1 and count(distinct author) over one_name = 1
        -- The name of a version that is written as a repository is, letter for letter, means that one.
        and (
            says_chat or len(list_distinct(siblings)) = 1
            or (spelling <> name and spelling = split_part(id, '/', 2))
        )
        and coalesce(created_at::date <= first_day + 120, true) as is_clear
    from nearest
    window one_name as (partition by system, name, spelling)
    qualify
        row_number() over (
            partition by system, name, spelling, its_weights
            order by its_words like '% hf' desc, its_words = words desc, its_words = its_weights desc,
                its_words like '% bf 16' desc, its_words like '% fp 8' desc, id
        ) = 1
),
agreed as (
    select
        system, name, any_value(id) as id, any_value(hub_id) as hub_id, min(step) as step,
        any_value(spelling) as spelling
    from chosen
    where is_clear
    group by all
    having count(distinct its_weights) = 1
),
bridged as (
    select asked.system, asked.name, any_value(offer.id) as id, any_value(offer.model) as offer
    from asked
    join form as its_form on its_form.weights = asked.weights or its_form.base_core = asked.base_core
    join offer on offer.model = its_form.text
    join account on account.author = lower(split_part(offer.id, '/', 1))
    where asked.maker is null or asked.maker = account.maker
    group by all
    having count(distinct offer.id) = 1
),
certain as (
    select
        system, name, id, hub_id, 'name' as method, 1.0 as score,
        'the same maker, and ' || case step
            when 1 then 'the same words and numbers'
            when 2 then 'the same words and numbers without the setting in which it ran'
            when 3 then 'the only tuned model of this name'
            else 'the same words and numbers in another order'
        end || if(spelling <> name, ', as its version ' || spelling, '') as reason
    from agreed
    union all by name
    select
        bridged.system, bridged.name, bridged.id, repository.hub_id, 'openrouter' as method, 1.0 as score,
        'OpenRouter names this repository for ' || bridged.offer as reason
    from bridged
    left join repository on repository.id = bridged.id
    anti join agreed on agreed.system = bridged.system and agreed.name = bridged.name
),
-- The others: repositories of the maker that share the first word and do not state another size.
likely as (
    select
        asked.system, asked.name, candidate.id, candidate.hub_id,
        string_split(asked.base, ' ') as own, string_split(candidate.weights, ' ') as its,
        len(list_intersect(own, its)) / len(list_distinct(own || its)) as score,
        'the same maker (' || candidate.maker || '); shares ' || array_to_string(list_intersect(own, its), ' ')
        || '; created ' || candidate.created_at::date
        || coalesce(', on the board since ' || asked.first_day, '')
        || coalesce('; licence ' || candidate.licence, '') as reason
    from asked
    join candidate
        on candidate.maker = asked.maker
        and split_part(candidate.weights, ' ', 1) = split_part(asked.base, ' ', 1)
    anti join certain on certain.system = asked.system and certain.name = asked.name
    where
        (asked.size = '' or candidate.size = '' or asked.size = candidate.size)
        and coalesce(candidate.created_at::date <= asked.first_day + 120, true)
)
select system, name, id, hub_id, score, reason, true as is_certain, method
from certain
union all by name
select system, name, id, any_value(hub_id) as hub_id, max(score) as score, arg_max(reason, score) as reason,
    false as is_certain, 'proposal' as method
from likely
where score >= 0.4
group by system, name, id
qualify row_number() over (partition by system, name order by max(score) desc, id) <= 3
