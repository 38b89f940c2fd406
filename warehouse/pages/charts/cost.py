"""Charts of cost and hardware: training, inference speed, laptops and accelerators."""

from warehouse.pages.charts.chart import Chart, Panel
from warehouse.tables.charts.hub import LAPTOP_MODELS
from warehouse.tables.charts.models import GPU_REQUIREMENTS
from warehouse.tables.charts.sources import INFERENCE_SPEED, PRICE_AT_RATING, TOKEN_PRICE, TRAINING_COST
from warehouse.tables.training import TRAINING_COST_STEPS

TRAINING = Chart(
    table=TRAINING_COST,
    name="Cost of training",
    panels=(
        Panel(
            "A model like GPT-3.5, as reported",
            "training_cost/equivalent",
            "cost.dollars",
            ("published",),
            parameters=("published",),
        ),
        Panel(
            "A model like GPT-3.5, estimated here",
            "training_cost/equivalent",
            "cost.dollars",
            ("estimated",),
            parameters=("estimated",),
            caption="Depreciation and energy of the accelerators for a run of the same quality.",
        ),
        Panel(
            "Single models: published and estimated costs",
            "training_cost/models",
            "cost.dollars",
            ("published", "estimated"),
            wide=True,
            caption="The newest models, at most twelve. Costs by different methods cannot be compared.",
        ),
    ),
)

STEPS = Chart(
    table=TRAINING_COST_STEPS,
    name="Cost of single training runs",
    panels=(
        Panel(
            "The newest models: depreciation and energy, or rent",
            "training_cost_steps/newest_models",
            "cost.dollars",
            ("estimated",),
            caption="The newest models, at most twelve; all models are in the table, with the calculation.",
        ),
    ),
)


SPEED = Chart(
    table=INFERENCE_SPEED,
    name="Speed of inference",
    panels=(
        Panel(
            "Measured, in one setting",
            "inference_speed/measured",
            "cost.measured_speed",
            ("measured",),
            choose="setting",
            choice="Setting",
            caption="The settings with the most figures; all settings are in the table.",
        ),
        Panel(
            "As reported",
            "inference_speed/published",
            "cost.published_speed",
            ("published",),
            caption="The source does not say what was run, or how.",
        ),
    ),
)


TOKENS = Chart(
    table=TOKEN_PRICE,
    name="Price of a token",
    panels=(
        Panel(
            "Median price of a million tokens",
            "token_price/median",
            "cost.token_prices",
            ("measured",),
            choose="token",
            choice="Tokens",
            ends=True,
            caption="List prices at OpenRouter. Free offers are left out. The models that are offered change.",
        ),
    ),
)


QUALITY = Chart(
    table=PRICE_AT_RATING,
    name="Price of quality",
    panels=(
        Panel(
            "The cheapest model at a given rating",
            "price_at_rating/cheapest",
            "cost.token_prices",
            ("measured",),
            choose="rating_of",
            choice="Arena rating",
            ends=True,
            caption="List prices at OpenRouter of models whose names are matched with the Arena's. Ratings move over time.",
        ),
    ),
)


LAPTOP = Chart(
    table=LAPTOP_MODELS,
    name="Models that run on a laptop",
    panels=(
        Panel(
            "Text models on the Hub whose weights fit",
            "laptop_models/estimated",
            "cost.laptop",
            ("estimated",),
            choose="memory",
            choice="Memory",
            ends=True,
            caption="At least: models of unknown size are not counted. The reported number counts different models.",
        ),
        Panel(
            "On 16 GB, as reported",
            "laptop_models/published",
            "cost.published_laptop",
            ("published",),
            caption="The bar spans the reported range; an arrow means at least.",
        ),
    ),
)


ACCELERATORS = Chart(
    table=GPU_REQUIREMENTS,
    name="Accelerators that a model needs",
    panels=(
        Panel(
            "Accelerators needed, by release date",
            "gpu_requirements/models",
            "cost.accelerators",
            ("estimated",),
            choose="what",
            choice="Accelerator and precision",
            caption="For the weights and the cache of one assumed context. All parameters of a mixture of experts count.",
        ),
    ),
)

CHARTS = (TOKENS, QUALITY, TRAINING, STEPS, SPEED, LAPTOP, ACCELERATORS)
