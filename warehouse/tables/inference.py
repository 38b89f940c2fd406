"""`core.inference_result`: measured runs of models, each with its setting; `core.token_price`: what a token costs."""

from warehouse.tables.table import Column, Table, required

_SPEED = "tokens per second, per GPU or machine (see counted_per), over all requests; NULL where it was not measured."

BASE_INFERENCE_RESULT = Table(
    name="base.inference_result",
    description=(
        "Every result that the sources of inference speeds have stated, in every version, append-only. Query "
        "core.inference_result instead."
    ),
    grain="each setting, run, source and time at which a version of it became known",
    key=(
        "source",
        "model",
        "hardware",
        "gpus",
        "framework",
        "precision",
        "disaggregated",
        "settings",
        "isl",
        "osl",
        "concurrency",
        "counted_per",
        "run",
        "recorded_at",
    ),
    made_by=("inference/inferencex", "inference/bench_files"),
    columns={
        "model": Column("VARCHAR", "The model, as the source names it; NULL where the result does not state it."),
        "parameters_b": Column(
            "DOUBLE", "Its parameters in billions, in total, not only the active ones; NULL where not known."
        ),
        "hardware": Column("VARCHAR", "The accelerator or processor; NULL where the result does not state it."),
        "gpus": Column("INTEGER", "Number of accelerators; NULL where the result does not state it."),
        "framework": required("VARCHAR", "The software that ran the model: vllm, sglang, llama.cpp, ..."),
        "precision": Column("VARCHAR", "Number format of the weights, as the source names it."),
        "disaggregated": Column("BOOLEAN", "Whether prompts and generation ran on different accelerators."),
        "settings": required("VARCHAR", "Every further setting that the source states, as name=value, sorted by name."),
        "isl": Column("INTEGER", "Tokens before generation: the prompt, or the existing context."),
        "osl": Column("INTEGER", "Tokens generated for each request."),
        "concurrency": Column("INTEGER", "Requests at the same time."),
        "counted_per": required("VARCHAR", "What the speeds refer to: GPU, or machine (all accelerators together)."),
        "run": required(
            "VARCHAR", "The run: newest where the source has one for each setting, else its file and test."
        ),
        "measured_on": Column("DATE", "Day of the run; NULL where the result does not state it."),
        "output_tokens_per_second": Column("DOUBLE", f"Generated {_SPEED}"),
        "total_tokens_per_second": Column("DOUBLE", f"Prompt and generated {_SPEED}"),
        "prompt_tokens_per_second": Column("DOUBLE", f"Prompt {_SPEED}"),
        "median_ttft_s": Column("DOUBLE", "Median time to the first token, in seconds."),
        "median_tpot_s": Column("DOUBLE", "Median time for each further token, in seconds."),
        "median_e2el_s": Column("DOUBLE", "Median time for a whole request, in seconds."),
        "p99_ttft_s": Column("DOUBLE", "99th percentile of the time to the first token, in seconds."),
        "evidence_url": Column("VARCHAR", "The run's own page; NULL for files."),
        "source": required("VARCHAR", "The source.", references="meta.source.source"),
        "recorded_at": required("TIMESTAMPTZ", "When this version became known."),
        "is_withdrawn": required("BOOLEAN", "Whether the source no longer states it."),
    },
    checks={
        "something was measured": (
            "coalesce(output_tokens_per_second, total_tokens_per_second, prompt_tokens_per_second) is not null"
        ),
        "speeds are positive": (
            "output_tokens_per_second > 0 and total_tokens_per_second > 0 and prompt_tokens_per_second > 0"
        ),
        "generated tokens are not more than all": "output_tokens_per_second <= total_tokens_per_second * 1.001",
        "counted per GPU or machine": "counted_per in ('GPU', 'machine')",
        "lengths and requests count": "isl >= 0 and osl >= 0 and concurrency > 0 and gpus > 0",
    },
)

INFERENCE_RESULT = Table(
    name="core.inference_result",
    description=(
        "Measured runs as known now. Two speeds compare only where model, hardware, gpus, framework, precision, "
        "disaggregated, settings, isl, osl, concurrency and counted_per are equal."
    ),
    grain="each setting, run, source and day of measurement",
    key=(*BASE_INFERENCE_RESULT.key[:-1], "measured_on"),
    columns={name: column for name, column in BASE_INFERENCE_RESULT.columns.items() if name != "is_withdrawn"},
    is_view=True,
)

_USD = "in US dollars for a million tokens; NULL where it is not stated."

TOKEN_PRICE = Table(
    name="core.token_price",
    description=(
        "What a token costs at OpenRouter, week by week, as known now. A free offer has the price 0; a model whose price "
        "depends on the request has no row."
    ),
    grain="each week, model, variant and source",
    key=("week", "id", "source"),
    columns={
        "week": required("DATE", "Monday of the ISO week in which the list was read, UTC."),
        "id": required("VARCHAR", "The offer, as OpenRouter names it: maker/model, with a variant behind a colon."),
        "model": required("VARCHAR", "The same without the variant."),
        "variant": Column("VARCHAR", "free, thinking, extended, ...; NULL for the plain offer."),
        "name": Column("VARCHAR", "Name for people, Maker: Model."),
        "hugging_face_id": Column("VARCHAR", "Repository on the Hub that OpenRouter names; NULL where it names none."),
        "openness": required(
            "VARCHAR",
            "open: OpenRouter names a repository of the model on the Hub; proprietary: it names none. An open model "
            "whose repository it leaves out counts as proprietary.",
        ),
        "input_usd_per_million": Column("DOUBLE", f"Price of tokens that the model reads, {_USD}"),
        "output_usd_per_million": Column("DOUBLE", f"Price of tokens that the model writes, {_USD}"),
        "blended_usd_per_million": Column(
            "DOUBLE",
            f"Price of three tokens of input for each token of output, the usual convention, {_USD}",
        ),
        "context_length": Column("BIGINT", "Longest context, in tokens; NULL where it is not stated."),
        "listed_on": Column("DATE", "Day on which OpenRouter first listed it, UTC."),
        "source": required("VARCHAR", "The source.", references="meta.source.source"),
    },
    checks={
        "no price is negative": "input_usd_per_million >= 0 and output_usd_per_million >= 0",
        "openness is one of the two": "openness in ('open', 'proprietary')",
    },
    is_view=True,
)

TABLES = (BASE_INFERENCE_RESULT, INFERENCE_RESULT, TOKEN_PRICE)
