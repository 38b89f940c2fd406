"""What it takes: cost of training, speed of inference, laptops and accelerators."""

from warehouse.pages.charts.chart import Chart, Panel
from warehouse.tables.charts.hub import LAPTOP_MODELS
from warehouse.tables.charts.models import GPU_REQUIREMENTS
from warehouse.tables.charts.sources import INFERENCE_SPEED, TRAINING_COST
from warehouse.tables.training import TRAINING_COST_STEPS

_EQUIVALENT = """
    select on_date(period_start, date_precision) || coalesce(' · ' || {what}, '') as row, cost_low_usd as low,
        cost_high_usd as high, source, span_of(cost_low_usd, cost_high_usd) as shown, basis as series,
        on_date(period_start, date_precision) || ': ' || span_of(cost_low_usd, cost_high_usd) || ', ' || basis
            || coalesce('. ' || what_changed, '') as said
    from charts.training_cost
    where target = 'GPT-3.5-equivalent model' and basis = '{basis}' and coalesce(cost_low_usd, cost_high_usd) is not null
    order by period_start
"""

TRAINING = Chart(
    table=TRAINING_COST,
    name="Cost of training",
    finding="""
        with ends as (
            select basis, arg_min(span_of(cost_low_usd, cost_high_usd), period_start) as first, min(period_start) as first_on,
                arg_max(span_of(cost_low_usd, cost_high_usd), period_start) as last, max(period_start) as last_on
            from charts.training_cost where target = 'GPT-3.5-equivalent model' group by basis having count(*) > 1
        )
        select 'A model like GPT-3.5: ' || string_agg(
            'from ' || first || ' in ' || year(first_on) || ' to ' || last || ' in ' || year(last_on)
                || if(basis = 'published', ', as printed', ', as estimated here'), '; ' order by basis desc) || '.'
        from ends having count(*) > 0
    """,
    panels=(
        Panel(
            "A model like GPT-3.5, as printed",
            _EQUIVALENT.format(basis="published", what="what_changed"),
            "cost.dollars",
            ("published",),
        ),
        Panel(
            "A model like GPT-3.5, estimated here",
            _EQUIVALENT.format(basis="estimated", what="null::varchar"),
            "cost.dollars",
            ("estimated",),
            caption="Wear and energy of the accelerators that a run of the same quality would take.",
        ),
        Panel(
            "Single models: published and estimated costs",
            """
            select target || ' (' || basis || ') · ' || method as row,
                cost_low_usd as low, cost_high_usd as high, basis as series, source,
                span_of(cost_low_usd, cost_high_usd) as shown,
                target || ', ' || on_date(period_start, date_precision) || ': ' || span_of(cost_low_usd, cost_high_usd) || ', '
                    || method || ', ' || basis as said
            from charts.training_cost
            where target <> 'GPT-3.5-equivalent model' and cost_low_usd > 0 and cost_high_usd > 0
            qualify dense_rank() over (order by period_start desc, target) <= 12
            order by period_start desc, target, series desc, method
            """,
            "cost.dollars",
            ("published", "estimated"),
            wide=True,
            caption="The twelve newest models. Costs by different methods are different figures.",
        ),
    ),
)

STEPS = Chart(
    table=TRAINING_COST_STEPS,
    name="Cost of single runs, step by step",
    finding="""
        select 'The dearest run that can be reckoned is ' || model || ' with ' || span_of(min(cost_low_usd), max(cost_high_usd))
            || ' for ' || short(any_value(chip_hours)) || ' accelerator-hours; ' || any_value(models)
            || ' runs are reckoned in all.'
        from charts.training_cost_steps cross join (select count(distinct model) as models from charts.training_cost_steps)
        group by model order by max(cost_high_usd) desc limit 1
    """,
    panels=(
        Panel(
            "The newest models: wear and energy, and rent",
            """
            select model || ', ' || strftime(published_on, '%Y') || ' · '
                || method as row, cost_low_usd as low, cost_high_usd as high,
                method as series, source, span_of(cost_low_usd, cost_high_usd) as shown, model || ': ' || arithmetic as said
            from charts.training_cost_steps
            where cost_low_usd > 0
            qualify dense_rank() over (order by published_on desc, model) <= 12
            order by published_on desc, model, method
            """,
            "cost.dollars",
            ("estimated",),
            caption="At most the twelve newest models; all are in the table, with the arithmetic.",
        ),
    ),
)


_SETTING = """
    concat_ws(', ', isl || ' tokens in', osl || ' out', concurrency || ' at once', precision, framework,
        gpus || if(gpus = 1, ' accelerator', ' accelerators'), if(disaggregated, 'disaggregated', null), counted)
"""

SPEED = Chart(
    table=INFERENCE_SPEED,
    name="Speed of inference",
    finding="""
        with printed as (
            select arg_max(model, tokens_per_second) as model, arg_max(hardware, tokens_per_second) as hardware,
                arg_max(qualified(digits(tokens_per_second), qualifier), tokens_per_second) as speed
            from charts.inference_speed where basis = 'published'
        ),
        measured as (
            select model, hardware, tokens_per_second
                from charts.inference_speed where basis = 'measured' and tokens_per_second is not null
            qualify row_number() over (order by tokens_per_second desc) = 1
        ),
        settings as (select count(*) as figures from charts.inference_speed where basis = 'measured')
        select concat_ws(' ',
            'Of the printed speeds ' || printed.model || ' on the ' || printed.hardware || ' is the highest, ' || speed
                || ' tokens per second.',
            'Of ' || whole(figures) || ' measured ones ' || measured.model || ' on ' || measured.hardware || ' is, with '
                || whole(tokens_per_second) || ' per accelerator; compare within one setting only.'
        )
        from (select 1) left join printed on true left join measured on true left join settings on true
        where printed.model is not null or measured.model is not null
    """,
    panels=(
        Panel(
            "As printed",
            """
            select model || ' (' || digits(parameters_b) || 'B)' as row, hardware as series, tokens_per_second as value, source,
                qualified(digits(tokens_per_second), qualifier) as shown, hardware || ': ' || split_part(note, ';', 1) as note,
                model || ' on ' || hardware || ': '
                    || coalesce(qualified(digits(tokens_per_second), qualifier)
                    || ' tokens per second', note, 'no figure') as said
            from charts.inference_speed where basis = 'published' order by parameters_b, model, series
            """,
            "cost.printed_speed",
            ("published",),
            caption="What was run, and how, the source does not say.",
        ),
        Panel(
            "Measured, in one setting",
            f"""
            with described as (
                select *, {_SETTING} as described from charts.inference_speed where basis = 'measured' and tokens_per_second > 0
            ),
            -- Settings that differ in what is not written out here are told apart by a number.
            numbered as (
                select *, dense_rank() over (partition by described order by settings) as variant from described
            ),
            speed as (
                select *, described || if(max(variant) over (partition by described) > 1, ' · variant '
                    || variant, '') as setting
                from numbered
            ),
            common as (
                select setting, count(*) as figures from speed group by setting order by figures desc, setting limit 40
            )
            select setting, model as row, hardware as series, tokens_per_second as value, source,
                model || ' on ' || hardware || ': ' || digits(tokens_per_second) || ' tokens per second, ' || setting as said
            from speed join common using (setting)
            order by figures desc, setting, max(tokens_per_second) over (partition by setting, model) desc, row, series
            """,
            "cost.measured_speed",
            ("measured",),
            choose="setting",
            choice="Setting",
            caption="The settings with most figures; all are in the table.",
        ),
    ),
)


LAPTOP = Chart(
    table=LAPTOP_MODELS,
    name="Models that run on a laptop",
    finding="""
        with printed as (
            select arg_min(coalesce(models_low || '–' || models_high, models_low || '+'), period_start) as first,
                min(period_start) as first_on,
                arg_max(coalesce(models_low || '–' || models_high, models_low || '+'), period_start) as last,
                max(period_start) as last_on
            from charts.laptop_models where basis = 'published' and ram_gb = 16
        ),
        estimated as (
            select models_low, models_known, coverage_pct from charts.laptop_models
            where basis = 'estimated' and ram_gb = 16 and bits = 4
            qualify row_number() over (order by period_start desc) = 1
        )
        select concat_ws(' ',
            'From ' || first || ' models on 16 GB in ' || in_month(first_on) || ' to ' || last || ' in '
                || in_month(last_on) || ', as printed.',
            'Of the text models on the Hub at least ' || whole(models_low) || ' of ' || whole(models_known)
                || ' whose size is known fit 16 GB at 4 bits.'
        )
        from (select 1) left join printed on true left join estimated on true
    """,
    panels=(
        Panel(
            "On 16 GB, as printed",
            """
            select period_start as day, models_low as low, coalesce(models_high, models_low + 0.4) as top,
                models_high is null as open,
                coalesce(models_low || '–' || models_high, models_low || '+') as shown, source,
                in_month(period_start) || ': ' || coalesce(models_low || ' to ' || models_high, 'at least '
                    || models_low) || ' models'
                    || coalesce(', ' || quality_level, '') || coalesce(' (' || models || ')', '') as said
            from charts.laptop_models where basis = 'published' and models_low is not null order by day
            """,
            "cost.printed_laptop",
            ("published",),
            caption="The bar spans the printed range; an arrow means at least.",
        ),
        Panel(
            "Text models of the Hub whose weights fit",
            """
            select digits(ram_gb) || ' GB' as memory, bits
                || ' bits a weight' as series, period_start as day, models_low as value, source,
                bits || ' bits: ' || whole(models_low) as label,
                week_number(period_start) - row_number() over (partition by ram_gb, bits, source
                    order by period_start) as stretch,
                'Week of ' || on_day(period_start) || ', ' || digits(ram_gb) || ' GB, ' || bits || ' bits: at least '
                    || whole(models_low)
                    || ' of ' || whole(models_known) || ' whose size is known' as said
            from charts.laptop_models where basis = 'estimated' and models_low is not null
            order by ram_gb <> 16, ram_gb, bits, day
            """,
            "cost.laptop",
            ("estimated",),
            choose="memory",
            choice="Memory",
            ends=True,
            caption="At least: models whose size is not known are not counted. Another count than the printed one.",
        ),
    ),
)


ACCELERATORS = Chart(
    table=GPU_REQUIREMENTS,
    name="Accelerators that a model needs",
    finding="""
        with at_16 as (from charts.gpu_requirements
            where gpu = 'H100 80GB' and precision = '16 bits' and gpus_needed is not null)
        select 'Of ' || count(*) || ' notable open models ' || count(*) filter (gpus_needed = 1)
            || ' fit one H100 80GB at 16 bits; '
            || arg_max(model, gpus_needed) || ' needs most, ' || max(gpus_needed) || '.'
        from at_16 having count(*) > 0
    """,
    panels=(
        Panel(
            "Accelerators needed, by release of the model",
            """
            select gpu || ', ' || precision as what, released_on as day, gpus_needed as value, source,
                if(row_number() over (partition by gpu, precision
                    order by gpus_needed desc, released_on desc, model) = 1, model, null) as label,
                model || ' (' || coalesce(digits(parameters_b) || 'B', 'size unknown')
                    || coalesce(', ' || digits(active_parameters_b) || 'B active', '') || '): ' || gpus_needed || ' × '
                    || gpu || ', '
                    || precision || ', ' || digits(memory_gb) || ' GB of weights' as said
            from charts.gpu_requirements where gpus_needed is not null
            order by gpu <> 'H100 80GB', gpu_memory_gb desc, gpu, precision <> '16 bits', precision, day, model
            """,
            "cost.accelerators",
            ("estimated",),
            choose="what",
            choice="Accelerator and precision",
            caption="Weights and the cache of one assumed context. All parameters of a mixture of experts count.",
        ),
    ),
)

CHARTS = (TRAINING, STEPS, SPEED, LAPTOP, ACCELERATORS)
