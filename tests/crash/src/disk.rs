//! A disk that forgets: what was synced is there after a power cut, of the rest any part may be.
//!
//! Stricter than the file systems in use, which keep an order: names change in any order until their folder is synced,
//! and a write that was not synced may be there in part.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde::Deserialize;

use crate::random::Random;

/// Content by path.
pub type Files = BTreeMap<PathBuf, Vec<u8>>;

/// One line of a tape.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum Step {
    Made { path: PathBuf },
    Wrote { path: PathBuf, at: usize, bytes: Vec<u8> },
    Grown { path: PathBuf, length: usize },
    Synced { path: PathBuf },
    Renamed { path: PathBuf, to: PathBuf },
    Removed { path: PathBuf },
    FolderSynced { path: PathBuf },
}

impl Step {
    /// Reads a line; paths become those in `folder`.
    pub fn read(line: &str, folder: &Path) -> Result<Self> {
        let mut step: Self = serde_json::from_str(line).context("a line of the tape")?;
        let (path, to) = match &mut step {
            Step::Renamed { path, to } => (path, Some(to)),
            Step::Made { path }
            | Step::Wrote { path, .. }
            | Step::Grown { path, .. }
            | Step::Synced { path }
            | Step::Removed { path }
            | Step::FolderSynced { path } => (path, None),
        };
        for path in [Some(path), to].into_iter().flatten() {
            *path = path.strip_prefix(folder).context("a step outside of the store")?.to_owned();
        }
        Ok(step)
    }

    /// Whether the request leaves now.
    pub fn is_sending(&self) -> bool {
        matches!(self, Step::Wrote { path, bytes, .. } if has_ending(path, "intent") && bytes == b">")
    }

    /// Whether the answer is put aside now.
    pub fn is_answer(&self) -> bool {
        matches!(self, Step::Wrote { path, .. } if has_ending(path, "stage"))
    }
}

/// A file without its name.
#[derive(Clone, Default)]
struct Inode {
    synced: Vec<u8>,
    /// Where, and what.
    pending: Vec<(usize, Vec<u8>)>,
}

/// What a folder forgets when it was not synced.
#[derive(Clone)]
enum Naming {
    Name(PathBuf, usize),
    Unname(PathBuf),
    Rename(PathBuf, PathBuf, usize),
}

pub struct Disk {
    inodes: Vec<Inode>,
    /// As programs see it.
    names: BTreeMap<PathBuf, usize>,
    /// As it is for sure.
    synced: BTreeMap<PathBuf, usize>,
    pending: Vec<Naming>,
}

impl Disk {
    /// All of it synced.
    pub fn with(files: &Files) -> Self {
        let inodes = files.values().map(|bytes| Inode { synced: bytes.clone(), pending: Vec::new() }).collect();
        let names: BTreeMap<_, _> = files.keys().cloned().zip(0..).collect();
        Self { inodes, synced: names.clone(), names, pending: Vec::new() }
    }

    pub fn after(mut self, steps: &[Step]) -> Result<Self> {
        for step in steps {
            self.step(step).with_context(|| format!("{step:?}"))?;
        }
        Ok(self)
    }

    fn step(&mut self, step: &Step) -> Result<()> {
        match step {
            Step::Made { path } => {
                self.inodes.push(Inode::default());
                self.names.insert(path.clone(), self.inodes.len() - 1);
                self.pending.push(Naming::Name(path.clone(), self.inodes.len() - 1));
            }
            Step::Wrote { path, at, bytes } => self.inode(path)?.pending.push((*at, bytes.clone())),
            Step::Grown { path, length } => self.inode(path)?.pending.push((0, vec![0; *length])),
            Step::Synced { path } => {
                let inode = self.inode(path)?;
                for (at, bytes) in std::mem::take(&mut inode.pending) {
                    write(&mut inode.synced, at, &bytes);
                }
            }
            Step::Renamed { path, to } => {
                let inode = self.names.remove(path).context("it has a name")?;
                self.names.insert(to.clone(), inode);
                self.pending.push(Naming::Rename(path.clone(), to.clone(), inode));
            }
            Step::Removed { path } => {
                self.names.remove(path);
                self.pending.push(Naming::Unname(path.clone()));
            }
            Step::FolderSynced { path } => {
                let (done, rest) = self.pending.drain(..).partition(|naming| naming.folder() == Some(path));
                self.pending = rest;
                let done: Vec<Naming> = done;
                done.iter().for_each(|naming| naming.carry_out(&mut self.synced));
            }
        }
        Ok(())
    }

    fn inode(&mut self, path: &Path) -> Result<&mut Inode> {
        let number = *self.names.get(path).context("no such file")?;
        self.inodes.get_mut(number).context("a file has content")
    }

    /// What is there after the power cut.
    pub fn cut(&self, random: &mut Random) -> Files {
        let mut names = self.synced.clone();
        // Nothing of it, or each with an even chance, or all.
        let chance = random.below(3);
        let happens = |random: &mut Random| random.below(2) < chance;
        for naming in &self.pending {
            if happens(random) {
                naming.carry_out(&mut names);
            }
        }
        let mut content = |inode: &Inode| {
            let mut bytes = inode.synced.clone();
            for (at, written) in &inode.pending {
                if happens(random) {
                    let torn = if random.below(2) == 0 {
                        written.len()
                    } else {
                        random.below(written.len() as u64 + 1) as usize
                    };
                    write(&mut bytes, *at, &written[..torn]);
                }
            }
            bytes
        };
        names.into_iter().map(|(name, inode)| (name, content(&self.inodes[inode]))).collect()
    }
}

impl Naming {
    fn folder(&self) -> Option<&Path> {
        match self {
            Naming::Name(path, _) | Naming::Unname(path) | Naming::Rename(_, path, _) => path.parent(),
        }
    }

    fn carry_out(&self, names: &mut BTreeMap<PathBuf, usize>) {
        match self {
            Naming::Name(path, inode) => drop(names.insert(path.clone(), *inode)),
            Naming::Unname(path) => drop(names.remove(path)),
            Naming::Rename(from, to, inode) => {
                names.remove(from);
                names.insert(to.clone(), *inode);
            }
        }
    }
}

fn write(bytes: &mut Vec<u8>, at: usize, written: &[u8]) {
    let end = at + written.len();
    if bytes.len() < end {
        bytes.resize(end, 0);
    }
    bytes[at..end].copy_from_slice(written);
}

fn has_ending(path: &Path, ending: &str) -> bool {
    path.extension().is_some_and(|it| it == ending)
}
