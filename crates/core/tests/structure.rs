//! The structure of the workspace: no import cycles between folders, no crate that depends on one above it, no oversized files.
//!
//! Imports are read from the sources as text (`use`, and paths that begin with `crate`, `self` or `super`), re-exports are followed.
//! `scripts/dependency-graph` prints what was read.
#![allow(clippy::unwrap_used, missing_docs)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Lines that a source file may have.
const LONGEST: usize = 400;

/// A module of a crate: where it is, what it re-exports, what it uses.
#[derive(Debug, Default)]
struct Module {
    file: PathBuf,
    /// Name to path, of `pub use`.
    exports: BTreeMap<String, Vec<String>>,
    uses: Vec<Vec<String>>,
}

type Modules = BTreeMap<Vec<String>, Module>;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().to_owned()
}

/// Folders with a `src`, by name.
fn crates() -> Vec<(String, PathBuf)> {
    let mut folders: Vec<PathBuf> = fs::read_dir(root().join("crates")).unwrap().map(|e| e.unwrap().path()).collect();
    folders.extend(["experiments", "benches", "fuzz"].map(|name| root().join(name)));
    folders.retain(|folder| folder.join("src").is_dir());
    folders.sort();
    folders.into_iter().map(|f| (f.file_name().unwrap().to_string_lossy().into_owned(), f)).collect()
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = vec![];
    for entry in fs::read_dir(folder).into_iter().flatten().map(|e| e.unwrap().path()) {
        if entry.is_dir() {
            found.extend(sources(&entry));
        } else if entry.extension().is_some_and(|e| e == "rs") {
            found.push(entry);
        }
    }
    found.sort();
    found
}

/// Source text without comments, strings and test modules.
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]").next().unwrap_or_default();
    let mut out = String::new();
    for line in text.lines() {
        let mut inside = false;
        let mut last = ' ';
        for (i, c) in line.char_indices() {
            if !inside && line[i..].starts_with("//") {
                break;
            }
            if c == '"' && last != '\\' && last != '\'' {
                inside = !inside;
            } else if !inside {
                out.push(c);
            }
            last = c;
        }
        out.push('\n');
    }
    out
}

/// `a::{b, c::{d, e}}` as the paths it stands for.
fn paths(tree: &str) -> Vec<Vec<String>> {
    let tree = tree.trim();
    let Some(open) = tree.find('{') else {
        let tree = tree.split(" as ").next().unwrap_or_default().trim();
        return if tree.is_empty() { vec![] } else { vec![tree.split("::").map(|s| s.trim().to_owned()).collect()] };
    };
    let prefix: Vec<String> = tree[..open]
        .trim_end_matches("::")
        .split("::")
        .map(|s| s.trim().to_owned())
        .filter(|s| !s.is_empty())
        .collect();
    let inner = &tree[open + 1..tree.rfind('}').unwrap_or(tree.len())];
    let (mut depth, mut start, mut parts) = (0, 0, vec![]);
    for (i, c) in inner.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&inner[start..i]);
                start = i + 1;
            }
            _ => {}
        }
    }
    parts.push(&inner[start..]);
    let inner = parts.into_iter().flat_map(paths);
    inner.map(|path| prefix.iter().cloned().chain(path).collect()).collect()
}

/// The module of a file below `src`.
fn module_path(src: &Path, file: &Path) -> Vec<String> {
    let inner = file.strip_prefix(src).unwrap().with_extension("");
    let mut path: Vec<String> = inner.iter().map(|s| s.to_string_lossy().into_owned()).collect();
    if matches!(path.last().map(String::as_str), Some("mod" | "lib" | "main")) {
        path.pop();
    }
    path
}

fn read(src: &Path) -> Modules {
    let mut modules = Modules::new();
    for file in sources(src).into_iter().filter(|f| !f.starts_with(src.join("bin"))) {
        let path = module_path(src, &file);
        if path.is_empty() && modules.contains_key(&path) {
            continue; // a program beside its library
        }
        let text = code(&fs::read_to_string(&file).unwrap());
        let mut module = Module { file: file.clone(), ..Module::default() };
        for statement in text.split(';') {
            let Some(at) =
                statement.rfind("use ").filter(|&at| at == 0 || statement[..at].ends_with(['\n', ' ', '(', ')']))
            else {
                continue;
            };
            let public = statement[..at].lines().last().is_some_and(|l| l.trim_start().starts_with("pub"));
            for used in paths(&statement[at + 4..]) {
                if public && let Some(name) = used.last() {
                    module.exports.insert(name.clone(), used.clone());
                }
                module.uses.push(used);
            }
        }
        for start in ["crate::", "super::", "self::"] {
            for (at, _) in text.match_indices(start) {
                let end = text[at..].find(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':')).unwrap_or(0);
                let path = text[at..at + end].trim_end_matches(':');
                module.uses.push(path.split("::").map(str::to_owned).collect());
            }
        }
        modules.insert(path, module);
    }
    modules
}

/// The module that defines what a path of module `from` leads to; `None` outside the crate.
fn resolve(modules: &Modules, from: &[String], path: &[String], depth: usize) -> Option<Vec<String>> {
    let mut at = from.to_vec();
    let mut rest = path;
    let mut anchored = false;
    while let Some((first, tail)) = rest.split_first() {
        match first.as_str() {
            "crate" => at.clear(),
            "self" => {}
            "super" => drop(at.pop()?),
            name => {
                let child: Vec<String> = at.iter().cloned().chain([name.to_owned()]).collect();
                if modules.contains_key(&child) {
                    at = child;
                } else if !anchored && !modules.get(&at)?.exports.contains_key(name) {
                    return None; // another crate
                } else {
                    let export = modules.get(&at)?.exports.get(name);
                    let followed = export.filter(|_| depth < 8).and_then(|e| resolve(modules, &at, e, depth + 1));
                    return Some(followed.unwrap_or(at));
                }
            }
        }
        anchored = true;
        rest = tail;
    }
    Some(at)
}

/// Module to modules, by what they use of each other.
fn graph(modules: &Modules) -> BTreeMap<Vec<String>, BTreeSet<Vec<String>>> {
    let of = |(path, module): (&Vec<String>, &Module)| {
        let used = module.uses.iter().filter_map(|used| resolve(modules, path, used, 0));
        (path.clone(), used.filter(|to| to != path && !to.is_empty()).collect())
    };
    // the root re-exports what the others define
    modules.iter().filter(|(path, _)| !path.is_empty()).map(of).collect()
}

fn reachable<'a>(
    graph: &'a BTreeMap<Vec<String>, BTreeSet<Vec<String>>>,
    from: &'a Vec<String>,
) -> BTreeSet<&'a Vec<String>> {
    let (mut seen, mut open) = (BTreeSet::new(), vec![from]);
    while let Some(at) = open.pop() {
        for to in graph.get(at).into_iter().flatten() {
            if seen.insert(to) {
                open.push(to);
            }
        }
    }
    seen
}

/// The folder of a module; a file at the top is one of its own.
fn folder(modules: &Modules, path: &[String]) -> Vec<String> {
    let is_folder = modules.get(path).is_some_and(|m| m.file.ends_with("mod.rs"));
    if path.len() == 1 || is_folder { path.to_vec() } else { path[..path.len() - 1].to_vec() }
}

/// Pairs of modules that use each other, directly or not, from folders of which neither holds the other.
fn cycles(modules: &Modules) -> Vec<(String, String)> {
    let graph = graph(modules);
    let all: BTreeMap<_, _> = graph.keys().map(|path| (path, reachable(&graph, path))).collect();
    let mut found = vec![];
    for (a, from_a) in &all {
        for b in from_a.iter().filter(|b| **b > *a && all.get(**b).is_some_and(|from_b| from_b.contains(a))) {
            let (x, y) = (folder(modules, a), folder(modules, b));
            if !(x.starts_with(&y) || y.starts_with(&x)) {
                found.push((a.join("::"), b.join("::")));
            }
        }
    }
    found
}

/// Crates of the workspace that a crate depends on, tests aside.
fn dependencies(folder: &Path, names: &BTreeMap<String, String>) -> Vec<String> {
    let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap();
    let section = manifest.split("[dependencies]").nth(1).unwrap_or_default();
    let section = section.split("\n[").next().unwrap_or_default();
    let keys = section.lines().filter_map(|line| line.split(['.', ' ', '=']).next());
    keys.filter_map(|key| names.get(key).cloned()).collect()
}

/// Package name to folder name.
fn package_names() -> BTreeMap<String, String> {
    let name = |folder: &Path| {
        let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap();
        manifest.lines().find_map(|l| l.strip_prefix("name = ")).unwrap().trim_matches('"').to_owned()
    };
    crates().into_iter().map(|(folder, path)| (name(&path), folder)).collect()
}

#[test]
fn folders_do_not_import_each_other_in_a_circle() {
    let found: Vec<String> = crates()
        .iter()
        .flat_map(|(name, path)| {
            let pairs = cycles(&read(&path.join("src")));
            pairs.into_iter().map(move |(a, b)| format!("{name}: {a} <-> {b}"))
        })
        .collect();
    assert!(found.is_empty(), "modules of different folders that use each other:\n{}", found.join("\n"));
}

#[test]
fn no_file_is_longer_than_400_lines_or_a_place_for_anything() {
    let mut found = vec![];
    for (_, path) in crates() {
        for file in sources(&path) {
            let lines = fs::read_to_string(&file).unwrap().lines().count();
            let name = file.file_stem().unwrap().to_string_lossy().into_owned();
            if lines > LONGEST
                || ["util", "utils", "common", "helpers", "misc"].contains(&name.as_str())
                    && !file.ends_with("common/mod.rs")
            {
                found.push(format!("{} ({lines} lines)", file.strip_prefix(root()).unwrap().display()));
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn the_driver_and_the_emulator_need_no_burn() {
    let names = package_names();
    let folders: BTreeMap<String, PathBuf> = crates().into_iter().collect();
    for leaf in ["jobs", "emulator", "core", "numerics", "gp", "budget", "plot"] {
        let (mut seen, mut open) = (BTreeSet::new(), vec![leaf.to_owned()]);
        while let Some(at) = open.pop() {
            if seen.insert(at.clone()) {
                open.extend(dependencies(&folders[&at], &names));
            }
        }
        assert!(seen.is_disjoint(&BTreeSet::from(["predictor", "trainer"].map(String::from))), "{leaf}: {seen:?}");
    }
}

#[test]
fn cycles_are_found() {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let file = dir.path().join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    };
    write("lib.rs", "mod a;\nmod b;\npub use a::{Thing, Other};\n");
    write("a/mod.rs", "mod inner;\npub use inner::Thing;\nuse crate::b::Tool;\npub struct Other;\n");
    write("a/inner.rs", "use super::Other;\npub struct Thing;\n");
    write("b/mod.rs", "// use crate::a::inner;\npub struct Tool;\nmod deep;\n");
    write("b/deep.rs", "#[cfg(test)]\nmod tests { use crate::Thing; }\n");
    assert_eq!(cycles(&read(dir.path())), [], "a folder may know itself; comments and tests do not count");
    write("b/mod.rs", "pub struct Tool;\npub fn tool() -> crate::Thing { loop {} }\n");
    assert_eq!(cycles(&read(dir.path())), [("a".to_owned(), "b".to_owned()), ("a::inner".to_owned(), "b".to_owned())]);
}

/// Printed by `scripts/dependency-graph`.
#[test]
#[ignore = "prints the graph"]
fn print_the_graph() {
    let names = package_names();
    for (name, path) in crates() {
        println!("{name} -> {}", dependencies(&path, &names).join(" "));
        let modules = read(&path.join("src"));
        let mut folders: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (from, to) in graph(&modules) {
            let from = folder(&modules, &from).join("::");
            let to = to.iter().map(|to| folder(&modules, to).join("::")).filter(|to| *to != from);
            folders.entry(from.clone()).or_default().extend(to);
        }
        for (from, to) in folders.iter().filter(|(_, to)| !to.is_empty()) {
            println!("  {from} -> {}", to.iter().cloned().collect::<Vec<_>>().join(" "));
        }
    }
}
