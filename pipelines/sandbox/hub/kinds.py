"""Kinds of repository in the synthetic Hub: task, library, tags, weights and files."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Kind:
    """A kind of repository: task, library, tags, weights and files."""

    pipeline_tag: str | None
    library: str | None
    tags: tuple[str, ...]
    architecture: str | None
    weights: str
    files: tuple[str, ...]


_SHARDS = ("config.json", "generation_config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json")
_ENCODER = ("config.json", "model.safetensors", "tokenizer.json", "vocab.txt")
_LLM = ("transformers", "safetensors")
_CHAT = ("text-generation", "conversational", "text-generation-inference", "endpoints_compatible")


def _llm(model_type: str, architecture: str, weights: str = "BF16") -> Kind:
    return Kind("text-generation", "transformers", (*_LLM, model_type, *_CHAT), architecture, weights, _SHARDS)


def _encoder(task: str, model_type: str, architecture: str) -> Kind:
    tags = ("transformers", "safetensors", model_type, "pytorch", task, "endpoints_compatible")
    return Kind(task, "transformers", tags, architecture, "F32+I64", _ENCODER)


KINDS: Final[dict[str, Kind]] = {
    "llama": _llm("llama", "LlamaForCausalLM"),
    "qwen2": _llm("qwen2", "Qwen2ForCausalLM"),
    "mistral": _llm("mistral", "MistralForCausalLM"),
    "gemma": _llm("gemma", "GemmaForCausalLM"),
    "phi3": _llm("phi3", "Phi3ForCausalLM"),
    "falcon": _llm("falcon", "FalconForCausalLM"),
    "gpt-oss": _llm("gpt_oss", "GptOssForCausalLM", "BF16+U8"),
    "deepseek": _llm("deepseek_v3", "DeepseekV3ForCausalLM", "F8_E4M3"),
    "gpt2": _llm("gpt2", "GPT2LMHeadModel", "F32"),
    "merge": Kind(
        "text-generation",
        "transformers",
        (*_LLM, "llama", "mergekit", "merge", *_CHAT),
        "LlamaForCausalLM",
        "BF16",
        _SHARDS,
    ),
    "adapter": Kind(
        None,
        "peft",
        ("peft", "safetensors", "generated_from_trainer", "lora"),
        None,
        "",
        ("adapter_config.json", "adapter_model.safetensors"),
    ),
    "trl-adapter": Kind(
        "text-generation",
        "peft",
        ("peft", "safetensors", "trl", "sft", "text-generation"),
        None,
        "adapter",
        ("adapter_config.json", "adapter_model.safetensors"),
    ),
    "gguf": Kind(
        "text-generation",
        None,
        ("gguf", "llama.cpp", "text-generation", "conversational"),
        None,
        "",
        ("model-Q4_K_M.gguf", "model-Q8_0.gguf"),
    ),
    "gguf-transformers": Kind(
        None,
        "transformers",
        ("transformers", "gguf", "en", "endpoints_compatible"),
        None,
        "",
        ("model.i1-Q4_K_M.gguf",),
    ),
    "mlx": Kind(
        "text-generation",
        "mlx",
        ("mlx", "safetensors", "text-generation", "4-bit"),
        "LlamaForCausalLM",
        "U32",
        _SHARDS,
    ),
    "mlx-logical": Kind(
        "text-generation",
        "mlx",
        ("mlx", "safetensors", "text-generation", "8-bit"),
        "Qwen2ForCausalLM",
        "U32-logical",
        _SHARDS,
    ),
    "awq": Kind(
        "text-generation",
        "transformers",
        (*_LLM, "llama", "text-generation", "4-bit", "awq"),
        "LlamaForCausalLM",
        "I32",
        _SHARDS,
    ),
    "mxfp4": Kind(
        "text-generation",
        "transformers",
        (*_LLM, "text-generation", "fp4", "compressed-tensors"),
        "LlamaForCausalLM",
        "F8_E8M0",
        _SHARDS,
    ),
    "exl2": Kind(None, None, ("exl2",), None, "", ("README.md",)),
    "bert": _encoder("fill-mask", "bert", "BertForMaskedLM"),
    "classifier": _encoder("text-classification", "bert", "BertForSequenceClassification"),
    "tokens": _encoder("token-classification", "bert", "BertForTokenClassification"),
    "t5": _encoder("text2text-generation", "t5", "T5ForConditionalGeneration"),
    "onnx": Kind(
        "fill-mask",
        "transformers.js",
        ("transformers.js", "onnx", "bert", "fill-mask"),
        "BertForMaskedLM",
        "",
        ("onnx/model_quantized.onnx", "config.json"),
    ),
    "sentence": Kind(
        "sentence-similarity",
        "sentence-transformers",
        ("sentence-transformers", "safetensors", "bert", "feature-extraction", "sentence-similarity"),
        "BertModel",
        "F32+I64",
        _ENCODER,
    ),
    "diffusers": Kind(
        "text-to-image",
        "diffusers",
        ("diffusers", "safetensors", "text-to-image", "stable-diffusion"),
        None,
        "",
        ("model_index.json", "unet/diffusion_pytorch_model.safetensors"),
    ),
    "lora": Kind(
        "text-to-image",
        "diffusers",
        ("diffusers", "text-to-image", "lora", "template:sd-lora"),
        None,
        "",
        ("lora.safetensors", "README.md"),
    ),
    "whisper": Kind(
        "automatic-speech-recognition",
        "transformers",
        ("transformers", "safetensors", "whisper", "automatic-speech-recognition"),
        "WhisperForConditionalGeneration",
        "F32",
        _SHARDS,
    ),
    "wav2vec2": Kind(
        "automatic-speech-recognition",
        "transformers",
        ("transformers", "safetensors", "wav2vec2", "automatic-speech-recognition"),
        "Wav2Vec2ForCTC",
        "F32",
        _SHARDS,
    ),
    "vit": Kind(
        "image-classification",
        "transformers",
        ("transformers", "safetensors", "vit", "image-classification"),
        "ViTForImageClassification",
        "F32",
        ("config.json", "model.safetensors"),
    ),
    "clip": Kind(
        "zero-shot-image-classification",
        "transformers",
        ("transformers", "pytorch", "clip", "vision"),
        "CLIPModel",
        "F32+I64",
        ("config.json", "pytorch_model.bin"),
    ),
    "vlm": Kind(
        "image-text-to-text",
        "transformers",
        (*_LLM, "qwen2_vl", "image-text-to-text", "conversational"),
        "Qwen2VLForConditionalGeneration",
        "BF16",
        _SHARDS,
    ),
    "timm": Kind(
        "image-classification",
        "timm",
        ("timm", "safetensors", "image-classification"),
        None,
        "F32",
        ("config.json", "model.safetensors"),
    ),
    "reinforcement": Kind(
        "reinforcement-learning",
        "stable-baselines3",
        ("stable-baselines3", "LunarLander-v2", "deep-reinforcement-learning"),
        None,
        "",
        ("ppo-LunarLander-v2.zip",),
    ),
    "blank": Kind(None, None, (), None, "", ()),
    "weights": Kind(None, None, ("safetensors",), None, "F16", ("model.safetensors",)),
}

KINDS_FOR: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "llm": {
        "none": ("llama", "qwen2", "mistral", "gpt2", "gemma", "blank", "weights", "phi3"),
        "adapter": ("adapter", "adapter", "trl-adapter", "adapter"),
        "finetune": ("llama", "qwen2", "mistral", "gemma", "gpt2", "llama", "qwen2", "phi3"),
        "quantized": ("gguf", "gguf", "gguf-transformers", "mlx", "awq", "mlx-logical", "mxfp4", "exl2"),
        "merge": ("merge",),
    },
    "encoder": {
        "none": ("bert", "classifier", "tokens", "sentence", "t5", "blank", "blank", "classifier"),
        "adapter": ("adapter",),
        "finetune": ("classifier", "classifier", "tokens", "bert", "sentence", "t5", "classifier", "tokens"),
        "quantized": ("onnx",),
        "merge": ("classifier",),
    },
    "diffusion": {
        "none": ("diffusers", "lora", "diffusers", "blank"),
        "adapter": ("lora",),
        "finetune": ("diffusers",),
        "quantized": ("gguf-transformers", "diffusers"),
        "merge": ("diffusers",),
    },
    "audio": {
        "none": ("whisper", "wav2vec2", "blank", "wav2vec2"),
        "adapter": ("adapter",),
        "finetune": ("whisper", "wav2vec2"),
        "quantized": ("onnx",),
        "merge": ("whisper",),
    },
    "vision": {
        "none": ("vit", "timm", "clip", "vlm"),
        "adapter": ("adapter",),
        "finetune": ("vit", "vlm"),
        "quantized": ("mlx",),
        "merge": ("vlm",),
    },
    "other": {
        "none": ("blank", "blank", "reinforcement", "weights", "blank", "blank", "reinforcement", "blank"),
        "adapter": ("adapter",),
        "finetune": ("weights",),
        "quantized": ("exl2",),
        "merge": ("weights",),
    },
}
"""Kinds a repository can be, by modality and relation; all lengths divide 8."""
