"""Trains one configuration for `jobs`: python3 train.py REQUEST.json (pip install torch "transformers>=4.56" peft).

Adapt the constants. Several processes (torchrun) share a batch; one of them reports. The adapter that is scored is in CHECKPOINT/adapter.
"""
import json, os, random, signal, sys
import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, AutoTokenizer, PrinterCallback, Trainer, TrainerCallback, TrainingArguments, set_seed
from transformers.trainer_utils import get_last_checkpoint

MODEL, DATA, EVERY = os.environ.get("MODEL", {model}), os.environ.get("DATA", "data"), {every}
BATCH, PER_DEVICE, LENGTH, WARMUP = 16, 8, 512, 0.04  # examples per step, and per device at once; tokens; share of full_steps
BETTER = min  # max for direction = "maximise"; None for target = "last"
MODULES = {modules}  # dimension: module of the model

job = json.load(open(sys.argv[-1], encoding="utf-8"))
x, metric, stop, zero = job["configuration"], job["metric"], [], os.environ.get("RANK", "0") == "0"
signal.signal(signal.SIGTERM, lambda *_: stop.append(True))

def spans(row):  # the text of an example, the parts of it that carry a loss, and whether it ends with the end-of-sequence token
    if "messages" in row:
        chat = lambda upto, **more: tokenizer.apply_chat_template(row["messages"][:upto], tokenize=False, **more)
        answers = [i for i, m in enumerate(row["messages"]) if m["role"] == "assistant"]
        return chat(None), [(len(chat(i, add_generation_prompt=True)), len(chat(i + 1))) for i in answers], False
    prompt = row.get("prompt", "")
    text = prompt + row["completion"] if "completion" in row else row["text"]
    return text, [(len(prompt) if "completion" in row else 0, len(text))], True

def read(name):  # data/NAME.jsonl: {"text": ...}, {"prompt": ..., "completion": ...} or {"messages": [...]} per line
    path, examples = f"{DATA}/{name}.jsonl", []
    for number, line in enumerate(open(path, encoding="utf-8"), 1):
        try:
            text, parts, ends = spans(json.loads(line))
        except (KeyError, TypeError, AttributeError, ValueError) as e:
            sys.exit(f"{path}:{number}: {e!r}; expected text, prompt and completion, or messages")
        tokens = tokenizer(text, add_special_tokens=ends, return_offsets_mapping=True)
        ids, offsets = list(tokens["input_ids"]), tokens["offset_mapping"]
        labels = [t if any(a < stop_ and b > start for start, stop_ in parts) else -100 for t, (a, b) in zip(ids, offsets)]
        if ends and ids[-1:] != [tokenizer.eos_token_id]:
            ids, labels = ids + [tokenizer.eos_token_id], labels + [tokenizer.eos_token_id]
        if any(label != -100 for label in labels[1:LENGTH]):
            examples.append({"input_ids": ids[:LENGTH], "labels": labels[:LENGTH]})
    return examples or sys.exit(f"{path}: no example has a token to learn within {LENGTH} tokens")

def collate(examples):  # padding carries no loss, whatever token it is
    longest = max(len(e["input_ids"]) for e in examples)
    pad = lambda key, value: torch.tensor([e[key] + [value] * (longest - len(e[key])) for e in examples])
    mask = torch.tensor([[i < len(e["input_ids"]) for i in range(longest)] for e in examples]).long()
    return {"input_ids": pad("input_ids", tokenizer.eos_token_id or 0), "labels": pad("labels", -100), "attention_mask": mask}

class Tuner(Trainer):
    def evaluate(self, *_, **__):  # the mean loss per token of all examples, whatever the batches and the number of processes
        self.model.eval()
        mine, sums = self.eval_dataset[self.args.process_index::processes], torch.zeros(2, device=self.args.device)
        for i in range(0, len(mine), per_device):
            batch = {key: value.to(self.args.device) for key, value in collate(mine[i:i + per_device]).items()}
            with torch.no_grad(), self.compute_loss_context_manager():
                tokens = (batch["labels"][:, 1:] != -100).sum()
                sums += torch.stack([self.model(**batch).loss.float() * tokens, tokens])
        if processes > 1:
            torch.distributed.all_reduce(sums)
        self.model.train()
        metrics = {"eval_loss": (sums[0] / sums[1]).item()}
        self.control = self.callback_handler.on_evaluate(self.args, self.state, self.control, metrics)
        return metrics

class Report(TrainerCallback):
    def on_evaluate(self, args, state, control, metrics, model, **_):
        if not (zero and state.is_world_process_zero):
            return
        if metric not in metrics:
            sys.exit(f"the metric {metric} is not among {', '.join(metrics)}")
        self.keep(model, metrics[metric])
        print(json.dumps({"step": state.global_step, **metrics}), flush=True)  # every metric is recorded
    def keep(self, model, score):  # the adapter that is scored: the best evaluation's
        folder = os.path.join(job["checkpoint"], "adapter")
        file = os.path.join(folder, "score.json")
        best = json.load(open(file))["score"] if os.path.exists(file) else None
        if best is None or BETTER is None or score != best and BETTER(score, best) == score:
            model.save_pretrained(folder)
            json.dump({"score": score}, open(file, "w"))
    def on_step_end(self, args, state, control, **_):
        ending = torch.tensor(float(bool(stop)), device=args.device)
        if torch.distributed.is_initialized():  # a signal may reach one process only
            torch.distributed.all_reduce(ending, torch.distributed.ReduceOp.MAX)
        if ending or state.global_step >= job["to"]:  # save a checkpoint and stop
            control.should_evaluate, control.should_save, control.should_training_stop = state.global_step >= job["to"], True, True

last = get_last_checkpoint(job["checkpoint"]) if job["resume"] else None
if last and int(last.rsplit("-", 1)[1]) >= job["to"]:
    sys.exit(print(json.dumps({"step": job["to"]}), flush=True) if zero else None)
tokenizer = AutoTokenizer.from_pretrained(MODEL)
bf16 = torch.cuda.is_available() and torch.cuda.is_bf16_supported()
model = AutoModelForCausalLM.from_pretrained(MODEL, dtype=torch.bfloat16 if bf16 else torch.float32)
layers = model.config.get_text_config().num_hidden_layers
n = int(x.get("lora_layers", layers))
set_seed(job["seed"])  # before the adapter is made: the same request gives the same loss
model = get_peft_model(model, LoraConfig(
    task_type="CAUSAL_LM", r=int(x.get("lora_rank", 16)), lora_alpha=float(x.get("lora_alpha", 32)), lora_dropout=float(x.get("lora_dropout", 0)),
    target_modules=[module for key, module in MODULES.items() if x.get(key, True)],
    layers_to_transform=list(range(n) if x.get("lora_front_layers", False) else range(layers - n, layers))))
draw, parts = random.Random(job["seed"]), {name: read(name) for name in x["mixture"]}
names = draw.choices(list(parts), weights=list(x["mixture"].values()), k=BATCH * job["full_steps"])
processes = int(os.environ.get("WORLD_SIZE", 1))
per_device = min(PER_DEVICE, max(1, BATCH // processes))
accumulation, rest = divmod(BATCH, per_device * processes)
if rest or not accumulation:
    sys.exit(f"BATCH is {BATCH}, expected a multiple of {per_device} examples on each of {processes} processes")
trainer = Tuner(model=model, data_collator=collate, callbacks=[Report()], eval_dataset=read("eval"),
    train_dataset=[draw.choice(parts[name]) for name in names], args=TrainingArguments(
    output_dir=job["checkpoint"], max_steps=job["full_steps"], per_device_train_batch_size=per_device, gradient_accumulation_steps=accumulation,
    per_device_eval_batch_size=per_device, learning_rate=float(x.get("learning_rate", 2e-4)), warmup_steps=round(WARMUP * job["full_steps"]),
    bf16=bf16, use_cpu=not (torch.cuda.is_available() or torch.backends.mps.is_available()), eval_strategy="steps", eval_steps=EVERY, save_strategy="steps", save_steps=EVERY, save_total_limit=1, logging_strategy="no",
    report_to="none", seed=job["seed"], remove_unused_columns=False, disable_tqdm=True))
trainer.remove_callback(PrinterCallback)
if trainer.args.world_size != processes:
    sys.exit(f"{processes} processes were started, and {trainer.args.world_size} train together")
trainer.train(resume_from_checkpoint=last)
