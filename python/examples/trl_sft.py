"""A study with TRL's SFTTrainer: python trl_sft.py. The loss is on the completions. Data: data/NAME.jsonl with prompt and completion."""
import os

import jobs
import jobs.hf
import torch
from datasets import Dataset, load_dataset
from transformers import AutoModelForCausalLM, AutoTokenizer
from trl import SFTConfig, SFTTrainer

MODEL, FULL, EVERY, BATCH = os.environ.get("MODEL", "Qwen/Qwen3-0.6B"), int(os.environ.get("FULL", 500)), int(os.environ.get("EVERY", 20)), 8
tokenizer = AutoTokenizer.from_pretrained(MODEL)
data = {n: load_dataset("json", data_files=f"data/{n}.jsonl", split="train") for n in ("maths", "code", "eval")}
held_out = data.pop("eval")
space = {"mixture": jobs.simplex(*data), "lora_rank": jobs.integer(1, 64, log=True), "lora_alpha": 32,
         "lora_q_proj": jobs.boolean(), "lora_v_proj": jobs.boolean(), "rate": jobs.real(1e-5, 1e-3, log=True)}  # fmt: skip

with jobs.Study(space, total_steps=10 * FULL, full_steps=FULL, eval_every=EVERY) as study:
    for trial in study:
        mixed = Dataset.from_list(list(jobs.hf.datasets_mixture(data, trial["mixture"], examples=BATCH * FULL, seed=trial.seed)))
        arguments = SFTConfig(**jobs.hf.training_arguments(trial), eval_strategy="steps", eval_steps=EVERY, learning_rate=trial["rate"],
                              per_device_train_batch_size=BATCH, bf16=torch.cuda.is_available(), report_to="none")  # fmt: skip
        trainer = SFTTrainer(
            AutoModelForCausalLM.from_pretrained(MODEL), arguments, train_dataset=mixed, eval_dataset=held_out,
            processing_class=tokenizer, peft_config=jobs.hf.lora_config(trial, task_type="CAUSAL_LM"),
            callbacks=[jobs.hf.TrialCallback(trial)])  # fmt: skip
        trainer.train(resume_from_checkpoint=jobs.hf.last_checkpoint(trial))
    print(study.best)
