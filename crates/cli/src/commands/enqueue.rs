use std::path::Path;

use jobs::{History, Queued};
use jobs_core::{Point, SearchSpace};
use serde_json::json;

use crate::args::EnqueueArgs;
use crate::configuration::{Written, of_arguments, of_file};
use crate::failure::Kind;
use crate::history::read_history;
use crate::loaded_study::LoadedStudy;
use crate::open_study::open_to_ask;
use crate::output::{show, value_text};

/// `jobs enqueue`
pub(super) fn run(args: &EnqueueArgs, loaded: &LoadedStudy, as_json: bool) -> anyhow::Result<()> {
    if args.list {
        let history = read_history(loaded);
        let queue = history.as_ref().map_or(&[][..], History::queue);
        return shown(queue, &format!("{} configurations are queued\n", queue.len()), as_json);
    }
    if args.clear {
        let mut opened = open_to_ask(loaded)?;
        let count = opened.study.history().queue().len();
        opened.study.clear_queue();
        opened.record()?;
        return shown(&[], &format!("the queue is empty; {count} configurations were in it\n"), as_json);
    }
    let space = &loaded.problem.space;
    let read = |w: Written| w.with_defaults(space);
    let read: Vec<(Point, Vec<String>)> =
        written(&args.configurations, space)?.into_iter().map(read).collect::<anyhow::Result<_>>()?;
    let mut opened = open_to_ask(loaded)?;
    let queued = read.iter().map(|(point, _)| Queued { point: point.clone(), full: args.full }).collect();
    opened.study.enqueue(queued).map_err(|e| Kind::Input.error(e))?;
    opened.record()?;
    let history = opened.study.history();
    let mut head = format!(
        "{} configurations queued; `jobs run` and `jobs ask` take them before those of the method\n",
        read.len()
    );
    for (i, (_, defaults)) in read.iter().enumerate().filter(|(_, (_, d))| !d.is_empty()) {
        let which = if read.len() > 1 { format!("configuration {}: ", i + 1) } else { String::new() };
        head += &format!("{which}not given, so taken from the default configuration: {}\n", defaults.join(", "));
    }
    shown(history.queue(), &head, as_json)
}

/// Files with configurations, or one configuration as NAME=VALUE.
fn written(arguments: &[String], space: &SearchSpace) -> anyhow::Result<Vec<Written>> {
    if arguments.iter().any(|a| a.contains('=') && !Path::new(a).exists()) {
        return Ok(vec![of_arguments(space, arguments)?]);
    }
    let files: Vec<Vec<Written>> = arguments.iter().map(|f| of_file(Path::new(f))).collect::<anyhow::Result<_>>()?;
    Ok(files.concat())
}

fn shown(queue: &[Queued], head: &str, as_json: bool) -> anyhow::Result<()> {
    let value: Vec<_> = queue.iter().map(|q| json!({ "configuration": q.point.record(), "full": q.full })).collect();
    show(as_json, &json!({ "queue": value }), || {
        let mut out = head.to_owned();
        for (i, q) in queue.iter().enumerate() {
            out += &format!("{}:{}\n", i + 1, if q.full { " as a full run" } else { "" });
            for (name, value) in &q.point.record().0 {
                out += &format!("  {name}: {}\n", value_text(value));
            }
        }
        out
    })
}
