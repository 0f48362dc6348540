use std::collections::HashMap;
use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;

use sha2::{Digest, Sha256};

use crate::RunId;

/// Keeps the state of paused runs, so that a promoted run trains only the steps still missing.
pub trait Checkpoints {
    /// Saves the state of a run, replacing an earlier one.
    fn put(&mut self, run: RunId, saved: &[u8]) -> io::Result<()>;

    /// The latest state of a run. An error of kind `InvalidData` means that it is damaged: the run can only be trained again.
    fn get(&self, run: RunId) -> io::Result<Option<Vec<u8>>>;

    /// Deletes the state of a run that will not resume.
    fn remove(&mut self, run: RunId) -> io::Result<()>;
}

/// Checkpoints that live as long as the process.
#[derive(Debug, Default)]
pub struct MemoryCheckpoints(HashMap<RunId, Vec<u8>>);

impl Checkpoints for MemoryCheckpoints {
    fn put(&mut self, run: RunId, saved: &[u8]) -> io::Result<()> {
        self.0.insert(run, saved.to_vec());
        Ok(())
    }

    fn get(&self, run: RunId) -> io::Result<Option<Vec<u8>>> {
        Ok(self.0.get(&run).cloned())
    }

    fn remove(&mut self, run: RunId) -> io::Result<()> {
        self.0.remove(&run);
        Ok(())
    }
}

/// Checkpoints as files of a folder, replaced atomically (write, fsync, rename). Each begins with the SHA-256 of its content, so that a
/// damaged one is an error and never another run.
#[derive(Debug)]
pub struct FolderCheckpoints(PathBuf);

impl FolderCheckpoints {
    /// Checkpoints in `folder`, created if absent.
    pub fn open(folder: impl Into<PathBuf>) -> io::Result<Self> {
        let folder = folder.into();
        fs::create_dir_all(&folder)?;
        Ok(Self(folder))
    }

    fn path(&self, run: RunId) -> PathBuf {
        self.0.join(format!("run-{run}.ckpt"))
    }
}

impl Checkpoints for FolderCheckpoints {
    fn put(&mut self, run: RunId, saved: &[u8]) -> io::Result<()> {
        let path = self.path(run);
        let temporary = path.with_extension("tmp");
        let mut file = fs::File::create(&temporary)?;
        file.write_all(format!("{SEAL}{}\n", digest(saved)).as_bytes())?;
        file.write_all(saved)?;
        file.sync_all()?;
        fs::rename(&temporary, &path)?;
        fs::File::open(&self.0)?.sync_all()
    }

    fn get(&self, run: RunId) -> io::Result<Option<Vec<u8>>> {
        match fs::read(self.path(run)) {
            Ok(saved) => unsealed(saved).map(Some),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(e),
        }
    }

    fn remove(&mut self, run: RunId) -> io::Result<()> {
        match fs::remove_file(self.path(run)) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e),
            _ => Ok(()),
        }
    }
}

/// The state of a run as an executor wants it: where it is damaged, none, and a note that says so.
pub(crate) fn sound(state: io::Result<Option<Vec<u8>>>, run: RunId) -> io::Result<(Option<Vec<u8>>, Option<String>)> {
    match state {
        Err(e) if e.kind() == io::ErrorKind::InvalidData => {
            Ok((None, Some(format!("run {run} is trained again from its seed: {e}"))))
        }
        state => state.map(|saved| (saved, None)),
    }
}

/// What a checkpoint begins with, the digest and a line feed following; those of before 0.2 begin with their content.
const SEAL: &str = "jobs checkpoint sha256 ";

fn digest(bytes: &[u8]) -> String {
    format!("{:x}", Sha256::digest(bytes))
}

/// The content of a checkpoint; an error of kind `InvalidData` where it is damaged.
fn unsealed(bytes: Vec<u8>) -> io::Result<Vec<u8>> {
    let Some(rest) = bytes.strip_prefix(SEAL.as_bytes()) else { return Ok(bytes) };
    let damaged = || io::Error::new(io::ErrorKind::InvalidData, "the checkpoint is damaged: its checksum differs");
    let (seal, content) = rest.split_at_checked(64).ok_or_else(damaged)?;
    let content = content.strip_prefix(b"\n").ok_or_else(damaged)?;
    if seal == digest(content).as_bytes() { Ok(content.to_vec()) } else { Err(damaged()) }
}
