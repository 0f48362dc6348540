import torch
from transformers import TrainerCallback
from transformers.trainer_utils import get_last_checkpoint

class Report(TrainerCallback):  # reports evaluations; evaluates, saves and stops at the last step
    def on_evaluate(self, args, state, control, metrics, **_):
        timing = lambda name: name == "epoch" or name.endswith(("_runtime", "_per_second"))
        report(state.global_step, {name: value for name, value in metrics.items() if not timing(name)})

    def on_step_end(self, args, state, control, **_):
        ending = torch.tensor(float(bool(stop)), device=args.device)
        if torch.distributed.is_initialized():  # a signal may reach one process only
            torch.distributed.all_reduce(ending, torch.distributed.ReduceOp.MAX)
        reached = state.global_step >= job["to"]
        if ending or reached:
            control.should_evaluate, control.should_save, control.should_training_stop = reached, True, True

last = get_last_checkpoint(job["checkpoint"]) if job["resume"] else None
if last and int(last.rsplit("-", 1)[1]) >= job["to"]:
    sys.exit(report(job["to"], {}))
