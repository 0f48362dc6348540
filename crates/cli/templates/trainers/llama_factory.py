"""Trains one configuration for `jobs` with LLaMA-Factory: python3 train.py REQUEST.json (pip install llamafactory). Its settings are in
llama_factory.yaml.

Checked with the argument parser of LLaMA-Factory 0.9.5: max_steps, eval_steps, save_steps, resume_from_checkpoint, eval_dataset,
disable_shuffling, lora_target. It cannot choose layers. Mixture weights are exact: the examples are mixed here and read in their order.
"""
{common}
{yaml}
PROGRAM = "LLaMA-Factory"
FORMATS = {  # of the columns
    ("messages",): {
        "formatting": "sharegpt", "columns": {"messages": "messages"},
        "tags": {"role_tag": "role", "content_tag": "content", "user_tag": "user", "assistant_tag": "assistant", "system_tag": "system"},
    },
    ("prompt", "completion"): {"formatting": "alpaca", "columns": {"prompt": "prompt", "response": "completion"}},
}

def configuration(last):
    if layers is not None:
        sys.exit("LLaMA-Factory cannot choose layers; remove lora_layers and lora_front_layers from the study file")
    base = yaml.safe_load(open("llama_factory.yaml", encoding="utf-8"))
    batch = base.get("per_device_train_batch_size", 8) * base.get("gradient_accumulation_steps", 1) * processes
    columns, train, held_out = files(batch * job["full_steps"])
    if columns not in FORMATS:
        sys.exit(f"{DATA}/eval.jsonl has text, but LLaMA-Factory fine-tunes on messages, or on prompt and completion")
    folder = os.path.dirname(train)
    with open(f"{folder}/dataset_info.json.{os.getpid()}", "w", encoding="utf-8") as file:
        json.dump({name: {"file_name": f"{name}.jsonl", **FORMATS[columns]} for name in ("train", "eval")}, file)
    os.replace(file.name, f"{folder}/dataset_info.json")
    return settings("llama_factory.yaml", {
        "stage": "sft", "do_train": True, "finetuning_type": "lora", "dataset_dir": folder, "dataset": "train", "eval_dataset": "eval",
        "disable_shuffling": True, "packing": False, "streaming": False,
        "output_dir": job["checkpoint"], "max_steps": job["full_steps"], "seed": job["seed"], "report_to": "none",
        "eval_strategy": "steps", "eval_steps": EVERY, "save_strategy": "steps", "save_steps": EVERY, "save_total_limit": 1,
        "resume_from_checkpoint": last, "overwrite_output_dir": last is None,
        "lora_rank": whole("lora_rank", 16), "lora_alpha": whole("lora_alpha", 32), "lora_dropout": float(x.get("lora_dropout", 0)),
        "lora_target": ",".join(modules), **others,
    })

{hugging_face}
if __name__ == "__main__":
    from llamafactory.train.tuner import run_exp

    run_exp({key: value for key, value in configuration(last).items() if value is not None}, callbacks=[Report()])
