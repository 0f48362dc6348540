"""Trains one configuration for `jobs` with Axolotl: python3 train.py REQUEST.json (pip install axolotl). Its settings are in axolotl.yaml.

Checked with the schema of Axolotl 0.19.0: max_steps, eval_steps, save_steps, resume_from_checkpoint, test_datasets, curriculum_sampling,
peft_layers_to_transform, plugins. Mixture weights are exact: the examples are mixed here and Axolotl reads them in their order.
"""
{common}
{yaml}
PROGRAM = "Axolotl"
TYPES = {  # of the columns
    ("messages",): {"type": "chat_template", "field_messages": "messages"},
    ("prompt", "completion"): {"type": {"field_instruction": "prompt", "field_output": "completion", "format": "{instruction}", "no_input_format": "{instruction}"}},
    ("text",): {"type": "completion", "field": "text"},
}

def configuration(last):
    from axolotl.utils.schemas.config import AxolotlInputConfig

    unknown = sorted(set(others) - set(AxolotlInputConfig.model_fields))
    if unknown:
        sys.exit(f"{', '.join(unknown)}: not known to Axolotl; name dimensions of the study file as in its settings")
    base = yaml.safe_load(open("axolotl.yaml", encoding="utf-8"))
    batch = base.get("micro_batch_size", 1) * base.get("gradient_accumulation_steps", 1) * processes
    columns, train, held_out = files(batch * job["full_steps"])
    data = lambda path: [{"path": path, "ds_type": "json", "split": "train", **TYPES[columns]}]
    return settings("axolotl.yaml", {
        "datasets": data(train), "test_datasets": data(held_out), "val_set_size": 0, "train_on_inputs": False,
        "shuffle_merged_datasets": False, "curriculum_sampling": True, "sample_packing": False, "excess_length_strategy": "truncate",
        "dataset_prepared_path": os.path.join(os.path.dirname(job["checkpoint"]), "prepared"),
        "output_dir": job["checkpoint"], "max_steps": job["full_steps"], "num_epochs": 1, "seed": job["seed"],
        "eval_steps": EVERY, "save_steps": EVERY, "save_total_limit": 1, "resume_from_checkpoint": last, "plugins": ["train.Plugin"],
        "adapter": "lora", "lora_r": whole("lora_rank", 16), "lora_alpha": whole("lora_alpha", 32),
        "lora_dropout": float(x.get("lora_dropout", 0)), "lora_target_modules": modules, "peft_layers_to_transform": layers, **others,
    })

try:
    from axolotl.integrations.base import BasePlugin
except ImportError:
    sys.exit("Axolotl is not installed: pip install axolotl")

class Plugin(BasePlugin):
    def add_callbacks_post_trainer(self, cfg, trainer):
        return [Report()]

{hugging_face}
if __name__ == "__main__":
    from axolotl.cli.train import do_cli

    path = os.path.join(os.path.dirname(job["checkpoint"]), "axolotl.yaml")
    with open(f"{path}.{os.getpid()}", "w", encoding="utf-8") as file:
        yaml.safe_dump(configuration(last), file)
    os.replace(file.name, path)
    do_cli(config=path)
