"""Trains one configuration for `jobs` with torchtune: python3 train.py REQUEST.json (pip install torchtune "torchao<0.11"). Its settings
are in torchtune.yaml.

Checked with the recipe lora_finetune_single_device of torchtune 0.6.1: epochs, max_steps_per_epoch, resume_from_checkpoint. It saves only at
the end of an epoch, so an epoch here is the steps between two evaluations. It cannot choose layers, and adapts the modules of the MLP all
or none: the study chooses among those of the attention. Mixture weights are exact: the examples are mixed here and read in their order.
"""
{common}
import importlib.util, pathlib
{yaml}
import torch, torchtune
from omegaconf import OmegaConf
from torchtune import utils

PROGRAM, NAMES = "torchtune", {"q_proj": "q_proj", "k_proj": "k_proj", "v_proj": "v_proj", "o_proj": "output_proj"}
KEYS = {"learning_rate": "lr", "weight_decay": "weight_decay"}  # dimension: key of the optimizer
DATASETS = {  # of the columns
    ("messages",): {"_component_": "torchtune.datasets.chat_dataset", "conversation_column": "messages", "conversation_style": "openai"},
    ("prompt", "completion"): {"_component_": "torchtune.datasets.instruct_dataset", "column_map": {"input": "prompt", "output": "completion"}},
    ("text",): {"_component_": "torchtune.datasets.text_completion_dataset"},
}
state = pathlib.Path(job["checkpoint"], "recipe_state", "recipe_state.pt")

def refuse_what_it_cannot():
    if layers is not None:
        sys.exit("torchtune cannot choose layers; remove lora_layers and lora_front_layers from the study file")
    if set(modules) - set(NAMES):
        sys.exit(f"torchtune cannot adapt {', '.join(sorted(set(modules) - set(NAMES)))} alone; the study may choose among {', '.join(NAMES)}")
    if set(others) - set(KEYS):
        sys.exit(f"{', '.join(sorted(set(others) - set(KEYS)))}: add them to KEYS of train.py, or remove them from the study file")
    if job["full_steps"] % EVERY or job["to"] % EVERY:
        sys.exit(f"EVERY is {EVERY}, expected a divisor of {job['full_steps']} and {job['to']} steps, since torchtune saves at the end of an epoch")
    if processes > 1:
        sys.exit(f"{processes} processes were started, but this recipe of torchtune uses one")

def configuration():
    refuse_what_it_cannot()
    base = yaml.safe_load(open("torchtune.yaml", encoding="utf-8"))
    columns, train, held_out = files(base["batch_size"] * base["gradient_accumulation_steps"] * job["full_steps"])
    resume = bool(job["resume"]) and state.exists()
    done = torch.load(state, weights_only=True, map_location="cpu")["epochs_run"] if resume else 0
    data = lambda path: {"source": "json", "data_files": path, "split": "train", "packed": False, **DATASETS[columns]}
    return settings("torchtune.yaml", {
        "output_dir": job["checkpoint"], "seed": job["seed"], "shuffle": False, "dataset": data(train), "held_out": data(held_out),
        "epochs": job["full_steps"] // EVERY, "max_steps_per_epoch": EVERY, "resume_from_checkpoint": resume, "save_adapter_weights_only": True,
        "checkpointer": {"output_dir": job["checkpoint"], "adapter_checkpoint": f"epoch_{done - 1}/adapter_model.pt" if resume else None},
        "metric_logger": {"_component_": "torchtune.training.metric_logging.DiskLogger", "log_dir": os.path.dirname(train)},
        "model": {
            "lora_attn_modules": [NAMES[module] for module in modules], "apply_lora_to_mlp": False, "apply_lora_to_output": False,
            "lora_rank": int(x.get("lora_rank", 16)), "lora_alpha": float(x.get("lora_alpha", 32)), "lora_dropout": float(x.get("lora_dropout", 0)),
        },
        "optimizer": {KEYS[name]: value for name, value in others.items()},
    })

class Slices:  # epoch n reads the n-th part of the examples
    def __init__(self, loader, examples):
        self.dataset, self.collate_fn, self.batch_size, self.examples, self.epoch = loader.dataset, loader.collate_fn, loader.batch_size, examples, 0
        self.sampler = self

    def set_epoch(self, epoch):
        self.epoch = epoch

    def state_dict(self):
        return {}

    def __iter__(self):
        part = range(self.epoch * self.examples, (self.epoch + 1) * self.examples)
        return iter(torch.utils.data.DataLoader(torch.utils.data.Subset(self.dataset, part), self.batch_size, collate_fn=self.collate_fn))

def recipe():
    path = pathlib.Path(torchtune.__file__).parent.parent / "recipes" / "lora_finetune_single_device.py"
    spec = importlib.util.spec_from_file_location("recipe", path)
    spec.loader.exec_module(module := importlib.util.module_from_spec(spec))

    class Run(module.LoRAFinetuneRecipeSingleDevice):
        def _setup_data(self, *args, dataloader_state_dict=None, **kwargs):
            return super()._setup_data(*args, **kwargs)  # the place is that of the epoch

        def setup(self, cfg):
            super().setup(cfg)
            self.planned, self.total_epochs = self.total_epochs, job["to"] // EVERY
            held_out = torchtune.config.instantiate(cfg.held_out, self._tokenizer)
            self.held_out = torch.utils.data.DataLoader(held_out, cfg.batch_size, collate_fn=self._dataloader.collate_fn)
            self._dataloader = Slices(self._dataloader, EVERY * cfg.batch_size * cfg.gradient_accumulation_steps)

        @torch.no_grad()
        def evaluate(self):  # the mean loss per token
            self._model.eval()
            total = tokens = 0.0
            for batch in self.held_out:
                utils.batch_to_device(batch, self._device)
                count = (batch["labels"][:, 1:] != self._loss_fn.ignore_index).sum().item()
                total, tokens = total + self._loss_step(batch).item() * count, tokens + count
            self._model.train()
            return total / tokens

        def save_checkpoint(self, epoch):
            ending, self.total_epochs = self.total_epochs, self.planned + 1  # the state is saved after the last epoch, too
            super().save_checkpoint(epoch)
            self.total_epochs = ending
            adapter = pathlib.Path(job["checkpoint"], f"epoch_{epoch}", "adapter_config.json")
            written = json.loads(adapter.read_text())  # torchtune leaves the dropout out
            adapter.write_text(json.dumps({**written, "lora_dropout": cfg.model.lora_dropout}))
            report((epoch + 1) * EVERY, {job["metric"]: self.evaluate()})
            if stop:
                sys.exit("stopped; the checkpoint is saved")

    return Run

if __name__ == "__main__":
    cfg = OmegaConf.create(configuration())
    run = recipe()(cfg)
    run.setup(cfg)
    run.train()
    run.cleanup()
