"""Trains one configuration for `jobs` with TRL's SFTTrainer: python3 train.py REQUEST.json (pip install trl peft).

Checked with TRL 1.16.0, transformers 5.24.0 and PEFT 0.21.2: max_steps, eval_steps, save_steps, train_sampling_strategy and
assistant_only_loss of SFTConfig, resume_from_checkpoint of train(). Mixture weights are exact. Adapt the constants.
"""
{common}
{hugging_face}
from datasets import Dataset
from peft import LoraConfig
from transformers import AutoModelForCausalLM, AutoTokenizer, set_seed
from trl import SFTConfig, SFTTrainer

MODEL = os.environ.get("MODEL", {model})
BATCH, PER_DEVICE, LENGTH, WARMUP = 16, 8, 512, 0.04  # examples per step, and per device at once; tokens; share of full_steps

{sft}
set_seed(job["seed"])
trainer = SFTTrainer(
    AutoModelForCausalLM.from_pretrained(MODEL, dtype=torch.bfloat16 if bf16 else torch.float32),
    SFTConfig(**{**arguments, **others}), processing_class=AutoTokenizer.from_pretrained(MODEL), callbacks=[Report()],
    peft_config=LoraConfig(task_type="CAUSAL_LM", **lora),
    train_dataset=Dataset.from_list(examples), eval_dataset=Dataset.from_list(held_out))
trainer.train(resume_from_checkpoint=last)
