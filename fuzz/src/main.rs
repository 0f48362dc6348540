//! Reads mutated files with every reader of the workspace; exit status 1 where one fails.

use std::path::PathBuf;
use std::time::Instant;

use clap::Parser;
use fuzz::{Counts, Format, Watch, formats, input, run, try_input};
use jobs_core::Seed;

/// Reads mutated files with every reader of the workspace.
#[derive(Parser)]
struct Args {
    /// Inputs of all formats together.
    #[arg(long, default_value_t = 1_000_000)]
    inputs: u64,
    /// The seed that decides every input.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Only formats with this in their names.
    #[arg(long, default_value = "")]
    format: String,
    /// Read only this input of the format, write it to `input` and print what happens.
    #[arg(long)]
    only: Option<u64>,
    /// A file that holds the current input, for when the process aborts.
    #[arg(long)]
    note: Option<PathBuf>,
}

fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let seed = Seed(args.seed);
    let mut all = formats::all()?;
    all.retain(|f| f.name.contains(&args.format));
    anyhow::ensure!(!all.is_empty(), "no format has `{}` in its name", args.format);
    if let Some(index) = args.only {
        return repeat(&all[0], seed, index);
    }
    let watch = Watch::start(args.note.as_deref());
    let weights: u64 = all.iter().map(|f| f.weight).sum();
    let start = Instant::now();
    println!(
        "seed {}\n\n| format | inputs | accepted | library panics caught | slowest (ms) | most memory (MiB) | faults |",
        seed.0
    );
    println!("| --- | --- | --- | --- | --- | --- | --- |");
    let (mut inputs, mut faults) = (0, 0);
    for format in &all {
        let counts = run(format, seed, (args.inputs * format.weight).div_ceil(weights), &watch);
        inputs += counts.inputs;
        faults += counts.findings.len();
        show(format, &counts);
    }
    println!(
        "\n{inputs} inputs in {:.0} s, {faults} faults, peak memory of the process {}",
        start.elapsed().as_secs_f64(),
        peak()
    );
    anyhow::ensure!(faults == 0, "{faults} faults; repeat one with --format NAME --only INDEX");
    Ok(())
}

fn show(format: &Format, counts: &Counts) {
    println!(
        "| {} | {} | {} | {} | {:.0} | {:.1} | {} |",
        format.name,
        counts.inputs,
        counts.accepted,
        counts.caught,
        counts.slowest.as_secs_f64() * 1e3,
        counts.most_bytes as f64 / f64::from(1 << 20),
        counts.findings.len()
    );
    for finding in &counts.findings {
        eprintln!("error: input {} of {}: {}", finding.index, format.name, finding.problem);
    }
}

fn repeat(format: &Format, seed: Seed, index: u64) -> anyhow::Result<()> {
    let (chosen, bytes) = input(format, seed, index);
    std::fs::write("input", &bytes)?;
    println!("input {index} of {}, made of file {chosen}: {:?}", format.name, try_input(format, chosen, &bytes));
    Ok(())
}

/// The most memory the process had, as Linux counts it.
fn peak() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    peak.map_or("unknown".into(), |peak| peak.trim().to_owned())
}
