//! Built-in task domains, procedurally generated, so a live study needs no data files.

use jobs_core::Seed;
use rand::{Rng, RngExt};

use super::Example;

/// A built-in task over letters, digits and a few symbols.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    /// `23+58=` -> `81`
    Addition,
    /// `reverse(dcab)=` -> `bacd`
    Reverse,
    /// `sort(dcab)=` -> `abcd`
    Sort,
    /// `count(a,banana)=` -> `3`
    Count,
    /// `max(17,62,35)=` -> `62`, with choices
    Largest,
    /// `next(c,e,g)=` -> `i`: the letter that continues the series
    Series,
}

/// Examples per task, before a part is held out.
const EXAMPLES: usize = 4000;

impl Task {
    /// All tasks.
    pub const ALL: [Self; 6] = [Self::Addition, Self::Reverse, Self::Sort, Self::Count, Self::Largest, Self::Series];

    /// Name of the domain.
    pub fn name(self) -> &'static str {
        match self {
            Self::Addition => "addition",
            Self::Reverse => "reverse",
            Self::Sort => "sort",
            Self::Count => "count",
            Self::Largest => "largest",
            Self::Series => "series",
        }
    }

    /// The task with this name; the error lists all names.
    pub fn from_name(name: &str) -> Result<Self, String> {
        let known = || Self::ALL.map(Self::name).join(", ");
        Self::ALL.into_iter().find(|t| t.name() == name).ok_or_else(|| format!("a built-in task ({})", known()))
    }

    /// Examples of the task, all distinct.
    pub fn examples(self, seed: Seed) -> Vec<Example> {
        self.draw(EXAMPLES, 3, seed)
    }

    /// Easier examples of the task, for pre-training.
    pub fn easy(self, count: usize, seed: Seed) -> Vec<Example> {
        self.draw(count, 0, seed)
    }

    fn draw(self, count: usize, extra: usize, seed: Seed) -> Vec<Example> {
        let mut rng = seed.stream(self.name(), extra as u64);
        let mut seen = std::collections::HashSet::new();
        let tries = (0..20 * count).map(|_| self.example(extra, &mut rng));
        tries.filter(|e| seen.insert(e.prompt.clone())).take(count).collect()
    }

    /// One example; `extra` lengthens words and numbers.
    fn example(self, extra: usize, rng: &mut impl Rng) -> Example {
        let word = |rng: &mut dyn FnMut(usize) -> usize, length: usize, letters: usize| -> Vec<u8> {
            (0..length).map(|_| b'a' + rng(letters) as u8).collect()
        };
        let mut below = |n: usize| rng.random_range(0..n);
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        match self {
            Self::Addition => {
                let top = if extra == 0 { 50 } else { 500 };
                let (a, b) = (below(top), below(top));
                Example::new(format!("{a}+{b}="), format!("{}", a + b))
            }
            Self::Reverse | Self::Sort => {
                let length = 3 + below(2 + extra);
                let letters = word(&mut below, length, 26);
                let mut answer = letters.clone();
                if self == Self::Sort {
                    answer.sort_unstable()
                } else {
                    answer.reverse()
                }
                Example::new(format!("{}({})=", self.name(), text(&letters)), text(&answer))
            }
            Self::Count => {
                let length = 4 + below(3 + 2 * extra);
                let letters = word(&mut below, length, 3);
                let one = b'a' + below(3) as u8;
                let count = letters.iter().filter(|l| **l == one).count();
                Example::new(format!("count({},{})=", one as char, text(&letters)), count.to_string())
            }
            Self::Largest => {
                let top = if extra == 0 { 50 } else { 1000 };
                let numbers: Vec<usize> = (0..3).map(|_| below(top)).collect();
                let words: Vec<String> = numbers.iter().map(usize::to_string).collect();
                let largest = numbers.iter().max().map_or_else(String::new, usize::to_string);
                Example::new(format!("max({})=", words.join(",")), largest).with_choices(words)
            }
            Self::Series => {
                let step = 1 + below(2 + extra);
                let start = below(26 - 3 * step.min(8));
                let letter = |i: usize| ((b'a' + ((start + i * step) % 26) as u8) as char).to_string();
                Example::new(format!("next({})=", [letter(0), letter(1), letter(2)].join(",")), letter(3))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_differ_and_are_right() {
        for task in Task::ALL {
            let examples = task.examples(Seed(1));
            assert!(examples.len() >= 40, "{}: {}", task.name(), examples.len());
            assert_eq!(examples, task.examples(Seed(1)));
            for e in &examples {
                assert!(e.prompt.ends_with('=') && !e.completion.is_empty());
                assert!(e.choices.is_empty() || e.choices.contains(&e.completion));
            }
        }
        let sum = &Task::Addition.examples(Seed(2))[0];
        let (a, b) = sum.prompt.trim_end_matches('=').split_once('+').unwrap();
        assert_eq!(a.parse::<u32>().unwrap() + b.parse::<u32>().unwrap(), sum.completion.parse::<u32>().unwrap());
    }
}
