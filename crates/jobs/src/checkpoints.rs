use std::collections::HashMap;
use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;

use crate::RunId;

/// Keeps the state of paused runs, so that a promoted run trains only the steps still missing.
pub trait Checkpoints {
    /// Saves the state of a run, replacing an earlier one.
    fn put(&mut self, run: RunId, saved: &[u8]) -> io::Result<()>;

    /// The latest state of a run.
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

/// Checkpoints as files of a folder, replaced atomically (write, fsync, rename).
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
        file.write_all(saved)?;
        file.sync_all()?;
        fs::rename(&temporary, &path)?;
        fs::File::open(&self.0)?.sync_all()
    }

    fn get(&self, run: RunId) -> io::Result<Option<Vec<u8>>> {
        match fs::read(self.path(run)) {
            Ok(saved) => Ok(Some(saved)),
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
