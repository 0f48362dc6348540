"""Writes training.json beside the golden models of the families: losses, norms and final logits of 20 steps of LoRA with PEFT.

usage: python scripts/golden_training.py [KIND...]      [default: the families whose training is compared]

Needs torch, transformers and peft, and the folders that scripts/golden_llm.py writes. All projections of all layers have an adapter of rank 2,
whose value number k (from 1 on) of tensor number n (from 0 on) starts as 0.1 sin(0.7 k + n). The trainer repeats the run in
crates/trainer/tests/llm/torch.rs.
"""

import json
import sys

import peft
import torch
from golden_llm import FOLDER, fine_tune, numbers
from transformers import AutoModelForCausalLM

KINDS = ["mistral", "biases", "smollm3", "granite", "olmo2", "gemma2", "gemma3", "phi3"]
ORDER = ["q_proj", "qkv_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "gate_up_proj", "up_proj", "down_proj"]
SOURCE = f"torch {torch.__version__}, peft {peft.__version__}, scripts/golden_training.py"


def place(name):
    """Layer, module and factor: the order of tensors in our adapters."""
    parts = name.split(".")
    return int(parts[parts.index("layers") + 1]), next(ORDER.index(p) for p in parts if p in ORDER), "lora_B" in name


def run(kind):
    torch.manual_seed(0)
    base = AutoModelForCausalLM.from_pretrained(FOLDER / kind, attn_implementation="eager", dtype=torch.float32)
    # the parameters of the same name in lm_head have none
    model = peft.get_peft_model(base, peft.LoraConfig(r=2, lora_alpha=4, target_modules="all-linear", task_type="CAUSAL_LM"))
    factors = sorted((n for n, p in model.named_parameters() if p.requires_grad), key=place)
    parameters = dict(model.named_parameters())
    with torch.no_grad():
        for n, name in enumerate(factors):
            p = parameters[name]
            k = torch.arange(1, p.numel() + 1, dtype=torch.float64)
            p.copy_((0.1 * torch.sin(0.7 * k + n)).float().view_as(p))
    golden = dict(source=SOURCE, rank=2, alpha=4, **fine_tune(model, steps=20, rate=0.005))
    ids = json.loads((FOLDER / kind / "golden.json").read_text())["tokens"]
    with torch.no_grad():
        golden["trained"] = numbers(model.eval()(torch.tensor(ids)).logits[:, -2:])
    (FOLDER / kind / "training.json").write_text(json.dumps(golden) + "\n")
    print(kind, len(factors), "factors, losses", golden["losses"][0], "to", golden["losses"][-1])


if __name__ == "__main__":
    for kind in sys.argv[1:] or KINDS:
        run(kind)
