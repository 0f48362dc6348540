//! Our side of `scripts/bench-peers gp`: speaks JSON, a line each way, so that every peer is asked in the same way.
//!
//! | command | does |
//! | --- | --- |
//! | `data N` | prints the space and N observations on it |
//! | `suggest` | answers requests on standard input: fit, maximise, and what given points are worth |
//! | `given` | answers requests on standard input: a peer's own model fitted or searched by our engine |
//! | `cases N` | prints N random posteriors with the points our maximiser finds there |
//! | `factorise N` | prints how long the factorisation of an N x N covariance takes |
//! | `tables DIR` | prints the data of every run table under DIR |
//! | `likelihood DIR` | fits every run table under DIR by several kernels and prints data, kernel and likelihood |
//! | `scaling DIR` | measures every part against the number of observations, and plots it |

mod cases;
mod data;
mod factorise;
mod given;
mod likelihood;
mod scaling;
mod suggest;

use anyhow::{Context, bail};

const USAGE: &str =
    "usage: gp-peer data N | suggest | given | cases N | factorise N | tables DIR | likelihood DIR | scaling DIR";

fn main() -> anyhow::Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let number = |word: &str| word.parse::<usize>().with_context(|| format!("{word:?} is no number; {USAGE}"));
    match words[..] {
        ["data", n] => data::print(number(n)?),
        ["suggest"] => suggest::answer(),
        ["given"] => given::answer(),
        ["cases", n] => cases::print(number(n)?),
        ["factorise", n] => factorise::print(number(n)?),
        ["tables", folder] => likelihood::print_tables(folder.as_ref()),
        ["likelihood", folder] => likelihood::print(folder.as_ref()),
        ["scaling", folder] => scaling::write(folder.as_ref()),
        _ => bail!("{USAGE}"),
    }
}
