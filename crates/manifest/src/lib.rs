//! # manifest: provenance of a results folder
//!
//! A [`ManifestBuilder`] collects command, commit, seeds, settings with their hash, machine, wall time and the SHA-256 of each file, and
//! writes them as `manifest.json`.
//!
//! ```no_run
//! use manifest::ManifestBuilder;
//! use std::path::Path;
//!
//! let mut manifest = ManifestBuilder::start(&serde_json::json!({"experiment": "fig5", "seeds": [0, 1]}));
//! // ... write out/fig5.csv ...
//! manifest.file(Path::new("out/fig5.csv"))?;
//! manifest.write(Path::new("out/manifest.json"))?;
//! # Ok::<(), std::io::Error>(())
//! ```

mod clock;
mod machine;

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Instant, SystemTime};

use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

pub use clock::rfc3339;
use jobs_core::files::write_atomic;
pub use machine::{Device, Git};

/// The content of `manifest.json`.
#[derive(Debug, Serialize)]
pub struct Manifest {
    /// The command line, without the program's folder.
    pub command: Vec<String>,
    /// The code's commit.
    pub git: Git,
    /// Other commits, which computed results that this run kept.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub kept: BTreeSet<String>,
    /// The manifest of the results that this run extended, without its settings and files.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extends: Option<Value>,
    /// The seeds, from `settings`.
    pub seeds: Value,
    /// SHA-256 of the settings as canonical JSON ([`canonical`]).
    pub config_sha256: String,
    /// Everything the results depend on besides the code.
    pub settings: Value,
    /// Where it ran.
    pub device: Device,
    /// The compiler.
    pub rustc: &'static str,
    /// This crate's version.
    pub version: &'static str,
    /// When it began, RFC 3339, UTC.
    pub started: String,
    /// Seconds from then to the writing of this file.
    pub wall_seconds: f64,
    /// The process's largest resident size so far, where the system tells.
    pub peak_memory_bytes: Option<u64>,
    /// The files described.
    pub files: Vec<FileEntry>,
}

/// A file described.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FileEntry {
    /// Relative to the manifest's folder where it lies inside, else as given.
    pub path: String,
    /// Size.
    pub bytes: u64,
    /// SHA-256 of the content, hexadecimal.
    pub sha256: String,
}

/// Collects a manifest while the results are computed.
#[derive(Debug)]
pub struct ManifestBuilder {
    settings: Value,
    git: Git,
    kept: BTreeSet<String>,
    extends: Option<Value>,
    started: SystemTime,
    clock: Instant,
    files: Vec<(PathBuf, FileEntry)>,
}

impl ManifestBuilder {
    /// Starts the clock and reads the commit before anything changes. `settings` should contain everything that the results depend
    /// on; its member `seeds` is repeated at the top level.
    pub fn start(settings: &Value) -> Self {
        let git = Git::of_this_code();
        let (started, clock) = (SystemTime::now(), Instant::now());
        Self { settings: settings.clone(), git, kept: BTreeSet::new(), extends: None, started, clock, files: vec![] }
    }

    /// The commit, with `+` where the code differs from it.
    pub fn commit(&self) -> String {
        let differs = if self.git.dirty == Some(true) { "+" } else { "" };
        format!("{}{differs}", self.git.commit)
    }

    /// Records that results of this commit were reused; the current commit is recorded anyway.
    pub fn kept(&mut self, commit: String) {
        if commit != self.commit() {
            self.kept.insert(commit);
        }
    }

    /// Records which results this run extends, by their manifest.
    pub fn extends(&mut self, mut manifest: Value) {
        if let Some(members) = manifest.as_object_mut() {
            ["settings", "seeds", "files"].iter().for_each(|name| {
                members.remove(*name);
            });
        }
        self.extends = Some(manifest);
    }

    /// Adds a file as it is now.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn file(&mut self, path: &Path) -> io::Result<()> {
        let content = std::fs::read(path)
            .map_err(|e| io::Error::new(e.kind(), format!("cannot read {}: {e}", path.display())))?;
        let entry =
            FileEntry { path: path.display().to_string(), bytes: content.len() as u64, sha256: sha256(&content) };
        self.files.push((path.to_owned(), entry));
        Ok(())
    }

    /// The manifest as it stands, for a folder.
    pub fn manifest(&self, folder: &Path) -> Manifest {
        let files = self.files.iter().map(|(path, entry)| {
            let inside = path.strip_prefix(folder).map_or(entry.path.clone(), |p| p.display().to_string());
            FileEntry { path: inside, ..entry.clone() }
        });
        Manifest {
            command: command(),
            git: self.git.clone(),
            kept: self.kept.clone(),
            extends: self.extends.clone(),
            seeds: self.settings.get("seeds").cloned().unwrap_or(Value::Null),
            config_sha256: sha256(canonical(&self.settings).as_bytes()),
            settings: self.settings.clone(),
            device: Device::this(),
            rustc: option_env!("MANIFEST_RUSTC").unwrap_or("unknown"),
            version: env!("CARGO_PKG_VERSION"),
            started: rfc3339(self.started),
            wall_seconds: (self.clock.elapsed().as_secs_f64() * 1e3).round() / 1e3,
            peak_memory_bytes: machine::peak_memory_bytes(),
            files: files.collect(),
        }
    }

    /// Writes it.
    ///
    /// # Errors
    /// If `path` cannot be written.
    pub fn write(&self, path: &Path) -> io::Result<()> {
        let manifest = self.manifest(path.parent().unwrap_or(Path::new("")));
        let mut text = serde_json::to_vec_pretty(&manifest).map_err(io::Error::other)?;
        text.push(b'\n');
        write_atomic(path, &text)
    }
}

/// Canonical JSON: no spaces, the members of every object sorted by name.
pub fn canonical(value: &Value) -> String {
    match value {
        Value::Array(items) => format!("[{}]", items.iter().map(canonical).collect::<Vec<_>>().join(",")),
        Value::Object(members) => {
            let mut names: Vec<_> = members.iter().collect();
            names.sort_by_key(|(name, _)| name.as_str());
            let members = names.iter().map(|(name, v)| format!("{}:{}", Value::from(name.as_str()), canonical(v)));
            format!("{{{}}}", members.collect::<Vec<_>>().join(","))
        }
        scalar => scalar.to_string(),
    }
}

fn sha256(bytes: &[u8]) -> String {
    format!("{:x}", Sha256::digest(bytes))
}

fn command() -> Vec<String> {
    let mut words: Vec<String> = std::env::args_os().map(|a| a.to_string_lossy().into_owned()).collect();
    if let Some(program) = words.first_mut() {
        *program = Path::new(program).file_name().map_or("program".into(), |n| n.to_string_lossy().into_owned());
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_order_of_settings_does_not_change_their_hash() {
        let a: Value = serde_json::from_str(r#"{"b": [1, {"y": 0.1, "x": null}], "a": "q\"t"}"#).unwrap();
        let b: Value = serde_json::from_str(r#"{"a":"q\"t","b":[1,{"x":null,"y":0.1}]}"#).unwrap();
        assert_eq!(canonical(&a), r#"{"a":"q\"t","b":[1,{"x":null,"y":0.1}]}"#);
        assert_eq!(canonical(&a), canonical(&b));
        let hash = |v: &Value| ManifestBuilder::start(v).manifest(Path::new("")).config_sha256;
        assert_eq!(hash(&a), hash(&b));
        assert_ne!(hash(&a), hash(&json!({"a": 1})));
    }

    #[test]
    fn a_written_manifest_says_what_is_asked_of_it() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("fig5.csv");
        std::fs::write(&file, b"abc").unwrap();
        let mut builder = ManifestBuilder::start(&json!({"experiment": "fig5", "seeds": [0, 1]}));
        builder.file(&file).unwrap();
        let path = folder.path().join("manifest.json");
        builder.write(&path).unwrap();
        let read: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        assert_eq!(read["seeds"], json!([0, 1]));
        assert_eq!(read["settings"]["experiment"], "fig5");
        // printf abc | sha256sum
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(read["files"], json!([{"path": "fig5.csv", "bytes": 3, "sha256": abc}]));
        for member in ["command", "git", "config_sha256", "device", "rustc", "version", "started", "wall_seconds"] {
            assert!(!read[member].is_null(), "{member}");
        }
        assert!(read["device"]["cores"].as_u64().unwrap() >= 1);
    }

    #[test]
    fn other_commits_are_named_where_results_were_kept() {
        let mut builder = ManifestBuilder::start(&json!({}));
        builder.kept(builder.commit());
        let written = |builder: &ManifestBuilder| serde_json::to_value(builder.manifest(Path::new(""))).unwrap();
        assert_eq!(written(&builder).get("kept"), None, "the present commit is named already");
        ["b", "a", "b"].map(String::from).into_iter().for_each(|commit| builder.kept(commit));
        assert_eq!(written(&builder)["kept"], json!(["a", "b"]));
        assert_eq!(written(&builder).get("extends"), None);
        builder.extends(json!({"wall_seconds": 3.5, "files": [], "settings": {}, "seeds": [1], "kept": ["c"]}));
        assert_eq!(written(&builder)["extends"], json!({"wall_seconds": 3.5, "kept": ["c"]}));
    }

    #[test]
    fn a_missing_file_is_named() {
        let error = ManifestBuilder::start(&json!({})).file(Path::new("no/such.csv")).unwrap_err();
        assert!(error.to_string().contains("no/such.csv"));
    }
}
