"""Synthetic files of frontier models and of accelerators in Epoch's format, with a new model every third week."""

import csv
import io
from datetime import timedelta
from typing import Final

from pipelines.sandbox.draws import mix
from pipelines.sandbox.hub.world import World

MODEL_COLUMNS: Final = (
    "Model", "Publication date", "Organization", "Training compute (FLOP)", "Domain", "Task", "Parameters",
    "Model accessibility", "Training time (hours)", "Training hardware", "Hardware quantity",
    "Hardware utilization (MFU)", "Hardware utilization (HFU)", "Training chip-hours",
    "Training compute cost (2023 USD)", "Training compute cost (cloud)", "Training compute cost (upfront)", "Confidence",
    "Country (of organization)", "Base model", "Finetune compute (FLOP)", "Training compute estimation method",
    "FLOP/$", "Training compute notes", "Open model weights?",
)  # fmt: skip
HARDWARE_COLUMNS: Final = (
    "Hardware name", "Manufacturer", "Type", "Release date", "Release price (USD)",
    "Tensor-FP16/BF16 performance (FLOP/s)", "TF32 (TensorFloat-32) performance (FLOP/s)",
    "FP32 (single precision) performance (FLOP/s)", "FP16 (half precision) performance (FLOP/s)", "Memory (bytes)",
    "Memory bandwidth (byte/s)", "TDP (W)", "Notes",
)  # fmt: skip
# Name, maker, type, release, price, tensor FP16, TF32, FP32, memory, bandwidth, power: as on their data sheets.
_HARDWARE: Final = (
    ("NVIDIA V100", "NVIDIA", "GPU", "2017-06-21", "10000", "125000000000000.0", "", "15700000000000.0", "16e9", "9e11", "300"),
    ("NVIDIA A100 SXM4 40 GB", "NVIDIA", "GPU", "2020-05-14", "$15000.00", "3.12e+14", "1.56e+14", "1.95e+13", "4e10",
     "1.555e12", "400"),
    ("NVIDIA H100 SXM5 80GB", "NVIDIA", "GPU", "2022-09-20", "33600", "989400000000000.0", "4.947e+14", "6.69e+13", "8e10",
     "3.35e12", "700"),
    ("NVIDIA B200", "NVIDIA", "GPU", "2024-12", "", "2.25e+15", "1.125e+15", "7.5e+13", "1.8e11", "8e12", "1000"),
    ("Google TPU v4", "Google", "TPU", "2021", "", "2.75e+14", "", "", "3.2e10", "1.2e12", "192"),
)  # fmt: skip
_FIRST: Final = (
    {
        "Model": "Tidal 175B", "Publication date": "2020-05", "Organization": "Tidal AI", "Parameters": "175000000000",
        "Training compute (FLOP)": "3.14e+23", "Training hardware": "NVIDIA V100", "Hardware quantity": "10000",
        "Training time (hours)": "355.2", "Training compute cost (2023 USD)": "1923456.78",
        "Model accessibility": "API access", "Open model weights?": "No", "Confidence": "Confident", "FLOP/$": "Infinity",
    },
    {
        "Model": "Open Harbour 176B", "Publication date": "2022-07-11", "Organization": "Open Harbour,Reef Research",
        "Parameters": "176000000000", "Training compute (FLOP)": "3.6e+23", "Training chip-hours": "1082990",
        "Training hardware": "NVIDIA A100 SXM4 40 GB", "Hardware quantity": "384", "Hardware utilization (MFU)": "0.29",
        "Training compute cost (2023 USD)": "$995819.00", "Training compute cost (cloud)": "$1983620.00",
        "Training compute cost (upfront)": "12052220", "Model accessibility": "Open weights (restricted use)",
        "Open model weights?": "Yes", "Confidence": "Confident",
        "Training compute notes": 'Said in the "card":\n176e9 parameters,\n366e9 tokens',
    },
    {
        "Model": "Harbour 405B", "Publication date": "2024-07-23", "Organization": "Open Harbour",
        "Parameters": "405000000000", "Training compute (FLOP)": "3.8000000000001e+25", "Training time (hours)": "2142",
        "Training hardware": "NVIDIA H100 SXM5 80GB", "Hardware quantity": "16384", "Hardware utilization (MFU)": "0.4042",
        "Training chip-hours": "30840000", "Training compute cost (2023 USD)": "52885433.95", "FLOP/$": "7.2e+17",
        "Open model weights?": "Yes", "Confidence": "Likely",
    },
    {
        "Model": "Two Kinds", "Publication date": "2024", "Organization": "Reef Research",
        "Training compute (FLOP)": "1e+25", "Training hardware": "NVIDIA H100 SXM5 80GB,Google TPU v4", "FLOP/$": "NaN",
    },
)  # fmt: skip


def frontier_models(world: World, week: int) -> bytes:
    """Return the file of models: the first ones, and one more for every third week."""
    rows: list[dict[str, str]] = [dict(row) for row in _FIRST]
    for number in range(week // 3 + 1):
        draw = mix(world.seed + number + 1)
        flop = 1e25 * (1 + draw % 90 / 10) * 1.1**number
        rows.append(
            {
                "Model": f"Sandbox {number + 1}",
                "Publication date": (world.start.date() + timedelta(weeks=3 * number)).isoformat(),
                "Organization": "Sandbox Labs",
                "Parameters": str(100_000_000_000 + draw % 400_000_000_000),
                "Training compute (FLOP)": repr(flop),
                "Training hardware": "NVIDIA H100 SXM5 80GB",
                "Open model weights?": "Yes" if draw % 2 else "No",
                "Confidence": "Speculative",
            }
        )
    return _written(MODEL_COLUMNS, [{"Domain": "Language", **row} for row in rows])


def ml_hardware(world: World, week: int) -> bytes:
    """Return the file of accelerators, the same in every week."""
    names = (*HARDWARE_COLUMNS[:8], *HARDWARE_COLUMNS[9:12])
    return _written(HARDWARE_COLUMNS, [dict(zip(names, row, strict=True)) for row in _HARDWARE])


def _written(columns: tuple[str, ...], rows: list[dict[str, str]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns, restval="")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()
