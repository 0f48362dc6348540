"""Trains one configuration for `jobs`: python3 train.py REQUEST.json (pip install torch transformers peft). Adapt MODEL, DATA and BATCH."""
import json, os, random, signal, sys
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, AutoTokenizer, DataCollatorForLanguageModeling, Trainer, TrainerCallback, TrainingArguments
from transformers.trainer_utils import get_last_checkpoint

MODEL, DATA, BATCH, EVERY = os.environ.get("MODEL", {model}), os.environ.get("DATA", "data"), 16, {every}
MODULES = {modules}  # dimension: module of the model
job = json.load(open(sys.argv[-1]))
x, stop = job["configuration"], []
signal.signal(signal.SIGTERM, lambda *_: stop.append(True))

def read(name):  # data/NAME.jsonl: one {"text": ...} per line
    lines = open(f"{DATA}/{name}.jsonl", encoding="utf-8")
    return [tokenizer(json.loads(line)["text"], truncation=True, max_length=512) for line in lines]

class Report(TrainerCallback):
    def on_evaluate(self, args, state, control, metrics, **_):
        print(json.dumps({"step": state.global_step, job["metric"]: metrics[job["metric"]]}), flush=True)
    def on_step_end(self, args, state, control, **_):
        if stop or state.global_step >= job["to"]:  # save a checkpoint and stop
            control.should_evaluate, control.should_save, control.should_training_stop = not stop, True, True

last = get_last_checkpoint(job["checkpoint"]) if job["resume"] else None
if last and int(last.rsplit("-", 1)[1]) >= job["to"]:
    sys.exit(print(json.dumps({"step": job["to"]}), flush=True))
tokenizer = AutoTokenizer.from_pretrained(MODEL)
tokenizer.pad_token = tokenizer.pad_token or tokenizer.eos_token
model = AutoModelForCausalLM.from_pretrained(MODEL)
layers, n = model.config.num_hidden_layers, x["lora_layers"]
model = get_peft_model(model, LoraConfig(
    task_type="CAUSAL_LM", r=x["lora_rank"], lora_alpha=x["lora_alpha"], lora_dropout=x["lora_dropout"],
    target_modules=[module for key, module in MODULES.items() if x[key]],
    layers_to_transform=list(range(n) if x["lora_front_layers"] else range(layers - n, layers))))
draw, parts = random.Random(job["seed"]), {name: read(name) for name in x["mixture"]}
names = draw.choices(list(parts), weights=list(x["mixture"].values()), k=BATCH * job["full_steps"])
arguments = TrainingArguments(
    output_dir=job["checkpoint"], max_steps=job["full_steps"], per_device_train_batch_size=BATCH, learning_rate=2e-4, warmup_steps=20,
    eval_strategy="steps", eval_steps=EVERY, save_strategy="steps", save_steps=EVERY, save_total_limit=1, report_to=[], seed=job["seed"] % 2**31, disable_tqdm=True)
Trainer(model=model, args=arguments, train_dataset=[draw.choice(parts[name]) for name in names], eval_dataset=read("eval"),
        data_collator=DataCollatorForLanguageModeling(tokenizer, mlm=False), callbacks=[Report()]).train(resume_from_checkpoint=last)
