//! What is written down without anybody waiting for it: the audit log, and when things were last used.
//!
//! One task writes; when it falls far behind, notes are dropped and counted, because answering comes first. Every audit
//! event is also a line of the log. Source: specs/workbench.md §4.14.

use tokio::sync::{mpsc, oneshot};

use crate::Principal;
use crate::store::{AuditEvent, Store, TokenKey};

/// Notes that may wait for the disk.
const QUEUE: usize = 4096;

enum Note {
    Audit(Box<AuditEvent>),
    LastUsed(TokenKey, i64),
    LastSeen(String, i64),
    Close(oneshot::Sender<()>),
}

/// The queue to the writer. Cheap to clone; the writer ends with the last clone.
#[derive(Clone, Debug)]
pub struct Journal(mpsc::Sender<Note>);

/// An audit event under construction: `Event::of("signed_in", now).principal(..)`.
#[derive(Debug)]
pub struct Event(AuditEvent);

impl Event {
    /// An event of this name.
    pub fn of(event: &str, now: i64) -> Self {
        Self(AuditEvent { at: now, event: event.into(), ..AuditEvent::default() })
    }

    /// Who.
    pub fn principal(mut self, principal: &Principal) -> Self {
        self.0.principal = Some(principal.to_string());
        self
    }

    /// Which integration.
    pub fn integration(mut self, guid: uuid::Uuid, name: &str) -> Self {
        self.0.integration_guid = Some(guid.to_string());
        self.0.integration_name = Some(name.into());
        self
    }

    /// Which session, by hash.
    pub fn session(mut self, sid_hash: &str) -> Self {
        // Eight digits tell sessions apart and open none.
        self.0.sid_hash = Some(sid_hash.chars().take(8).collect());
        self
    }

    /// From where.
    pub fn remote(mut self, remote: impl ToString) -> Self {
        self.0.remote = Some(remote.to_string());
        self
    }

    /// What came of it.
    pub fn result(mut self, result: &str) -> Self {
        self.0.result = Some(result.into());
        self
    }

    /// A class of reasons, never a message.
    pub fn reason(mut self, reason: &str) -> Self {
        self.0.reason = Some(reason.chars().take(64).collect());
        self
    }
}

impl Journal {
    /// Starts the writer. Must be called inside the runtime.
    pub fn start(store: Store) -> Self {
        let (sender, mut notes) = mpsc::channel(QUEUE);
        tokio::spawn(async move {
            while let Some(note) = notes.recv().await {
                let written = match note {
                    Note::Audit(event) => store.append_audit(&event).await,
                    Note::LastUsed(key, now) => store.touch_last_used(&key, now).await,
                    Note::LastSeen(session, now) => store.touch_rpc_session(&session, now).await,
                    Note::Close(done) => {
                        // The database's lock goes with its last holder.
                        drop(store);
                        // Whoever asked may have given up waiting.
                        let _ = done.send(());
                        return;
                    }
                };
                if let Err(error) = written {
                    tracing::warn!(%error, "a note was not written");
                }
            }
        });
        Self(sender)
    }

    /// Records an event.
    pub fn audit(&self, Event(event): Event) {
        tracing::info!(
            target: "audit",
            event = %event.event,
            principal = event.principal,
            guid = event.integration_guid,
            integration = event.integration_name,
            session = event.sid_hash,
            remote = event.remote,
            result = event.result,
            reason = event.reason,
        );
        self.note(Note::Audit(Box::new(event)));
    }

    /// Records a hand-out.
    pub fn last_used(&self, key: TokenKey, now: i64) {
        self.note(Note::LastUsed(key, now));
    }

    /// Records a request of a session.
    pub fn last_seen(&self, sid_hash: &str, now: i64) {
        self.note(Note::LastSeen(sid_hash.to_owned(), now));
    }

    /// Writes what was recorded so far and lets go of the database; what comes later is dropped.
    pub async fn close(&self) {
        let (done, closed) = oneshot::channel();
        if self.0.send(Note::Close(done)).await.is_ok() {
            let _ = closed.await;
        }
    }

    fn note(&self, note: Note) {
        if self.0.try_send(note).is_err() {
            tracing::warn!("the journal is full or closed; a note was dropped");
        }
    }
}
