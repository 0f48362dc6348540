"""Trains one configuration for `jobs` with Unsloth: python3 train.py REQUEST.json (pip install unsloth).

Needs a GPU. Written for Unsloth 2026.10.9 with TRL 1.16.0: from_pretrained and get_peft_model of FastLanguageModel; max_steps, eval_steps,
save_steps and train_sampling_strategy of SFTConfig. Mixture weights are exact. Adapt the constants.
"""
from unsloth import FastLanguageModel  # before transformers and trl, which it changes
{common}
{hugging_face}
from datasets import Dataset
from trl import SFTConfig, SFTTrainer

MODEL, FOUR_BIT = os.environ.get("MODEL", {model}), False
BATCH, PER_DEVICE, LENGTH, WARMUP = 16, 8, 512, 0.04  # examples per step, and per device at once; tokens; share of full_steps

{sft}
arguments.update(use_cpu=False, packing=False, padding_free=False)
model, tokenizer = FastLanguageModel.from_pretrained(model_name=MODEL, max_seq_length=LENGTH, load_in_4bit=FOUR_BIT, random_state=job["seed"])
model = FastLanguageModel.get_peft_model(model, **lora, random_state=job["seed"])
trainer = SFTTrainer(
    model, SFTConfig(**{**arguments, **others}), processing_class=tokenizer, callbacks=[Report()],
    train_dataset=Dataset.from_list(examples), eval_dataset=Dataset.from_list(held_out))
trainer.train(resume_from_checkpoint=last)
