per_device = min(PER_DEVICE, max(1, BATCH // processes))
accumulation, rest = divmod(BATCH, per_device * processes)
if rest or not accumulation:
    sys.exit(f"BATCH is {BATCH}, expected a multiple of {per_device} examples on each of {processes} processes")
columns, examples, held_out = mixed(BATCH * job["full_steps"])
bf16 = torch.cuda.is_available() and torch.cuda.is_bf16_supported()
arguments = {
    "output_dir": job["checkpoint"], "max_steps": job["full_steps"], "seed": job["seed"], "report_to": "none", "disable_tqdm": True,
    "per_device_train_batch_size": per_device, "per_device_eval_batch_size": per_device, "gradient_accumulation_steps": accumulation,
    "warmup_steps": round(WARMUP * job["full_steps"]), "learning_rate": 2e-4, "max_length": LENGTH, "bf16": bf16,
    "use_cpu": not (torch.cuda.is_available() or torch.backends.mps.is_available()),
    "eval_strategy": "steps", "eval_steps": EVERY, "save_strategy": "steps", "save_steps": EVERY, "save_total_limit": 1,
    "assistant_only_loss": columns == ("messages",),  # the loss is on the completion, or on what the assistant says
    "train_sampling_strategy": "sequential",  # the examples are mixed in their order
}
lora = {
    "r": int(x.get("lora_rank", 16)), "lora_alpha": float(x.get("lora_alpha", 32)), "lora_dropout": float(x.get("lora_dropout", 0)),
    "target_modules": modules, "layers_to_transform": layers,
}
