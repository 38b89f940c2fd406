"""Facets of models from their tags: stored for each model as the number of a combination, and totalled each week."""

from datetime import date
from pathlib import Path

import duckdb

from warehouse.database.derive import check
from warehouse.tables.facets import ADDING_UP, BASE_MODEL_FACETS, FACET_SET, FACET_WEEK, NONE, OTHER

# Read from the file and not from core.facet_tag, which is loaded later in the first run.
_FACET_TAGS = Path(__file__).parents[1] / "seeds" / "reference" / "facet_tag.csv"
# Authors can write any dataset. So many values of a facet have totals of their own in a week; the others are one total.
VALUES_KEPT = 200
_LISTS = ("formats", "languages", "quantisation", "bits")
_SAME = " and ".join(
    [f"stated.{name} = known.{name}" for name in _LISTS] + ["stated.region is not distinct from known.region"]
)


def add_week(connection: duckdb.DuckDBPyConnection, week: date) -> dict[str, int]:
    """Store the facets of the models of a week, total them, and return the number of values of each facet.

    Totals of an earlier load of the same week are replaced. Call it after `models.add_week`.

    Raises:
        CheckError: a declared check fails.
    """
    parameters = {
        "week": week, "file": str(_FACET_TAGS), "none": NONE, "other": OTHER, "kept": VALUES_KEPT, "adding_up": ADDING_UP,
    }  # fmt: skip
    for statement in duckdb.extract_statements(f"{_READ};{_STORE};{_SUM}"):
        named = {name: parameters[name] for name in statement.named_parameters}
        connection.execute(statement, named or None)
    check(connection, FACET_SET)
    check(connection, BASE_MODEL_FACETS)
    check(connection, FACET_WEEK, where=f"week = '{week}'")
    return dict(
        connection.execute(
            "select facet, count(*) from core.facet_week where week = ? group by facet order by facet", [week]
        ).fetchall()
    )


# Millions of models have a few thousand different texts of tags: each text is read once.
_READ = """
    create or replace temp table facet_tag as from read_csv($file, header = true, all_varchar = true);
    create or replace temp table tagged_model as
        select
            model.model_key, model.first_seen = $week as is_new, model.pipeline_tag, model.library,
            incoming.facet_tags, incoming.datasets, reading.downloads_30d
        from incoming_tags as incoming
        join core.model as model using (hub_id)
        join (from base.model_week where week = $week) as reading using (model_key);
    create or replace temp table tag_text as
        with text as (
            select facet_tags, count(*) as models from tagged_model group by facet_tags
        ),
        stated as (
            select text.facet_tags, coalesce(known.facet, 'region') as facet, coalesce(known.value, tag[8:]) as value
            from (select facet_tags, unnest(string_split(facet_tags, ' ')) as tag from text) as text
            left join (from facet_tag where facet <> 'modality') as known using (tag)
            where known.tag is not null or (starts_with(tag, 'region:') and strlen(tag) > 7)
        )
        select
            text.facet_tags,
            any_value(text.models) as models,
            coalesce(list(distinct value order by value) filter (facet = 'format'), []) as formats,
            coalesce(list(distinct value order by value) filter (facet = 'language'), []) as languages,
            coalesce(list(distinct value order by value) filter (facet = 'quantisation'), []) as quantisation,
            coalesce(list(distinct value order by value) filter (facet = 'bits'), []) as bits,
            min(value) filter (facet = 'region') as region
        from text
        left join stated using (facet_tags)
        group by text.facet_tags
"""

# The most frequent combinations have the smallest numbers, which take the least space. Only rows that differ are written.
_STORE = f"""
    insert into core.facet_set by name
        select
            (select coalesce(max(facet_set), 0) from core.facet_set)
                + row_number() over (order by sum(models) desc, {", ".join(_LISTS)}, region) as facet_set,
            {", ".join(_LISTS)}, region
        from tag_text as stated
        anti join core.facet_set as known on {_SAME}
        group by {", ".join(_LISTS)}, region;
    create or replace temp table facet_of_model as
        select
            tagged.model_key, facet_set.facet_set, coalesce(len(list_distinct(tagged.datasets)), 0) as datasets,
            tagged.is_new, tagged.pipeline_tag, tagged.library, tagged.downloads_30d
        from tagged_model as tagged
        join (
            select stated.facet_tags, known.facet_set
            from tag_text as stated
            join core.facet_set as known on {_SAME}
        ) as facet_set using (facet_tags);
    delete from base.model_facets where model_key not in (select model_key from core.model);
    update base.model_facets set facet_set = incoming.facet_set, datasets = incoming.datasets
        from facet_of_model as incoming
        where incoming.model_key = base.model_facets.model_key
            and (incoming.facet_set <> base.model_facets.facet_set or incoming.datasets <> base.model_facets.datasets);
    insert into base.model_facets by name
        select model_key, facet_set, datasets
        from facet_of_model
        anti join base.model_facets using (model_key)
        order by model_key
"""

_SUM = r"""
    create or replace temp table facet_total as
        select
            facet_set, pipeline_tag, library, count(*) as models, count(*) filter (is_new) as models_new,
            sum(downloads_30d) as downloads_30d
        from facet_of_model
        group by all;
    create or replace temp table facet_value as
        with of_set as (
            select facet_set, 'format' as facet, unnest(if(formats = [], [$none], formats)) as value from core.facet_set
            union all
            select facet_set, 'language', unnest(if(languages = [], [$none], languages)) from core.facet_set
            union all
            select facet_set, 'quantisation', unnest(if(quantisation = [], [$none], quantisation)) from core.facet_set
            union all
            select facet_set, 'bits', unnest(if(bits = [], [$none], bits)) from core.facet_set
            union all
            select facet_set, 'region', coalesce(region, $none) from core.facet_set
        ),
        single as (
            select 'task' as facet, coalesce(pipeline_tag, $none) as value, models, models_new, downloads_30d
            from facet_total
            union all
            select 'library', coalesce(library, $none), models, models_new, downloads_30d from facet_total
            union all
            select
                'modality', coalesce(known.value, if(pipeline_tag is null, $none, $other)),
                models, models_new, downloads_30d
            from facet_total
            left join (from facet_tag where facet = 'modality') as known on known.tag = pipeline_tag
            union all
            select facet, value, models, models_new, downloads_30d
            from facet_total
            join of_set using (facet_set)
        )
        select facet, value, sum(models) as models, sum(models_new) as models_new, sum(downloads_30d) as downloads_30d
        from single
        group by all;
    -- A model with several datasets that are not kept counts once among the others.
    insert into facet_value by name
        with named as (
            select model_key, is_new, downloads_30d, unnest(list_distinct(datasets)) as value
            from tagged_model
            where datasets is not null
        ),
        kept as (
            select value
            from named
            where regexp_full_match(value, '[\w.-]+(/[\w.-]+)?')
            group by value
            order by count(*) desc, value
            limit $kept
        ),
        counted as (
            select distinct model_key, is_new, downloads_30d, coalesce(kept.value, $other) as value
            from named
            left join kept using (value)
            union all
            select model_key, is_new, downloads_30d, $none from tagged_model where datasets is null
        )
        select
            'dataset' as facet, value, count(*) as models, count(*) filter (is_new) as models_new,
            sum(downloads_30d) as downloads_30d
        from counted
        group by value;
    delete from core.facet_week where week = $week;
    insert into core.facet_week by name
        with ranked as (
            select
                *,
                value in ($none, $other)
                or row_number() over (partition by facet, value in ($none, $other) order by models desc, value) <= $kept
                    as is_kept
            from facet_value
        )
        select
            $week as week, facet, if(is_kept, value, $other) as value, list_contains($adding_up, facet) as adds_up,
            sum(models)::bigint as models,
            if(
                exists(select 1 from core.hub_week where week < $week), sum(models_new), null
            )::bigint as models_new,
            sum(downloads_30d)::bigint as downloads_30d
        from ranked
        group by all
        order by facet, models desc
"""
