//! What a reader asks, in that order, and which results answer it.

use serde_json::Value;

use super::Section;
use crate::tasks::built_in;
use crate::tasks::out_of_distribution::SUFFIX;

/// A question of the page.
pub(super) struct Chapter {
    /// Identifier in links.
    pub(super) id: &'static str,
    /// The question.
    pub(super) title: &'static str,
}

/// The chapters in reading order.
pub(super) const CHAPTERS: [Chapter; 7] = [
    Chapter { id: "win", title: "Does it win?" },
    Chapter { id: "by-how-much", title: "By how much, at other budgets?" },
    Chapter { id: "where-not", title: "Where does it not win?" },
    Chapter { id: "why", title: "Why does it win?" },
    Chapter { id: "transfer", title: "Do earlier studies help?" },
    Chapter { id: "evidence", title: "How good is the evidence?" },
    Chapter { id: "speed", title: "How fast is it?" },
];

/// A kind of results: its title, and what it shows.
struct Kind {
    name: &'static str,
    chapter: usize,
    title: &'static str,
    meaning: &'static str,
}

/// Kinds of results by experiment, in reading order within their chapter.
const KINDS: &[Kind] = &[
    Kind {
        name: "fig5",
        chapter: 0,
        title: "Main comparison",
        meaning: "Noise-free loss of the recommended configuration against the budget used; every method has the same budget. The tasks are \
                  emulators fitted to recorded Llama-3-8B fine-tuning runs.",
    },
    Kind {
        name: "fig5, other budgets",
        chapter: 1,
        title: "Main comparison",
        meaning: "The same comparison at other budgets.",
    },
    Kind {
        name: "fig5, out of distribution",
        chapter: 2,
        title: "Out of distribution",
        meaning: "The task's own domain is left out of every mixture. Only tasks whose records hold enough such runs are shown.",
    },
    Kind {
        name: "fig5, other runs",
        chapter: 2,
        title: "Another model",
        meaning: "The tasks are emulators fitted to recorded runs of another model.",
    },
    Kind {
        name: "replay",
        chapter: 2,
        title: "Recorded runs",
        meaning: "Methods choose among recorded runs only, and the recorded losses are the truth. The optimum is the best recorded run.",
    },
    Kind {
        name: "regmix",
        chapter: 2,
        title: "Pre-training mixtures (RegMix)",
        meaning: "A mixture-only problem without learning curves, so without early runs; methods that need them are absent.",
    },
    Kind {
        name: "fig2",
        chapter: 3,
        title: "The best mixture moves with the LoRA setting",
        meaning: "Each panel is a slice of a task's landscape along the domain and the model dimension that interact most. The line joins the best \
                  share at each setting: where it is not vertical, data and model have to be chosen together.",
    },
    Kind {
        name: "synthetic",
        chapter: 3,
        title: "Known interaction of data and model",
        meaning: "Functions with a known optimum: what joint optimisation gains over separate optimisation as the interaction grows.",
    },
    Kind {
        name: "ablation",
        chapter: 3,
        title: "One part changed at a time",
        meaning: "JoBS with one part changed at a time, and rivals with other settings, on the tuning tasks and on seeds no other figure uses.",
    },
    Kind {
        name: "fig6",
        chapter: 3,
        title: "Length of early runs, number of full runs",
        meaning: "Final regret of JoBS against the length of early runs and the number of full runs it starts with, on the tuning tasks.",
    },
    Kind {
        name: "fig1",
        chapter: 3,
        title: "The regret bound",
        meaning: "Average-regret bound against the number of full runs, and the regret that the published form reaches with them.",
    },
    Kind {
        name: "fig3",
        chapter: 3,
        title: "Early curves and predictions",
        meaning: "Early curves, predictions and true final losses of single runs.",
    },
    Kind {
        name: "fig4",
        chapter: 3,
        title: "Prediction error",
        meaning: "Error of the predicted final loss against the number of full runs learned from, for every predictor.",
    },
    Kind {
        name: "fig5, with transfer",
        chapter: 4,
        title: "Main comparison with transferred priors",
        meaning: "All surrogates receive the same prior, transferred from studies of the other tasks. The budget of those studies is not counted.",
    },
    Kind {
        name: "predictor-eval",
        chapter: 5,
        title: "Predictors on recorded runs",
        meaning: "Errors, rank correlations and interval coverage of every predictor on recorded runs.",
    },
    Kind {
        name: "fig7",
        chapter: 5,
        title: "Calibration",
        meaning: "How often the surrogate's central intervals contain the losses of new full runs. Below the diagonal it is overconfident.",
    },
    Kind {
        name: "shift",
        chapter: 5,
        title: "Predictors away from their training runs",
        meaning: "The predictor learns from random configurations and is evaluated on optimised ones.",
    },
    Kind { name: "record", chapter: 5, title: "Recorded runs of our own trainer", meaning: "" },
    Kind {
        name: "fig8",
        chapter: 6,
        title: "Time of a decision",
        meaning: "Seconds per decision against the number of runs.",
    },
];

/// Where a section stands: its chapter, its order in it, its title and meaning.
pub(super) struct Placed {
    pub(super) chapter: usize,
    pub(super) order: usize,
    pub(super) title: String,
    pub(super) meaning: &'static str,
}

/// Places a section; results of unknown kinds close the chapter on evidence, timings the one on speed.
pub(super) fn place(section: &Section) -> Placed {
    let settings = &section.manifest["settings"];
    let kind = kind(section.experiment(), settings);
    let budgets = budgets(settings);
    let main = kind == "fig5" && !(budgets.contains(&15) || budgets.is_empty());
    let kind = if main { "fig5, other budgets".to_owned() } else { kind };
    let Some(order) = KINDS.iter().position(|k| k.name == kind) else {
        let chapter = if section.name.starts_with("bench") || section.name.starts_with("gpu") { 6 } else { 5 };
        return Placed { chapter, order: KINDS.len(), title: section.name.clone(), meaning: "" };
    };
    let Kind { chapter, title, meaning, .. } = &KINDS[order];
    let budgets: Vec<String> = budgets.iter().map(u64::to_string).collect();
    let title = if budgets.is_empty() { (*title).to_owned() } else { format!("{title}, C = {}", budgets.join(", ")) };
    Placed { chapter: *chapter, order, title, meaning }
}

fn budgets(settings: &Value) -> Vec<u64> {
    let mut budgets: Vec<u64> =
        settings["full_runs"].as_array().into_iter().flatten().filter_map(Value::as_u64).collect();
    budgets.sort_unstable();
    budgets
}

/// The experiment, and for fig5 which tasks it is on and what it starts from.
fn kind(experiment: &str, settings: &Value) -> String {
    let tasks = settings["tasks"].as_array().map_or(&[][..], Vec::as_slice);
    let names: Vec<&str> = tasks.iter().filter_map(|t| t["name"].as_str()).collect();
    let all = |is: fn(&str) -> bool| experiment == "fig5" && !names.is_empty() && names.iter().copied().all(is);
    let notes = &settings["notes"];
    if experiment == "fig5" && !(notes["transfer"].is_null() && notes["experience"].is_null()) {
        format!("{experiment}, with transfer")
    } else if all(|name| name.ends_with(SUFFIX)) {
        format!("{experiment}, out of distribution")
    } else if all(|name| !built_in().contains(&name)) {
        format!("{experiment}, other runs")
    } else {
        experiment.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_names_the_tasks_and_the_transfer() {
        let of = |experiment: &str, names: &[&str]| {
            let tasks: Vec<_> = names.iter().map(|n| serde_json::json!({ "name": n })).collect();
            kind(experiment, &serde_json::json!({ "tasks": tasks }))
        };
        assert_eq!(of("fig5", &["gsm8k", "mmlu"]), "fig5");
        assert_eq!(of("fig5", &["gsm8k-ood", "mmlu-ood"]), "fig5, out of distribution");
        assert_eq!(of("fig5", &["stories260k"]), "fig5, other runs");
        assert_eq!(of("ablation", &["stories260k"]), "ablation");
        assert_eq!(of("fig5", &[]), "fig5");
        for key in ["experience", "transfer"] {
            let settings = serde_json::json!({ "tasks": [{ "name": "gsm8k" }], "notes": { key: ["studies"] } });
            assert_eq!(kind("fig5", &settings), "fig5, with transfer");
        }
    }

    #[test]
    fn every_kind_has_a_chapter_and_they_are_in_order() {
        assert!(KINDS.iter().all(|k| k.chapter < CHAPTERS.len()));
        assert!(KINDS.windows(2).all(|k| k[0].chapter <= k[1].chapter));
    }
}
