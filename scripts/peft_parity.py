"""Trains an adapter with our trainer, loads it into PEFT, and compares the logits.

usage: python scripts/peft_parity.py [MODEL] [--steps N]      MODEL: a Hugging Face folder [default: the built-in model]

Needs torch, transformers and peft, and `cargo build --workspace --bin trainer`; run it in the root of the repository. The exit status
is 1 if the logits differ.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM

TRAINER = "target/debug/trainer"
TOLERANCE = 2e-5  # of the largest logit; both compute in f32
SETTINGS = """
evaluate_every = 1000
batch = 4
micro_batch = 2
sequence = 64
validation_examples = 2
train_examples = 40
learning_rate = 0.01
[lora]
rank = 4
alpha = 8.0
dropout = 0.1
[[domain]]
name = "reverse"
[[domain]]
name = "sort"
"""


def ours(*words):
    """Standard output of our program."""
    done = subprocess.run([TRAINER, *map(str, words)], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"peft_parity: trainer {words[0]} failed: {done.stderr.strip()}")
    return done.stdout


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", nargs="?", help="a Hugging Face folder [default: the built-in model]")
    parser.add_argument("--steps", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        work = pathlib.Path(work)
        model = options.model
        if model is None:
            model = str(work / "model")
            ours("merge", "--model", "built-in", "--out", model)
        (work / "settings.toml").write_text(SETTINGS)
        ours("train", "--settings", work / "settings.toml", "--model", model, "--steps", options.steps, "--threads", 1, "--out", work / "run")
        base = AutoModelForCausalLM.from_pretrained(model, dtype=torch.float32).eval()
        torch.manual_seed(0)
        tokens = torch.randint(3, base.config.vocab_size, (1, 24))
        with torch.no_grad():
            plain = base(tokens).logits[0]
            adapted = PeftModel.from_pretrained(base, work / "run/adapter").eval()(tokens).logits[0]
        words = ["logits", "--model", model, "--tokens", ",".join(map(str, tokens[0].tolist()))]
        found = torch.tensor(json.loads(ours(*words, "--adapter", work / "run/adapter")))
    size = adapted.abs().max().item()
    moved = (adapted - plain).abs().max().item() / size
    difference = (adapted - found).abs().max().item() / size
    print(f"{model}: largest logit {size:.2f}; the adapter changes logits by {moved:.1e} of it, PEFT and our trainer differ by {difference:.1e}")
    if moved < 100 * TOLERANCE:
        sys.exit("peft_parity: the adapter has almost no effect; use more --steps")
    if difference > TOLERANCE:
        sys.exit(f"peft_parity: logits differ by more than {TOLERANCE} of the largest")


if __name__ == "__main__":
    main()
