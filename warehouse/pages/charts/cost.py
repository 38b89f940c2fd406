"""What it takes: cost of training, speed of inference, laptops and accelerators."""

from warehouse.pages.charts.chart import Chart, Panel
from warehouse.tables.charts.hub import LAPTOP_MODELS
from warehouse.tables.charts.models import GPU_REQUIREMENTS
from warehouse.tables.charts.sources import INFERENCE_SPEED, TRAINING_COST
from warehouse.tables.training import TRAINING_COST_STEPS

TRAINING = Chart(
    table=TRAINING_COST,
    name="Cost of training",
    panels=(
        Panel(
            "A model like GPT-3.5, as printed",
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
            caption="Wear and energy of the accelerators that a run of the same quality would take.",
        ),
        Panel(
            "Single models: published and estimated costs",
            "training_cost/models",
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
    panels=(
        Panel(
            "The newest models: wear and energy, and rent",
            "training_cost_steps/newest_models",
            "cost.dollars",
            ("estimated",),
            caption="At most the twelve newest models; all are in the table, with the arithmetic.",
        ),
    ),
)


SPEED = Chart(
    table=INFERENCE_SPEED,
    name="Speed of inference",
    panels=(
        Panel(
            "As printed",
            "inference_speed/published",
            "cost.published_speed",
            ("published",),
            caption="What was run, and how, the source does not say.",
        ),
        Panel(
            "Measured, in one setting",
            "inference_speed/measured",
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
    panels=(
        Panel(
            "On 16 GB, as printed",
            "laptop_models/published",
            "cost.published_laptop",
            ("published",),
            caption="The bar spans the printed range; an arrow means at least.",
        ),
        Panel(
            "Text models of the Hub whose weights fit",
            "laptop_models/estimated",
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
    panels=(
        Panel(
            "Accelerators needed, by release of the model",
            "gpu_requirements/models",
            "cost.accelerators",
            ("estimated",),
            choose="what",
            choice="Accelerator and precision",
            caption="Weights and the cache of one assumed context. All parameters of a mixture of experts count.",
        ),
    ),
)

CHARTS = (TRAINING, STEPS, SPEED, LAPTOP, ACCELERATORS)
