//! Every experiment by name.

/// An experiment.
#[derive(Debug)]
pub struct Experiment {
    /// What it is called on the command line.
    pub name: &'static str,
    /// What it shows or makes.
    pub line: &'static str,
}

/// All of them.
pub const EXPERIMENTS: &[Experiment] = &[
    Experiment { name: "all", line: "every figure and table, 5 seeds; --smoke: everything in small" },
    Experiment { name: "report", line: "one self-contained HTML page of what results/ holds" },
    Experiment {
        name: "fig2",
        line: "how the best mixture moves with the LoRA setting: slices of each task's landscape",
    },
    Experiment {
        name: "fig5",
        line: "best-found loss against steps spent: JoBS against BO-centric methods, six tasks, two budgets",
    },
    Experiment { name: "fig6", line: "final regret of JoBS against B_small and N" },
    Experiment { name: "fig7", line: "calibration: how often the surrogate's intervals hold the values of new runs" },
    Experiment { name: "fig8", line: "seconds of a decision against the runs seen" },
    Experiment {
        name: "ablation",
        line: "JoBS with one part changed at a time (N, promotion, variance, acquisition, predictor), rivals with other settings",
    },
    Experiment {
        name: "replay",
        line: "methods on recorded runs: only those may be chosen, and what was recorded is the truth",
    },
    Experiment {
        name: "regmix",
        line: "methods on RegMix's pre-training mixtures: a mixture-only problem without curves",
    },
    Experiment {
        name: "synthetic",
        line: "joint against separate optimisation where optimum and interaction of data and model are known",
    },
    Experiment {
        name: "ask-tell",
        line: "an emulator behind standard input and output, for optimisers in other languages",
    },
    Experiment {
        name: "fit-emulator",
        line: "fit an emulator of learning curves to a run table and judge it by leaving out whole searches",
    },
    Experiment {
        name: "fig1",
        line: "average-regret bound against N, and the regret reached with N full runs, fixed or decided on the way",
    },
    Experiment { name: "fig3", line: "early curves, predictions and true final values of single runs" },
    Experiment { name: "fig4", line: "prediction error against N for every predictor, with three laws fitted to it" },
    Experiment {
        name: "shift",
        line: "the predictor asked about optimised configurations: its error, the error it claims, and what full runs there mend",
    },
    Experiment {
        name: "predictor-eval",
        line: "how well every predictor foresees the runs of any run table: errors, ranks, coverage of its intervals",
    },
    Experiment {
        name: "plan",
        line: "how many full runs a budget is worth: the split the regret bound recommends, its curve, its sensitivity",
    },
    Experiment { name: "list", line: "this list" },
];

/// The list as lines, and the methods and tasks fig5 knows.
pub fn listing(methods: &[(&str, &str)], tasks: &[&str]) -> String {
    let width = EXPERIMENTS.iter().map(|e| e.name.len()).chain(methods.iter().map(|m| m.0.len())).max().unwrap_or(0);
    let mut out = String::from("Experiments (cargo run -p experiments -- NAME):\n");
    for e in EXPERIMENTS {
        out += &format!("  {:width$}  {}\n", e.name, e.line);
    }
    out += "\nMethods of fig5 (--methods):\n";
    for (name, line) in methods {
        out += &format!("  {name:width$}  {line}\n");
    }
    out += &format!("\nTasks of fig5 (--tasks): {}\n", tasks.join(", "));
    out
}
