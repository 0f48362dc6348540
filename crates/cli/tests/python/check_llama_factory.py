"""Checks what train.py for LLaMA-Factory passes on with LLaMA-Factory's own parser: python3 check_llama_factory.py REQUEST.json."""
import os

os.environ["DISABLE_VERSION_CHECK"] = "1"  # of transformers, which the parser does not depend on
import shares
from llamafactory.hparams.parser import _parse_train_args

train = shares.imported()
ours = {key: value for key, value in train.configuration(None).items() if value is not None}
_, data, training, finetuning, _ = _parse_train_args({**ours, "bf16": False, "use_cpu": True})
assert (training.max_steps, training.eval_steps, training.save_steps) == (20, train.EVERY, train.EVERY)
assert (data.dataset, data.eval_dataset) == (["train"], ["eval"]) and finetuning.disable_shuffling
assert finetuning.lora_target == train.modules and finetuning.lora_rank == train.x["lora_rank"]
shares.check(train, 16 * 20)
