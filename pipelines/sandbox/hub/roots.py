"""Root models of the synthetic Hub: named after real ones of the list of families, and some that no list has.

Everything said about them (counters, children, and most dates) is made up.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Root:
    """A named model that others derive from."""

    id: str
    released: str
    modality: str
    kind: str
    parameters: int
    licence: str
    gated: int = 0
    former: str | None = None
    renamed_in: int = 0

    @property
    def stem(self) -> str:
        """The name without its author."""
        return self.id.split("/")[1]


ROOTS: Final = (
    Root("meta-llama/Meta-Llama-3-8B", "2024-04-17", "llm", "llama", 8_030_261_248, "llama3", 2),
    # In no family, of a listed maker: passes 100 descendants in the twelve weeks of a demonstration of 5,000 models.
    Root("Qwen/Qwen99-7B", "2022-09-01", "llm", "qwen2", 7_721_324_544, "apache-2.0"),
    Root("Qwen/Qwen2.5-7B", "2024-09-15", "llm", "qwen2", 7_615_616_512, "apache-2.0"),
    Root("mistralai/Mistral-7B-v0.1", "2023-09-20", "llm", "mistral", 7_241_732_096, "apache-2.0", 1),
    Root("meta-llama/Llama-2-7b-hf", "2023-07-13", "llm", "llama", 6_738_417_664, "llama2", 2),
    Root(
        "google-bert/bert-base-uncased",
        "2022-03-02",
        "encoder",
        "bert",
        110_106_428,
        "apache-2.0",
        0,
        "bert-base-uncased",
    ),
    Root("black-forest-labs/FLUX.1-dev", "2024-07-31", "diffusion", "diffusers", 11_901_408_320, "other", 1),
    Root(
        "stabilityai/stable-diffusion-xl-base-1.0", "2023-07-25", "diffusion", "diffusers", 2_567_463_684, "openrail++"
    ),
    Root("meta-llama/Llama-3.1-8B-Instruct", "2024-07-18", "llm", "llama", 8_030_261_248, "llama3.1", 2),
    Root("Qwen/Qwen2.5-0.5B-Instruct", "2024-09-16", "llm", "qwen2", 494_032_768, "apache-2.0"),
    Root("google/gemma-2b", "2024-02-08", "llm", "gemma", 2_506_172_416, "gemma", 2),
    Root("deepseek-ai/DeepSeek-R1", "2025-01-20", "llm", "deepseek", 684_531_386_000, "mit"),
    Root("openai/whisper-small", "2022-09-26", "audio", "whisper", 241_734_912, "apache-2.0"),
    Root(
        "distilbert/distilbert-base-uncased",
        "2022-03-02",
        "encoder",
        "bert",
        66_985_530,
        "apache-2.0",
        0,
        "distilbert-base-uncased",
    ),
    Root("deepseek-ai/DeepSeek-R1-Distill-Qwen-7B", "2025-01-20", "llm", "qwen2", 7_615_616_512, "mit"),
    Root("google/gemma-3-4b-it", "2025-02-20", "llm", "gemma", 4_300_079_472, "gemma", 2),
    Root("Qwen/Qwen3-8B", "2025-04-27", "llm", "qwen2", 8_190_735_360, "apache-2.0"),
    Root("openai/gpt-oss-20b", "2025-08-04", "llm", "gpt-oss", 21_511_953_984, "apache-2.0"),
    Root("FacebookAI/roberta-base", "2022-03-02", "encoder", "bert", 124_697_433, "mit", 0, "roberta-base"),
    Root("FacebookAI/xlm-roberta-base", "2022-03-02", "encoder", "bert", 278_295_186, "mit", 0, "xlm-roberta-base"),
    Root("openai-community/gpt2", "2022-03-02", "llm", "gpt2", 137_022_720, "mit", 0, "gpt2"),
    Root("google/vit-base-patch16-224-in21k", "2022-03-02", "vision", "vit", 86_389_248, "apache-2.0"),
    Root("facebook/wav2vec2-xls-r-300m", "2022-03-02", "audio", "wav2vec2", 315_438_720, "apache-2.0"),
    Root("sentence-transformers/all-MiniLM-L6-v2", "2022-03-02", "encoder", "sentence", 22_713_728, "apache-2.0"),
    Root("google-t5/t5-small", "2022-03-02", "encoder", "t5", 60_506_624, "apache-2.0", 0, "t5-small"),
    Root("microsoft/Phi-3-mini-4k-instruct", "2024-04-22", "llm", "phi3", 3_821_079_552, "mit"),
    Root("mistralai/Mixtral-8x7B-v0.1", "2023-12-01", "llm", "mistral", 46_702_792_704, "apache-2.0", 1),
    Root("mistralai/Mistral-7B-Instruct-v0.2", "2023-12-11", "llm", "mistral", 7_241_732_096, "apache-2.0", 1),
    Root("meta-llama/Llama-3.2-1B", "2024-09-18", "llm", "llama", 1_235_814_400, "llama3.2", 2),
    Root("TinyLlama/TinyLlama-1.1B-Chat-v1.0", "2023-12-30", "llm", "llama", 1_100_048_384, "apache-2.0"),
    Root("google/gemma-7b", "2024-02-08", "llm", "gemma", 8_537_680_896, "gemma", 2),
    Root("unsloth/mistral-7b-bnb-4bit", "2024-01-07", "llm", "mistral", 3_863_348_736, "apache-2.0"),
    Root("tiiuae/falcon-7b", "2023-04-24", "llm", "falcon", 7_217_189_760, "apache-2.0"),
    # In no family, of no listed maker.
    Root("tidepool-labs/Nautilus-2-8B-Base", "2022-06-15", "llm", "llama", 8_030_261_248, "other"),
    Root("EleutherAI/pythia-70m", "2023-02-13", "llm", "gpt2", 95_592_096, "apache-2.0"),
    Root("bigscience/bloom-560m", "2022-05-19", "llm", "gpt2", 559_214_592, "other"),
    Root("facebook/opt-350m", "2022-05-11", "llm", "gpt2", 331_196_416, "other"),
    Root("zai-org/chatglm3-6b", "2023-10-25", "llm", "qwen2", 6_243_584_032, "other", 0, "THUDM/chatglm3-6b", 3),
    Root("Wan-AI/Wan2.1-T2V-14B", "2025-02-25", "diffusion", "diffusers", 14_288_491_584, "apache-2.0"),
    Root("openai/whisper-large-v3", "2023-11-07", "audio", "whisper", 1_543_490_560, "apache-2.0"),
    Root("Qwen/Qwen2-VL-7B-Instruct", "2024-08-28", "vision", "vlm", 8_291_375_616, "apache-2.0"),
    Root("openai/clip-vit-base-patch32", "2022-03-02", "vision", "clip", 151_277_313, "mit"),
    Root("BAAI/bge-small-en-v1.5", "2023-09-12", "encoder", "sentence", 33_360_512, "mit"),
    Root("microsoft/deberta-v3-base", "2022-03-02", "encoder", "bert", 184_000_000, "mit"),
    Root("moonshotai/Kimi-K2-Instruct", "2025-07-11", "llm", "deepseek", 1_026_470_731_056, "other"),
    Root("HuggingFaceTB/SmolLM2-135M", "2024-10-31", "llm", "llama", 134_515_008, "apache-2.0"),
    Root("mistralai/Ministral-3-8B-Instruct-2512", "2025-12-02", "llm", "mistral", 8_920_000_000, "apache-2.0"),
    Root("nvidia/NVIDIA-Nemotron-3-Nano-30B-A3B-BF16", "2025-12-15", "llm", "llama", 31_600_000_000, "other"),
    Root("moonshotai/Kimi-K2.5", "2026-01-27", "llm", "deepseek", 1_026_470_731_056, "other"),
    Root("zai-org/GLM-5", "2026-02-11", "llm", "qwen2", 744_000_000_000, "mit"),
    Root("Qwen/Qwen3.5-9B", "2026-03-02", "llm", "qwen2", 9_400_000_000, "apache-2.0"),
    Root("google/gemma-4-E4B-it", "2026-04-02", "llm", "gemma", 8_000_000_000, "apache-2.0"),
    Root("Qwen/Qwen3.6-27B", "2026-04-22", "llm", "qwen2", 27_400_000_000, "apache-2.0"),
    Root("deepseek-ai/DeepSeek-V4-Flash", "2026-04-24", "llm", "deepseek", 284_000_000_000, "mit"),
    Root("MiniMaxAI/MiniMax-M3", "2026-06-01", "llm", "deepseek", 427_000_000_000, "other"),
)
"""Root models, most popular first: their position is their rank in downloads and in children."""
UNLISTED: Final = next(place for place, root in enumerate(ROOTS) if root.id.startswith("tidepool-labs/"))
"""The root in no family that every world has children of, however small it is."""
