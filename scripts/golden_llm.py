"""Writes crates/trainer/tests/golden: tiny random decoders, PEFT adapters and a short fine-tuning run, which the trainer must reproduce.

usage: python scripts/golden_llm.py [--real | --missing] [STORIES260K_FOLDER [SMOLLM2_FOLDER]]

Needs torch, transformers, peft and safetensors. For each folder of a real model, the logits on one sentence are written as well
(stories260k.json, smollm2.json), without the weights. SMOLLM2_FOLDER must be in f32, as written by
`../shared/models/make_smollm2_hf.py SMOLLM2_FOLDER --f32`. `--real` writes only these files,
`--missing` only the models whose folder does not exist.
"""

import json
import pathlib
import shutil
import sys

import peft
import torch
import transformers
from safetensors.torch import save_file
from tokenizers import Tokenizer
from transformers import (
    AutoModelForCausalLM,
    Gemma2Config,
    Gemma3TextConfig,
    GraniteConfig,
    LlamaConfig,
    MistralConfig,
    Olmo2Config,
    Phi3Config,
    Qwen2Config,
    Qwen3Config,
    SmolLM3Config,
)

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "crates/trainer/tests/golden"
SOURCE = f"torch {torch.__version__}, transformers {transformers.__version__}, peft {peft.__version__}, scripts/golden_llm.py"
SIZES = dict(hidden_size=32, intermediate_size=48, num_hidden_layers=3, vocab_size=61, max_position_embeddings=256, bos_token_id=1, eos_token_id=2)
GQA = dict(num_attention_heads=4, num_key_value_heads=2)
KINDS = {
    "llama": LlamaConfig(**SIZES, **GQA, tie_word_embeddings=True),
    "llama3": LlamaConfig(**SIZES, num_attention_heads=4, num_key_value_heads=1, tie_word_embeddings=False, rope_parameters=dict(
        rope_type="llama3", rope_theta=500.0, factor=4.0, low_freq_factor=1.0, high_freq_factor=4.0, original_max_position_embeddings=64)),
    "qwen2": Qwen2Config(**SIZES, **GQA, tie_word_embeddings=False),
    "qwen3": Qwen3Config(**SIZES, **GQA, head_dim=16, tie_word_embeddings=True),
    "mistral": MistralConfig(**SIZES, **GQA, sliding_window=None),
    "biases": LlamaConfig(**SIZES, **GQA, attention_bias=True, mlp_bias=True),
    "yarn": LlamaConfig(**SIZES, **GQA, tie_word_embeddings=True, rope_parameters=dict(
        rope_type="yarn", rope_theta=10000.0, factor=4.0, original_max_position_embeddings=64)),
    "longrope": LlamaConfig(**SIZES, **GQA, tie_word_embeddings=True, rope_parameters=dict(
        rope_type="longrope", rope_theta=10000.0, original_max_position_embeddings=64,
        short_factor=[1.0, 1.5, 2.0, 3.0], long_factor=[4.0, 5.0, 6.0, 7.0])),
    "smollm3": SmolLM3Config(**SIZES, **GQA, pad_token_id=0, no_rope_layer_interval=2),
    "granite": GraniteConfig(**SIZES, **GQA, embedding_multiplier=3.0, residual_multiplier=0.4, attention_multiplier=0.2, logits_scaling=2.0),
    "phi3": Phi3Config(**SIZES, **GQA, pad_token_id=0),
    "olmo2": Olmo2Config(**SIZES, **GQA, pad_token_id=0),
    # windows and caps that matter
    "gemma2": Gemma2Config(**SIZES, **GQA, head_dim=16, query_pre_attn_scalar=24, sliding_window=7, attn_logit_softcapping=2.0,
        final_logit_softcapping=3.0),
    "gemma3": Gemma3TextConfig(**SIZES, **GQA, head_dim=16, query_pre_attn_scalar=24, sliding_window=7, sliding_window_pattern=2,
        rope_parameters=dict(full_attention=dict(rope_type="linear", factor=4.0, rope_theta=5000.0),
            sliding_attention=dict(rope_type="default", rope_theta=100.0))),
}
ADAPTERS = {
    "llama": dict(r=4, lora_alpha=6, target_modules=["q_proj", "v_proj", "down_proj"], layers_to_transform=[1, 2]),
    "biases": dict(r=4, lora_alpha=6, target_modules=["q_proj", "o_proj", "down_proj", "lm_head"], use_rslora=True,
                   rank_pattern={"o_proj": 2}, alpha_pattern={"layers.1.mlp.down_proj": 9}),
    "smollm3": dict(r=2, lora_alpha=4, target_modules="all-linear", use_dora=True),
    "phi3": dict(r=3, lora_alpha=8, target_modules=["qkv_proj", "gate_up_proj", "o_proj"], layers_to_transform=[0, 2]),
    "olmo2": dict(r=3, lora_alpha=8, target_modules="all-linear"),
    "gemma2": dict(r=3, lora_alpha=8, target_modules="all-linear"),
    "gemma3": dict(r=3, lora_alpha=8, target_modules=["q_proj", "k_proj", "up_proj"]),
    "qwen3": dict(r=3, lora_alpha=8, target_modules=["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]),
}


def build(config, seed):
    torch.manual_seed(seed)
    config._attn_implementation = "eager"
    model = AutoModelForCausalLM.from_config(config).float().eval()
    with torch.no_grad():  # larger than a usual initialisation, so that a wrong rotation or norm is visible
        for name, p in model.named_parameters():
            from_one = "norm" in name and "gemma" not in config.model_type
            p.copy_(torch.randn_like(p) * 0.2 + (1.0 if from_one else 0.0))
    return model


def tokens(rows, length):
    return torch.randint(3, SIZES["vocab_size"], (rows, length))


def numbers(t):
    return [float(v) for v in t.detach().flatten()]


def fine_tune(model, steps=10, rate=0.02):
    """Steps of AdamW with clipping, warm-up and decay; two micro-batches per step, loss on the second half of each row."""
    model.train()
    parameters = [p for p in model.parameters() if p.requires_grad]
    settings = dict(lr=rate, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01)
    optimizer = torch.optim.AdamW(parameters, **settings)
    warmup, clip = 3, 0.5
    schedule = transformers.get_linear_schedule_with_warmup(optimizer, warmup, steps)
    rows, losses, norms = [], [], []
    for _ in range(steps):
        batch = tokens(4, 10)
        rows.append(batch.tolist())
        total = 0.0
        for micro in batch.split(2):
            logits = model(micro).logits[:, 4:-1]
            loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), micro[:, 5:].flatten(), reduction="sum") / (4 * 5)
            loss.backward()
            total += loss.item()
        norms.append(float(torch.nn.utils.clip_grad_norm_(parameters, clip)))
        optimizer.step()
        optimizer.zero_grad()
        schedule.step()
        losses.append(total)
    return dict(steps=steps, warmup=warmup, clip=clip, prompt=5, rows=rows, losses=losses, norms=norms, **settings)


REAL = [("stories260k", 1), ("smollm2", 97)]  # name, and stride of the logits that are kept


def real(folders):
    """Logits after the last three tokens of a sentence: in f64, and in f32 with both attention implementations of transformers, which differ by 1e-5."""
    text = "Once upon a time, there was a little girl named Lily. She liked to play in the park."
    for folder, (name, every) in zip(folders, REAL):
        ids = Tokenizer.from_file(folder + "/tokenizer.json").encode(text).ids

        def logits(attention, dtype):
            model = AutoModelForCausalLM.from_pretrained(folder, attn_implementation=attention, dtype=torch.float32).to(dtype).eval()
            with torch.no_grad():
                return model(torch.tensor([ids])).logits[:, -3:, ::every].double()

        exact = logits("eager", torch.float64)
        f32 = {attention: logits(attention, torch.float32) for attention in ["eager", "sdpa"]}
        record = dict(source=SOURCE, text=text, tokens=[ids], every=every, logits=numbers(exact), **{k: numbers(v) for k, v in f32.items()})
        (FOLDER / f"{name}.json").write_text(json.dumps(record))
        print(name, exact.numel(), "logits;", ", ".join(f"{k} in f32 differs by {(v - exact).abs().max():.2e}" for k, v in f32.items()))


def main():
    folders = [a for a in sys.argv[1:] if not a.startswith("-")]
    if "--real" in sys.argv:
        return real(folders)
    if "--missing" not in sys.argv:
        shutil.rmtree(FOLDER, ignore_errors=True)
    for seed, (kind, config) in enumerate(KINDS.items()):
        if (FOLDER / kind).exists():
            continue
        model = build(config, seed)
        folder = FOLDER / kind
        if kind == "qwen2":  # bf16 in two files with an index
            with torch.no_grad():  # weights only: the rotary frequencies stay in f32
                for p in model.parameters():
                    p.copy_(p.bfloat16().float())
            folder.mkdir(parents=True)
            state = {n: t.bfloat16().contiguous() for n, t in model.state_dict().items()}
            names, parts = list(state), {}
            for i, part in enumerate([names[: len(names) // 2], names[len(names) // 2 :]]):
                file = f"model-0000{i + 1}-of-00002.safetensors"
                save_file({n: state[n] for n in part}, folder / file, metadata={"format": "pt"})
                parts.update({n: file for n in part})
            (folder / "model.safetensors.index.json").write_text(json.dumps(dict(metadata={}, weight_map=parts), indent=1))
            model.config.save_pretrained(folder)
        else:
            model.save_pretrained(folder)
        (folder / "generation_config.json").unlink(missing_ok=True)
        ids = tokens(2, 150 if kind in ["llama3", "yarn"] else 24)
        golden = dict(source=SOURCE, tokens=ids.tolist(), logits=numbers(model(ids).logits[:, -6:]))
        if kind in ADAPTERS:
            lora = peft.get_peft_model(model, peft.LoraConfig(**ADAPTERS[kind], lora_dropout=0.0, task_type="CAUSAL_LM"))
            with torch.no_grad():
                for name, p in lora.named_parameters():
                    if "lora_" in name:
                        p.copy_(torch.randn_like(p) * 0.1)
            lora.eval()
            lora.save_pretrained(folder / "adapter")
            (folder / "adapter/README.md").unlink(missing_ok=True)
            golden["adapted"] = numbers(lora(ids).logits[:, -6:])
            if kind == "llama":
                golden["training"] = fine_tune(lora)
                golden["trained"] = numbers(lora.eval()(ids).logits[:, -6:])
        (folder / "golden.json").write_text(json.dumps(golden))
        print(kind, sum(f.stat().st_size for f in folder.rglob("*") if f.is_file()), "bytes")
    real(folders)


if __name__ == "__main__":
    main()
