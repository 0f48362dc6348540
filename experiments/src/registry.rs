//! Every experiment by name.

/// An experiment.
#[derive(Debug)]
pub struct Experiment {
    /// Name on the command line.
    pub name: &'static str,
    /// One-line description.
    pub line: &'static str,
}

/// All of them.
pub const EXPERIMENTS: &[Experiment] = &[
    Experiment { name: "list", line: "list experiments, methods and tasks" },
    Experiment { name: "all", line: "every figure and table with 5 seeds; --smoke for a quick run" },
    Experiment { name: "report", line: "one self-contained HTML page with the contents of results/" },
    Experiment {
        name: "fig1",
        line: "average-regret bound against N, and the regret reached with N full runs, fixed or chosen online",
    },
    Experiment {
        name: "fig2",
        line: "how the best mixture depends on the LoRA settings: slices of each task's landscape",
    },
    Experiment { name: "fig3", line: "early curves, predictions and final values of single runs" },
    Experiment { name: "fig4", line: "prediction error against N for every predictor, with three fitted error laws" },
    Experiment {
        name: "fig5",
        line: "best loss found against budget used: JoBS against other methods, six tasks, two budgets",
    },
    Experiment {
        name: "fig6",
        line: "final regret of JoBS against the length of early runs and the number of full runs first",
    },
    Experiment {
        name: "fig7",
        line: "calibration: how often the surrogate's intervals contain the values of new runs",
    },
    Experiment { name: "fig8", line: "seconds per decision against the number of runs" },
    Experiment { name: "ablation", line: "JoBS with one part changed at a time, and competitors with other settings" },
    Experiment {
        name: "shift",
        line: "prediction error and claimed error on optimised configurations, and the effect of additional full runs",
    },
    Experiment {
        name: "predictor-eval",
        line: "error, rank correlation and interval coverage of every predictor on any run table",
    },
    Experiment {
        name: "replay",
        line: "methods on recorded runs: only recorded configurations may be chosen, with their recorded losses",
    },
    Experiment {
        name: "regmix",
        line: "methods on RegMix's pre-training mixtures: a mixture-only problem without learning curves",
    },
    Experiment {
        name: "synthetic",
        line: "joint against separate optimisation on functions with known optimum and interaction",
    },
    Experiment {
        name: "suite",
        line: "every method on families of tasks of different kinds, each family counting the same",
    },
    Experiment {
        name: "plan",
        line: "the number of full runs that the regret bound recommends for a budget, with its sensitivity",
    },
    Experiment {
        name: "fit-emulator",
        line: "fit an emulator of learning curves to a run table and validate it by leaving out whole searches",
    },
    Experiment {
        name: "ask-tell",
        line: "serve an emulator on standard input and output to optimisers in other languages",
    },
];

/// The output of `list`: experiments, and the methods and tasks of fig5.
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
