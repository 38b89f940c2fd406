"""Vocabulary of the synthetic Hub: account and model names, licences.

Organisations are named after real ones, so that accounts look familiar; everything said about them is made up.
"""

from typing import Final

RELATIONS: Final = ("none", "adapter", "finetune", "quantized", "merge")
"""Relations by code; code 0 means that a model names no parent."""

MODALITIES: Final = ("llm", "encoder", "diffusion", "audio", "vision", "other")


STEMS_FOR: Final[dict[str, tuple[str, ...]]] = {
    "llm": (
        "my-model",
        "tiny-llm",
        "chat-7b",
        "instruct-test",
        "llama-from-scratch",
        "story-gpt",
        "code-lm",
        "dpo-test",
    ),
    "encoder": (
        "distilbert-imdb",
        "bert-ner",
        "roberta-emotion",
        "mbert-qa",
        "sentiment",
        "setfit-paraphrase",
        "t5-summary",
        "deberta-nli",
    ),
    "diffusion": (
        "sd-portraits",
        "anime-style",
        "flux-lora",
        "dreambooth-dog",
        "sdxl-pixel-art",
        "textual-inversion",
        "ghibli",
        "headshots",
    ),
    "audio": (
        "whisper-small-hi",
        "wav2vec2-timit",
        "xls-r-tr",
        "tts-vits",
        "asr-minds14",
        "musicgen",
        "whisper-tiny-de",
        "speaker-id",
    ),
    "vision": (
        "vit-food",
        "resnet-pets",
        "yolo-traffic",
        "segformer-roads",
        "clip-fashion",
        "convnext-birds",
        "detr-invoices",
        "vit-xray",
    ),
    "other": ("ppo-LunarLander-v2", "q-Taxi-v3", "checkpoints", "test", "output", "ppo-Huggy", "model", "weights"),
}
SUFFIXES_FOR: Final[dict[str, tuple[str, ...]]] = {
    "none": ("base", "v2", "small", "large", "it", "mini", "xl", "v1.1"),
    "adapter": ("lora", "qlora-sft", "adapter", "lora-r16", "peft", "dpo-lora", "grpo-lora", "sft-adapter"),
    "finetune": ("finetuned", "sft", "instruct", "dpo", "chat", "medical", "code", "roleplay"),
    "quantized": ("GGUF", "GGUF", "i1-GGUF", "4bit-mlx", "AWQ", "8bit-mlx", "MXFP4", "exl2"),
    "merge": ("merge", "slerp", "ties", "dare", "passthrough", "della", "model-stock", "breadcrumbs"),
}
"""Name endings by relation; for quantized models they go with the kind at the same place."""

ORGANISATIONS: Final = tuple(
    [
        "mradermacher",
        "TheBloke",
        "mlx-community",
        "unsloth",
        "lmstudio-community",
        "bartowski",
        "QuantFactory",
        "RichardErkhov",
        "DavidAU",
        "huggingartists",
        "Helsinki-NLP",
        "facebook",
        "google",
        "microsoft",
        "nvidia",
        "Qwen",
        "meta-llama",
        "mistralai",
        "deepseek-ai",
        "stabilityai",
        "timm",
        "sentence-transformers",
        "allenai",
        "ibm-granite",
        "apple",
        "amd",
        "intel",
        "tencent",
        "ByteDance",
        "baidu",
        "zai-org",
        "moonshotai",
        "HuggingFaceTB",
        "LiquidAI",
        "cyankiwi",
        "prithivMLmods",
        "TeichAI",
        "NousResearch",
    ]
)
"""Accounts with the most repositories, biggest first."""

FIRST_NAMES: Final = tuple(
    [
        "alex",
        "maria",
        "wei",
        "yuki",
        "omar",
        "lena",
        "ivan",
        "priya",
        "jun",
        "sofia",
        "noah",
        "emma",
        "ali",
        "chen",
        "minh",
        "anna",
        "lucas",
        "sara",
        "tom",
        "nina",
        "raj",
        "kim",
        "leo",
        "zoe",
        "max",
        "eva",
        "sam",
        "lia",
        "dan",
        "mei",
        "joao",
        "ada",
    ]
)
LAST_NAMES: Final = tuple(
    [
        "ml",
        "dev",
        "ai",
        "lab",
        "nlp",
        "zhang",
        "smith",
        "kumar",
        "silva",
        "tanaka",
        "mueller",
        "nguyen",
        "garcia",
        "research",
        "data",
        "petrov",
        "kowalski",
        "hub",
        "code",
        "models",
        "lee",
        "wang",
        "rossi",
        "dubois",
        "vision",
        "deep",
        "jensen",
        "okafor",
        "santos",
        "haddad",
        "park",
        "bot",
    ]
)

LICENCES: Final = (
    "",
    *[
        "apache-2.0",
        "mit",
        "openrail",
        "creativeml-openrail-m",
        "cc-by-nc-4.0",
        "cc-by-4.0",
        "llama3",
        "llama2",
        "gemma",
        "other",
        "llama3.1",
        "llama3.2",
        "openrail++",
        "bigscience-bloom-rail-1.0",
        "agpl-3.0",
    ],
)
"""Licence identifiers by code; code 0 means none declared."""
NAMES_OF_OTHER: Final = ("modified-mit", "sandbox-community", "Sandbox Research_Licence", "")
"""Names in the card of a licence tagged `other`; some cards have none."""
LICENCE_WEIGHTS: Final = (74, 90, 34, 10, 8, 8, 4, 8, 4, 4, 6, 2, 1, 1, 1, 1)
"""How many of 256 repositories have each licence."""

DATASETS: Final = (
    "HuggingFaceH4/ultrachat_200k",
    "mozilla-foundation/common_voice_11_0",
    "stanfordnlp/imdb",
    "yahma/alpaca-cleaned",
)
LANGUAGES: Final = ("en", "zh", "multilingual", "fr", "de", "ja", "ar", "ko")
HUNDRED_LANGUAGES: Final = tuple(
    f"{a}{b}" for a in "abcdefghkl" for b in "aefiklmnor"
)  # a hundred two-letter codes, as multilingual encoders have

PARAMETERS_FOR: Final[dict[str, tuple[int, ...]]] = {
    "llm": (
        124_439_808,
        1_100_048_384,
        3_212_749_824,
        7_241_732_096,
        8_030_261_248,
        13_015_864_320,
        32_763_876_352,
        70_553_706_496,
    ),
    "encoder": (22_713_216, 66_955_010, 109_483_778, 124_647_170, 278_045_186, 334_094_338, 434_014_210, 60_506_624),
    "diffusion": (
        859_520_964,
        2_567_463_684,
        11_901_408_320,
        865_910_724,
        2_567_463_684,
        859_520_964,
        12_000_000_000,
        83_653_863,
    ),
    "audio": (37_760_640, 72_593_920, 241_734_912, 94_395_680, 315_438_720, 1_543_490_560, 36_000_000, 95_044_352),
    "vision": (21_813_672, 85_806_346, 25_557_032, 3_720_000, 151_277_313, 28_589_128, 41_000_000, 2_208_985_600),
    "other": (64_000, 512_000, 1_700_000, 7_000_000, 25_000_000, 110_000_000, 1_000_000_000, 8_030_261_248),
}
"""Parameter counts by modality, eight sizes each."""
