"""A study with transformers and PEFT: python transformers_peft.py. Data: data/NAME.jsonl with lines of text."""
import json
import os

import jobs
import jobs.hf
from peft import get_peft_model
from transformers import AutoModelForCausalLM, AutoTokenizer, DataCollatorForLanguageModeling, Trainer, TrainingArguments

MODEL, FULL, EVERY, BATCH = os.environ.get("MODEL", "Qwen/Qwen3-0.6B"), int(os.environ.get("FULL", 500)), int(os.environ.get("EVERY", 20)), 8
tokenizer = AutoTokenizer.from_pretrained(MODEL)
tokenizer.pad_token = tokenizer.pad_token or tokenizer.eos_token


def read(name):
    with open(f"data/{name}.jsonl", encoding="utf-8") as lines:
        return [tokenizer(json.loads(line)["text"], truncation=True, max_length=512) for line in lines]


def train(trial):
    model = get_peft_model(AutoModelForCausalLM.from_pretrained(MODEL), jobs.hf.lora_config(trial, task_type="CAUSAL_LM"))
    arguments = TrainingArguments(**jobs.hf.training_arguments(trial), eval_strategy="steps", eval_steps=EVERY,
                                  per_device_train_batch_size=BATCH, learning_rate=trial["rate"], report_to="none")  # fmt: skip
    trainer = Trainer(
        model, arguments, eval_dataset=held_out, callbacks=[jobs.hf.TrialCallback(trial)],
        train_dataset=jobs.hf.datasets_mixture(domains, trial["mixture"], examples=BATCH * FULL, seed=trial.seed),
        data_collator=DataCollatorForLanguageModeling(tokenizer, mlm=False))  # fmt: skip
    trainer.train(resume_from_checkpoint=jobs.hf.last_checkpoint(trial))


domains, held_out = {name: read(name) for name in ("maths", "code")}, read("eval")
space = {"mixture": jobs.simplex(*domains), "lora_rank": jobs.integer(1, 64, log=True), "lora_alpha": 32,
         "lora_q_proj": jobs.boolean(), "lora_v_proj": jobs.boolean(), "rate": jobs.real(1e-5, 1e-3, log=True)}  # fmt: skip
with jobs.Study(space, total_steps=10 * FULL, full_steps=FULL, eval_every=EVERY) as study:
    for trial in study:
        train(trial)
    print(study.best)
