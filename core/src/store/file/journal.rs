//! What is written down about an exchange before, while and after it is sent (docs/adr/0022).
//!
//! The *intent* says that an exchange begins, durably; its first byte turns from `-` to `>` when the request leaves. The
//! *stage* is room that the disk has put aside for the answer, which is sealed into it before anybody reads it. Both are
//! removed once the record is written, and not before.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::disk::{self, Places, tape};
use super::host::host;
use super::room::Room;
use crate::context::BootTime;
use crate::crypto;
use crate::error::Error;
use crate::server::witness::{RawAnswer, Witness};
use crate::store::failpoint;
use crate::store::shelf::{Address, Unfinished};

/// Room for an answer; a longer one makes the file grow, if the disk lets it.
const STAGE_BYTES: u64 = 64 * 1024;
/// The largest answer that is received at all, and what sealing adds.
const MAX_STAGE_BYTES: u64 = 1024 * 1024 + STAGE_BYTES;
const MAX_INTENT_BYTES: u64 = 4096;
/// The first byte of an intent.
const NOTHING_SENT: u8 = b'-';
const SENDING: u8 = b'>';
const FORMAT: u32 = 1;
/// What the answer's key is for.
const PURPOSE: &str = "stage";
const MAGIC: &[u8; 8] = b"TOKSTG1\n";
const ID_BYTES: usize = 16;
/// Magic, identity of the exchange, generation, length of what is sealed.
const HEAD_BYTES: usize = 8 + ID_BYTES + 8 + 4;

const INTENT: Places = Places {
    opened: "intent_tmp_open",
    written: "intent_tmp_written",
    synced: "intent_fsync",
    renamed: "intent_rename",
    folder_synced: "intent_dirsync",
};

/// An intent behind its first byte.
#[derive(Serialize, Deserialize)]
struct Intent {
    format: u32,
    /// Of this exchange; ties the stage to it.
    id: String,
    generation: u64,
    began_at_unix_ms: i64,
    began_at_boot: Option<BootTime>,
    host: String,
    pid: u32,
}

/// Where the journal of one record is.
pub(super) struct Journal {
    room: Arc<dyn Room>,
    address: Address,
    record: PathBuf,
}

impl Journal {
    /// `record`: the path of the record's own file.
    pub(super) fn new(room: Arc<dyn Room>, address: Address, record: PathBuf) -> Self {
        Self { room, address, record }
    }

    fn intent_path(&self) -> PathBuf {
        self.record.with_extension("intent")
    }

    fn stage_path(&self, generation: u64) -> PathBuf {
        self.record.with_extension(format!("g{generation}.stage"))
    }

    /// Writes down that an exchange begins, and reserves the room for its answer. Effects: `[disk]`.
    ///
    /// Errors: `Store` with the reason `store_unwritable`; nothing is left behind then.
    pub(super) fn begin(&self, generation: u64, now_unix_ms: i64) -> Result<Box<dyn Witness>, Error> {
        let outcome = self.write_down(generation, now_unix_ms);
        if outcome.is_err() {
            let _ = self.forget_files(generation);
        }
        outcome.map(|witness| Box::new(witness) as Box<dyn Witness>)
    }

    fn write_down(&self, generation: u64, now_unix_ms: i64) -> Result<Writing, Error> {
        let context = self.room.context();
        let mut id = [0; ID_BYTES];
        context.rng.fill(&mut id)?;
        let intent = Intent {
            format: FORMAT,
            id: crypto::hex(&id),
            generation,
            began_at_unix_ms: now_unix_ms,
            began_at_boot: context.clock.boot_time(),
            host: host(),
            pid: std::process::id(),
        };
        let (intent_path, stage_path) = (self.intent_path(), self.stage_path(generation));
        // The intent first: it is what says that there may be a stage.
        let written = || -> io::Result<File> {
            let text = [&[NOTHING_SENT], &serde_json::to_vec(&intent)?[..]].concat();
            disk::replace(&*context.rng, &intent_path, &text, &INTENT)?;
            disk::private().open(&intent_path)
        };
        let file = written().map_err(|cause| disk::unwritable(&intent_path, cause))?;
        let stage = failpoint("stage_alloc")
            .and_then(|()| disk::reserve(&stage_path, STAGE_BYTES))
            .map_err(|cause| disk::unwritable(&stage_path, cause))?;
        Ok(Writing { room: self.room.clone(), address: self.address, head: head(&id, generation), intent: file, stage })
    }

    /// What another process began, if anything. Effects: `[disk]`.
    ///
    /// What cannot be read was never finished, and nothing is sent before it is: so it counts as nothing.
    pub(super) fn unfinished(&self) -> Result<Option<Unfinished>, Error> {
        let path = self.intent_path();
        let found = disk::read(&path, MAX_INTENT_BYTES).map_err(|cause| disk::unreadable(&path, cause))?;
        let Some((flag, intent)) = found.as_ref().and_then(|found| parse(&found.bytes)) else { return Ok(None) };
        let answer = self.answer(&intent)?;
        Ok(Some(Unfinished {
            generation: intent.generation,
            began_at_unix_ms: intent.began_at_unix_ms,
            began_at_boot: intent.began_at_boot,
            host: intent.host,
            sending: flag == SENDING || answer.is_some(),
            answer,
        }))
    }

    /// The answer in the stage, if it is whole and belongs to this exchange.
    fn answer(&self, intent: &Intent) -> Result<Option<RawAnswer>, Error> {
        let path = self.stage_path(intent.generation);
        let found = disk::read(&path, MAX_STAGE_BYTES).map_err(|cause| disk::unreadable(&path, cause))?;
        let Some(found) = found else { return Ok(None) };
        let Some((head, rest)) = found.bytes.split_at_checked(HEAD_BYTES) else { return Ok(None) };
        let (head, length) = head.split_at(HEAD_BYTES - 4);
        let length = length.iter().fold(0, |length, byte| length << 8 | usize::from(*byte));
        let id_matches = head.get(MAGIC.len()..MAGIC.len() + ID_BYTES).is_some_and(|id| crypto::hex(id) == intent.id);
        let (true, Some(sealed)) = (id_matches, rest.get(..length)) else { return Ok(None) };
        Ok(self.room.open(&self.address, PURPOSE, head, sealed)?.and_then(|text| decode(&text)))
    }

    /// Removes whatever was written down. Effects: `[disk]`.
    pub(super) fn forget(&self) -> Result<(), Error> {
        let path = self.intent_path();
        let intent = match disk::read(&path, MAX_INTENT_BYTES) {
            Ok(None) => return Ok(()),
            found => found.ok().flatten(),
        };
        let generation = intent.as_ref().and_then(|found| parse(&found.bytes)).map(|(_, intent)| intent.generation);
        disk::remove(&path).map_err(|cause| disk::unwritable(&path, cause))?;
        match generation {
            Some(generation) => self.forget_files(generation),
            None => Ok(()),
        }
    }

    /// The stage goes last: alone it means nothing.
    fn forget_files(&self, generation: u64) -> Result<(), Error> {
        for path in [self.intent_path(), self.stage_path(generation)] {
            disk::remove(&path).map_err(|cause| disk::unwritable(&path, cause))?;
        }
        Ok(())
    }
}

/// The witness of an exchange that is written down.
struct Writing {
    room: Arc<dyn Room>,
    address: Address,
    /// The head of the stage without its length.
    head: Vec<u8>,
    intent: File,
    stage: File,
}

impl Writing {
    fn mark(&self, byte: u8) {
        if let Err(cause) = disk::flip(&self.intent, 0, byte) {
            // Too late to stop: the next process may take the exchange for one that was never sent.
            tracing::warn!("how far a renewal has come could not be written down: {cause}");
        }
    }

    /// Sealed, then written, then synced: what is not whole does not open.
    fn keep(&self, answer: &RawAnswer) -> Result<(), Error> {
        let sealed = self.room.seal(&self.address, PURPOSE, &self.head, &encode(answer)?)?;
        let stage = [&self.head[..], &(sealed.len() as u32).to_be_bytes(), &sealed].concat();
        let written = || -> io::Result<()> {
            self.stage.write_all_at(&stage, 0)?;
            tape::wrote(&self.stage, 0, &stage);
            disk::reached("stage_written", &self.stage)?;
            failpoint("stage_fsync")?;
            self.stage.sync_data().inspect(|()| tape::synced(&self.stage))
        };
        written().map_err(|cause| disk::unwritable(Path::new("the answer"), cause))
    }
}

impl Witness for Writing {
    fn sending(&self) {
        self.mark(SENDING);
        if let Err(cause) = failpoint("sending_marked") {
            tracing::warn!("{cause}");
        }
    }

    fn not_sent(&self) {
        self.mark(NOTHING_SENT);
    }

    fn answered(&self, answer: &RawAnswer) {
        // The answer is still in memory: it is read, and the record written, as if nothing had happened.
        if let Err(error) = self.keep(answer) {
            tracing::warn!("the answer to a renewal could not be put aside: {error}");
        }
    }
}

fn head(id: &[u8; ID_BYTES], generation: u64) -> Vec<u8> {
    [&MAGIC[..], id, &generation.to_be_bytes()].concat()
}

fn parse(bytes: &[u8]) -> Option<(u8, Intent)> {
    let (flag, text) = bytes.split_first()?;
    let intent: Intent = serde_json::from_slice(text).ok()?;
    (matches!(*flag, NOTHING_SENT | SENDING) && intent.format == FORMAT).then_some((*flag, intent))
}

/// An answer without its body.
#[derive(Serialize, Deserialize)]
struct About {
    sent_at_unix_s: i64,
    status: u16,
    headers: Vec<(String, String)>,
}

/// Length of what is about the answer, that, and the body as it came.
fn encode(answer: &RawAnswer) -> Result<Zeroizing<Vec<u8>>, Error> {
    let about = About { sent_at_unix_s: answer.sent_at_unix_s, status: answer.status, headers: answer.headers.clone() };
    let bug = |_| Error::new(crate::kinds::Kind::Internal, "an answer could not be written as text");
    let about = serde_json::to_vec(&about).map_err(bug)?;
    // Room for all at once: growing would leave copies behind.
    let mut text = Zeroizing::new(Vec::with_capacity(4 + about.len() + answer.body.len()));
    text.extend_from_slice(&(about.len() as u32).to_be_bytes());
    text.extend_from_slice(&about);
    text.extend_from_slice(&answer.body);
    Ok(text)
}

fn decode(text: &[u8]) -> Option<RawAnswer> {
    let (length, rest) = text.split_first_chunk::<4>()?;
    let (about, body) = rest.split_at_checked(u32::from_be_bytes(*length) as usize)?;
    let about: About = serde_json::from_slice(about).ok()?;
    Some(RawAnswer {
        sent_at_unix_s: about.sent_at_unix_s,
        status: about.status,
        headers: about.headers,
        body: Zeroizing::new(body.to_vec()),
    })
}

#[cfg(test)]
mod tests;
