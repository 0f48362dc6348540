//! Tells manifests which compiler built the program.

use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let compiler = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    if let Ok(output) = Command::new(compiler).arg("--version").output() {
        println!("cargo::rustc-env=MANIFEST_RUSTC={}", String::from_utf8_lossy(&output.stdout).trim());
    }
}
