"""Times LoRA training steps, interleaved with PyTorch + PEFT.

usage: scripts/bench-peers trainer [--device cuda] [OPTION ...]      options: --help
"""

import argparse
import csv
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import manifest

OURS = "target/debug/trainer"
MODULES = ["q_proj", "v_proj", "gate_proj", "up_proj", "down_proj"]


def ten_million(folder):
    """A random Llama of ten million parameters, as a Hugging Face folder with an unused tokenizer."""
    if not (folder / "config.json").exists():
        import torch
        from transformers import LlamaConfig, LlamaForCausalLM

        torch.manual_seed(0)
        config = LlamaConfig(vocab_size=4096, hidden_size=320, intermediate_size=864, num_hidden_layers=7, num_attention_heads=8,
                             num_key_value_heads=4, max_position_embeddings=1024, tie_word_embeddings=True)
        LlamaForCausalLM(config).save_pretrained(folder)
    words = {"<unk>": 0}
    tokenizer = {"version": "1.0", "truncation": None, "padding": None, "added_tokens": [], "normalizer": None, "pre_tokenizer": None,
                 "post_processor": None, "decoder": None, "model": {"type": "WordLevel", "vocab": words, "unk_token": "<unk>"}}
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer))
    return folder


def torch_worker(options):
    """One measurement with PyTorch and PEFT; prints the same members as `trainer bench`."""
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    dtype = torch.bfloat16 if options.bf16 else torch.float32
    model = AutoModelForCausalLM.from_pretrained(options.model, dtype=dtype, attn_implementation="sdpa")
    vocabulary = model.config.vocab_size
    model = get_peft_model(model, LoraConfig(r=8, lora_alpha=16, target_modules=MODULES, task_type="CAUSAL_LM"))
    model = model.to(options.device).train()
    parameters = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(parameters, lr=1e-4)
    ids = torch.randint(0, vocabulary, (options.rows, options.tokens), device=options.device)
    seconds = []
    for step in range(options.steps + 2):
        start = time.perf_counter()
        with torch.autocast(options.device, dtype=torch.bfloat16, enabled=options.bf16):
            loss = model(ids, labels=ids).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        optimizer.zero_grad()
        if options.device != "cpu":
            torch.cuda.synchronize()
        if step >= 2:
            seconds.append(time.perf_counter() - start)
    print(json.dumps({"seconds_per_step": statistics.median(seconds), "fastest": min(seconds)}))


def gpu_megabytes():
    """Memory in use on the first GPU, by all processes."""
    command = ["nvidia-smi", "--id=0", "--query-gpu=memory.used", "--format=csv,noheader,nounits"]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def resident_megabytes(pid):
    """Peak resident memory of a process. Its `ru_maxrss` would start at that of this process, which has loaded PyTorch."""
    try:
        status = pathlib.Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0
    # missing while the process exits
    return next((float(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM:")), 0.0)


def measure(command, threads, device):
    """The output of a worker, and its peak memory in MB: its resident memory on the CPU, its addition to the memory in use on a GPU."""
    environment = {**os.environ, "OMP_NUM_THREADS": str(threads), "MKL_NUM_THREADS": str(threads), "RAYON_NUM_THREADS": str(threads)}
    before = gpu_megabytes() if device != "cpu" else 0.0
    peak = before
    with tempfile.TemporaryFile("w+") as output:
        worker = subprocess.Popen(command, stdout=output, env=environment)
        while worker.poll() is None:
            peak = max(peak, gpu_megabytes() if device != "cpu" else resident_megabytes(worker.pid))
            time.sleep(0.1)
        if worker.returncode:
            sys.exit(f"bench-peers: {' '.join(map(str, command))} failed (status {worker.returncode})")
        output.seek(0)
        found = json.loads(output.read().strip().splitlines()[-1])
    found["peak_mb"] = peak - before
    return found


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench-peers trainer", description=__doc__.splitlines()[0])
    parser.add_argument("--work", type=pathlib.Path, help="work folder (given by bench-peers)")
    parser.add_argument("--out", type=pathlib.Path, help="folder of the results")
    parser.add_argument("--model", help="one Hugging Face folder instead of stories260K and a random model of 10M parameters")
    parser.add_argument("--device", default="cpu", help="cpu or cuda")
    parser.add_argument("--bf16", action="store_true")
    parser.add_argument("--rows", type=int, default=8)
    parser.add_argument("--tokens", type=int, default=128)
    parser.add_argument("--steps", type=int, default=8, help="timed steps per turn")
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--torch-worker", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.torch_worker:
        return torch_worker(options)
    models = [options.model] if options.model else []
    if not models:
        stories = pathlib.Path("../shared/models/stories260K-hf")
        if stories.exists():
            models.append(str(stories))
        else:
            print("SKIPPED: ../shared/models/stories260K-hf does not exist")
        models.append(str(ten_million(options.work / "llama-10m")))
    settings = {"part": "trainer", "seeds": [0], **{k: str(v) for k, v in vars(options).items() if k not in ("work", "out", "torch_worker")}}
    record = manifest.start(settings)
    settings["versions"] = manifest.versions(["torch", "transformers", "peft"])
    rows = []
    for model in models:
        shape = ["--model", model, "--device", options.device, "--rows", str(options.rows), "--tokens", str(options.tokens),
                 "--steps", str(options.steps), "--threads", str(options.threads), *(["--bf16"] if options.bf16 else [])]
        ours, theirs = [], []
        for _ in range(options.turns):
            ours.append(measure([OURS, "bench", *shape], options.threads, options.device))
            theirs.append(measure([sys.executable, __file__, "--torch-worker", *shape], options.threads, options.device))
        median = lambda found: statistics.median(f["seconds_per_step"] for f in found)
        fastest = lambda found: min(f["fastest"] for f in found)
        # empty without /proc
        peak = lambda found: round(max(f["peak_mb"] for f in found)) or ""
        tokens = options.rows * options.tokens
        rows.append({
            "model": pathlib.Path(model).name, "rows": options.rows, "tokens": options.tokens, "threads": options.threads,
            "ours_seconds": round(median(ours), 5), "torch_seconds": round(median(theirs), 5),
            "ours_tokens_per_second": round(tokens / median(ours)), "torch_tokens_per_second": round(tokens / median(theirs)),
            "speed_of_torch": round(median(theirs) / median(ours), 3), "speed_of_torch_fastest_steps": round(fastest(theirs) / fastest(ours), 3),
            "ours_peak_mb": peak(ours), "torch_peak_mb": peak(theirs),
        })
        print(rows[-1])
    options.out.mkdir(parents=True, exist_ok=True)
    with open(options.out / "throughput.csv", "w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    record.write(options.out, ["throughput.csv"])


if __name__ == "__main__":
    main()
