"""What transformers and PEFT compute, or why they refuse."""

import contextlib

import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM


class Refused(Exception):
    """The reference has no logits of its own choosing for these files."""


PRECISION = [torch.float32]


@contextlib.contextmanager
def exactly():
    """Computes in float64 within this context."""
    PRECISION.append(torch.float64)
    yield
    PRECISION.pop()


def load(folder):
    """The base in float32. Weights that would be made up are a refusal."""
    model, report = AutoModelForCausalLM.from_pretrained(
        folder, attn_implementation="eager", dtype=torch.float32, output_loading_info=True, local_files_only=True
    )
    missing = sorted(report["missing_keys"]) + sorted(str(m) for m in report["mismatched_keys"])
    if missing:
        raise Refused(f"missing weights, initialised: {missing[0]} ({len(missing)} in all)")
    return model.to(PRECISION[-1]).eval()


def logits(folder, adapter, tokens, seed=0):
    """Logits after each token, [T, V]. Raises Refused, or whatever the libraries raise."""
    torch.manual_seed(seed)
    model = load(folder)
    if adapter is not None:
        model = PeftModel.from_pretrained(model, adapter).eval()
    with torch.no_grad():
        out = model(input_ids=torch.tensor([tokens]), use_cache=False)
    values = (out[0] if isinstance(out, tuple) else out.logits)[0].float()
    if not values.isfinite().all():
        raise Refused("logits that are not finite")
    return values
