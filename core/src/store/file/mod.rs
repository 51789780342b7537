//! A shelf of sealed files.

mod directory;
mod disk;
mod filesystem;
mod format;
mod journal;
mod lease;
mod lock;
mod permissions;
mod quarantine;
mod turn;
