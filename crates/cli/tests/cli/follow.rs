//! `jobs watch` and `jobs serve` follow a study.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Stdio};

use super::{Folder, emulated};

/// A running `jobs serve`, ended when dropped.
struct Served {
    child: Child,
    address: String,
}

impl Served {
    fn on(folder: &Folder, listen: &str) -> Self {
        let mut command = folder.command(&["serve", "--listen", listen, "--json"]);
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let said: serde_json::Value = serde_json::from_str(&line).unwrap();
        Self { child, address: said["address"].as_str().unwrap().to_owned() }
    }

    /// The whole answer to a GET.
    fn get(&self, path: &str) -> String {
        let host = self.address.trim_start_matches("http://").split('/').next().unwrap();
        let mut stream = TcpStream::connect(host.replace("0.0.0.0", "127.0.0.1")).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = vec![];
        stream.read_to_end(&mut answer).unwrap();
        String::from_utf8_lossy(&answer).into_owned()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn the_page_follows_the_study() {
    let folder = Folder::with(&emulated("random", 3, 1, ""));
    let served = Served::on(&folder, "127.0.0.1:0");
    let (before, empty) = (served.get("/revision"), served.get("/"));
    assert!(before.starts_with("HTTP/1.1 200") && empty.contains("No run has a value yet"), "{before}{empty}");
    assert_eq!(served.get("/revision").lines().last(), before.lines().last(), "nothing has changed");
    folder.ok(&["run"]);
    assert_ne!(served.get("/revision").lines().last(), before.lines().last());
    let page = served.get("/");
    assert!(page.contains("1875 of 1875 steps used") && page.contains("The best configuration"), "{page}");
    assert!(!page.contains("src=\"http"), "the page needs no network");
    assert!(!folder.path().join("report.html").exists(), "nothing is written");
    // a page of a journal that cannot be read says so
    let journal = folder.path().join("runs/journal");
    let lines = std::fs::read_to_string(&journal).unwrap();
    std::fs::write(&journal, lines.lines().take(3).fold(String::new(), |text, line| text + line + "\n")).unwrap();
    let page = served.get("/");
    assert!(page.contains("There is no report: ") && page.contains("its end was cut off"), "{page}");
}

#[test]
fn other_machines_need_the_token() {
    let folder = Folder::with(&emulated("random", 3, 1, ""));
    let served = Served::on(&folder, "0.0.0.0:0");
    let (_, query) = served.address.split_once('?').unwrap();
    assert!(served.get("/").starts_with("HTTP/1.1 403"));
    assert!(served.get(&format!("/?{query}")).starts_with("HTTP/1.1 200"));
    let wrong = folder.run(&["serve", "--listen", "nonsense"]);
    assert!(wrong.code == Some(2) && wrong.err.contains("expected ADDRESS:PORT"), "{}", wrong.err);
}

#[test]
fn watching_ends_with_the_study() {
    let folder = Folder::with(&emulated("random", 3, 1, ""));
    let mut watching = folder.command(&["watch", "--every", "0.05", "--json"]).stdout(Stdio::piped()).spawn().unwrap();
    folder.ok(&["run"]);
    assert!(watching.wait().unwrap().success());
    let mut lines = String::new();
    watching.stdout.take().unwrap().read_to_string(&mut lines).unwrap();
    let last: serde_json::Value = serde_json::from_str(lines.lines().last().unwrap()).unwrap();
    assert_eq!((last["finished"].as_bool(), last["budget_used"].as_u64()), (Some(true), Some(1875)), "{last}");
    let wrong = folder.run(&["watch", "--every", "0"]);
    assert!(wrong.code == Some(2) && wrong.err.contains("expected seconds above 0"), "{}", wrong.err);
}
