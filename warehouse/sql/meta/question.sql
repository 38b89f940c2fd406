-- One row for each question that readers ask: the tables with the answer and a query. docs/questions.md has the
-- results. In an attached database, names without its own are those of the current database: the query begins with USE.
-- noqa: disable=LT05
select
    asked.number, asked.topic, asked.question, asked.look_in, asked.reading,
    concat(attached.use_it, trim(asked.example, chr(10))) as example
from (
    values
(1, 'this file', 'What is in this file? Is it made up?', 'main.guide, meta.release, meta.warehouse',
'origin says whether the rows were collected from live services or come from the sandbox, which is made up.', $$
select version, published_at, weeks, origin from meta.release, meta.warehouse order by 1 desc limit 1
$$),
(2, 'this file', 'Which short views are there?', 'main.guide',
'What `show tables` lists. The schemas core, growth, charts and meta have the tables behind them.', $$
select view_name, comment from duckdb_views() where schema_name = 'main' and not internal order by 1
$$),
(3, 'downloads', 'How many downloads in a month?', 'main.downloads, growth.calendar_downloads',
'downloads are those of the days that were observed, and nothing is added for the others. low and high say how far it can be off.', $$
select month, downloads, low, high, growth_pct, is_whole from downloads order by month desc limit 3
$$),
(4, 'downloads', 'How fast do downloads grow by week?', 'charts.hub_downloads, growth.rate',
'A window of 30 days shares 23 of them with the one a week before, which growth_flag says.', $$
select period_start, downloads, round(growth_pct, 2) as growth_pct, growth_flag
from charts.hub_downloads where series = 'hub_downloads_30d'
order by period_start desc limit 3
$$),
(5, 'downloads', 'How unequal are downloads?', 'charts.concentration, core.concentration_week',
'Half of them have at most the median: a mean says little about a model. Top 1% and Gini coefficient are over models, or over authors.', $$
select period_start, entity, round(share_of_top_1_pct, 1) as top_1_pct, round(gini, 3) as gini, median_downloads_30d
from charts.concentration order by period_start desc, entity limit 2
$$),
(6, 'models', 'Which models are downloaded most?', 'main.model_growth, growth.model',
'Of the newest week, over the 30 days before. growth.model has every model and week.', $$
select rank, id, task, parameters_b, downloads_30d from model_growth limit 5
$$),
(7, 'models', 'Which models has an author?', 'main.models, core.model, core.model_week',
'As the newest walk lists them. core.model also has the models that are gone, and core.model_week every week.', $$
select id, licence, downloads_30d, likes from models where author = 'meta-llama' order by 3 desc limit 5
$$),
(8, 'models', 'Which models gained most downloads?', 'main.model_growth, growth.model',
'Without those that are far above their own history, as bots and crawls are.', $$
select id, downloads_30d, change_1_week from model_growth where not is_spike order by 3 desc limit 5
$$),
(9, 'models', 'Which models grow fastest?', 'growth.top_models(period, places), growth.model',
'With at least 1,000 downloads before (minimum), and without spikes (with_spikes). It also filters by task, library, author, maker, licence and size. For growth of all models together take sums, not the mean of percentages.', $$
select place, id, downloads_30d_before, downloads_30d, round(growth_pct, 1) as growth_pct
from growth.top_models('1 week', 5)
$$),
(10, 'models', 'How many models come, and how many go?', 'charts.births_and_deaths, core.model_event',
'A birth is a first sight, a death a repository that is no longer listed. The first week has none: nothing was seen to come.', $$
select period_start, births, deaths, returns
from charts.births_and_deaths order by period_start desc limit 3
$$),
(11, 'models', 'What are new models made of?', 'core.maker_week, growth.maker, core.model_edge',
'Models first seen in the newest week, each in one class. own: without a base of another owner that is known; unstated: it names a base, but not how it was made.', $$
select made, sum(added) as new_models from core.maker_week
where week = (select max(week) from core.maker_week) group by made order by new_models desc, made
$$),
(12, 'makers', 'Which makers lead?', 'main.makers, growth.maker, core.maker',
'Their own models and all that is built on them. Each model counts for one maker, those of no listed maker for other.', $$
select title, country, downloads_30d, share_pct, change_1_week from makers where rank <= 5
$$),
(13, 'lineage', 'Which families are largest?', 'main.families, growth.family, core.family',
'Roots and all that was made of them. Each model counts in one family, the nearest.', $$
select title, downloads_30d, downloads_30d_of_roots, derivatives from families limit 5
$$),
(14, 'lineage', 'What was made of Llama?', 'core.family_week, core.family(family_name), charts.model_derivatives',
'At least so many: a model that does not state its base is not counted. Families overlap and are not to be added up.', $$
select coalesce(relation, 'not said') as relation, sum(models)::bigint as models, max(depth) as deepest,
    sum(downloads_30d)::bigint as downloads_30d
from core.family_week
where family = 'llama' and models > 0 and week = (select max(week) from core.family_reading)
group by all order by models desc, relation
$$),
(15, 'lineage', 'Which models are built on most?', 'core.model_edge, core.model_ancestor, charts.rating_and_downloads',
'Models of the newest week that name it as their base. base.model_edge is core.model_edge by number, which is counted faster. core.model_ancestor also has the models at any distance.', $$
select id, built_on
from (
    select parent_key as model_key, count(*) as built_on from base.model_edge
    where last_seen = (select max(last_seen) from core.model) group by model_key
)
join core.model using (model_key) where removed_in is null order by built_on desc, id limit 5
$$),
(16, 'licences', 'What may be done with open models?', 'main.licences, charts.licences, core.licence_class',
'By the licence tag that the author declares; pct is the share of all models.', $$
select licence_class, models, round(share_of_models_pct, 1) as pct, downloads_30d from licences
$$),
(17, 'models', 'In which formats do models come?', 'main.facets, growth.facet, core.model_facets',
'A model can have several formats, so the shares exceed 100% together. Other facets: task, language, quantisation, region, ...', $$
select value, models, round(share_of_models_pct, 1) as pct from facets where facet = 'format' limit 5
$$),
(18, 'hardware', 'What does it take to serve a model?', 'charts.gpu_requirements, core.notable_model, core.hardware',
'Weights and one conversation of the assumed length. Serving software wants powers of two as a rule.', $$
select model, bits, memory_gb, gpu, gpus_needed
from charts.gpu_requirements where model = 'Llama 3.1 405B' and gpu = 'H100 80GB' and bits is not null
order by bits desc
$$),
(19, 'hardware', 'Which model is best for my memory?', 'charts.best_by_memory, charts.gpu_requirements',
'The best rated open model that fits, on the newest day of the board. A laptop (kind) keeps its system in the same memory as the model.', $$
select memory_gb, model, parameters_b, bits, rating
from charts.best_by_memory where board = 'Arena text' and kind = 'laptop'
qualify period_start = max(period_start) over () order by memory_gb
$$),
(20, 'hardware', 'How many tokens for a dollar of hardware?', 'core.inference_result, core.gpu_price, charts.inference_speed',
'Millions of output tokens of the fastest run, at the newest price on demand. The fastest run serves many users at once, each of them slowly.', $$
select model, run.hardware,
    round(max(output_tokens_per_second) * 0.0036 / arg_max(price_per_chip_hour_usd, priced_on), 2) as million_tokens
from core.inference_result as run join core.gpu_price as price on price.hardware = 'NVIDIA ' || upper(run.hardware)
where counted_per = 'GPU' and term = 'on_demand'
group by all order by million_tokens desc limit 3
$$),
(21, 'benchmarks', 'Which models are best?', 'main.benchmarks, core.benchmark_score',
'On the newest day of the board. Ratings of different days or boards do not compare.', $$
select place, model, score, openness from benchmarks where benchmark = 'Arena text' and place <= 5
$$),
(22, 'benchmarks', 'How far is the best open model behind?', 'main.open_vs_closed, charts.arena_gap, charts.capability_gap',
'In points of each benchmark, with an interval in gap_low and gap_high. Positive: the closed model leads. lag_censoring says whether a lag is exact.', $$
select benchmark, best_open_model, best_closed_model, gap_points, lag_months from open_vs_closed
$$),
(23, 'prices', 'What does a token cost?', 'main.prices, charts.token_price, core.token_price',
'List prices of OpenRouter in US dollars for a million tokens. The cheapest first.', $$
select model, openness, input_usd_per_million, output_usd_per_million from prices limit 5
$$),
(24, 'prices', 'What does a given quality cost?', 'charts.price_at_rating, core.token_price',
'The cheapest model that is rated at least so high in the Arena, week by week; prices in US dollars for a million tokens.', $$
select period_start, openness, offer, output_usd_per_million
from charts.price_at_rating where board = 'Arena text' and rating_at_least = 1300
order by period_start desc, openness limit 2
$$),
(25, 'communities', 'Which communities are largest?', 'main.communities, charts.community',
'Each once, by one source. Platforms count different things: compare growth, not size.', $$
select platform, community, counted, members, change_1_week from communities limit 5
$$),
(26, 'growth', 'How fast does a series grow?', 'main.rates, growth.rate, core.metric',
'Between the two newest full periods. Windows of 30 days that overlap, and changes of definition, are in flag.', $$
select grain, period_end, growth_pct, source from rates where entity = 'r/LocalLLaMA' order by 2
$$),
(27, 'communities', 'How fast does a community grow?', 'growth.rate, charts.community',
'Series of different source or basis stand side by side and are never joined.', $$
select source, basis, grain, period_start, period_end, value_start, value_end, round(growth_pct, 1) as growth_pct
from growth.rate where entity = 'r/LocalLLaMA' and grain in ('as_published', 'week')
qualify row_number() over (partition by source, grain order by period_end desc, period_start) = 1
order by source, period_start, period_end
$$),
(28, 'funding', 'How much money was raised in a year?', 'main.funding, charts.funding, charts.funding_total',
'Each round counts once, by its preferred report. A round without a date has no year.', $$
select year(announced_on) as year, sum(amount_usd) from funding where not made_up group by 1 order by 1
$$),
(29, 'trust', 'Under which licence is a figure?', 'main.sources, meta.source',
'Cite the source as its citation says.', $$
select source, licence, citation from sources where title like 'Open LLM Leaderboard%'
$$),
(30, 'trust', 'How is a figure evidenced?', 'core.observation, meta.source, meta.collection',
'The responses are kept by whoever collects, in `working/landing/<source>/<week>`. A published figure has its page in evidence_url.', $$
select value as models, source.title, source.licence, collection.week, collection.requests as answers,
    collection.rows as records
from core.observation_latest as figure
join meta.source as source using (source)
join meta.collection as collection on collection.source = figure.source and collection.week = figure.period_start
where figure.metric = 'hub_models' and figure.basis = 'measured' and collection.status = 'complete'
order by collection.week desc limit 1
$$),
(31, 'trust', 'What was known on a day?', 'core.observation_as_of(ts), core.observation',
'Figures are never overwritten: a corrected one is a new row with a later recorded_at.', $$
select period_start, value, qualifier, source
from core.observation_as_of('2023-08-14 23:59:59+00'::timestamptz) where metric = 'hub_downloads_month'
order by period_start
$$),
(32, 'trust', 'Which sources are stale?', 'meta.freshness, main.sources, meta.collection',
'A source is stale if it was not collected whole in the eight days before the release; NULL: its figures are printed ones.', $$
select is_stale, count(*) as sources from sources group by all order by all
$$),
(33, 'trust', 'Do the claims of the post hold?', 'charts.claim_audit, core.published_claim, core.claim_evidence',
'By its own figures, computed again, and by sources, first-hand if known. sentence has each claim with its evidence, to be quoted.', $$
select verdict, against_sources, count(*) as claims from charts.claim_audit group by all order by all
$$),
(34, 'trust', 'When did a definition change?', 'meta.definition_change, charts.definition_mark',
'A rate across such a day has the flag definition_changed.', $$
select effective_on, metric, source, what_changed from meta.definition_change order by effective_on desc, metric limit 2
$$)
) as asked (number, topic, question, look_in, reading, example)
cross join (
    select
        if(
            -- Of two attached databases of this kind, none is chosen.
            count(*) = 1 and any_value(database_name) <> current_database(),
            concat('use "', replace(any_value(database_name), '"', '""'), '"; '),
            ''
        ) as use_it
    from duckdb_views()
    where schema_name = 'meta' and view_name = 'question'
) as attached
