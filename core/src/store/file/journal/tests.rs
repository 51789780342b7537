//! What is left of a journal after every way to cut it short or change it.

#![allow(clippy::disallowed_methods, reason = "what is on the disk is what is tested")]

use super::super::filesystem::Mode;
use super::super::turn::tests::{ADDRESS, Bare, answer};
use super::*;

struct Scene {
    room: Arc<Bare>,
    journal: Journal,
    intent: PathBuf,
    stage: PathBuf,
}

/// An exchange whose answer was saved.
fn answered() -> Scene {
    let room = Bare::new(Mode::Lock);
    let journal = Journal::new(room.clone(), ADDRESS, room.path(&ADDRESS));
    let witness = journal.begin(3, 5).unwrap();
    witness.sending();
    witness.answered(&answer(b"{\"refresh_token\":\"canary-refresh\"}"));
    let (intent, stage) = (journal.intent_path(), journal.stage_path(3));
    Scene { room, journal, intent, stage }
}

#[test]
fn an_intent_that_was_cut_short_means_nothing_was_sent() {
    let scene = answered();
    let whole = std::fs::read(&scene.intent).unwrap();
    for length in 0..whole.len() {
        std::fs::write(&scene.intent, &whole[..length]).unwrap();
        assert!(scene.journal.unfinished().unwrap().is_none(), "{length} of {} bytes", whole.len());
        scene.journal.forget().unwrap();
    }
    std::fs::write(&scene.intent, &whole).unwrap();
    assert!(scene.journal.unfinished().unwrap().unwrap().answer.is_some());
}

#[test]
fn a_stage_that_is_not_whole_is_no_answer_and_the_exchange_still_began() {
    let scene = answered();
    let whole = std::fs::read(&scene.stage).unwrap();
    let used = whole.iter().rposition(|byte| *byte != 0).unwrap() + 1;
    assert_eq!(whole.len() as u64, STAGE_BYTES);
    let left = |content: &[u8]| {
        std::fs::write(&scene.stage, content).unwrap();
        scene.journal.unfinished().unwrap().expect("an intent")
    };
    for length in 0..used {
        let left = left(&whole[..length]);
        assert!(left.sending && left.answer.is_none(), "{length} of {used} bytes");
    }
    for at in 0..used {
        let mut changed = whole.clone();
        changed[at] ^= 1;
        assert!(left(&changed).answer.is_none(), "byte {at}");
    }
    assert!(left(&whole[..used]).answer.is_some());
}

#[test]
fn a_stage_of_another_exchange_is_no_answer() {
    let (old, new) = (answered(), answered());
    std::fs::copy(&old.stage, &new.stage).unwrap();
    assert!(new.journal.unfinished().unwrap().unwrap().answer.is_none());
}

#[test]
fn a_saved_answer_shows_nothing_of_itself_and_belongs_to_its_owner() {
    use std::os::unix::fs::MetadataExt;
    let scene = answered();
    for path in [&scene.intent, &scene.stage] {
        let content = std::fs::read(path).unwrap();
        assert!(!content.windows(6).any(|window| window == b"canary"), "{}", path.display());
        assert_eq!(path.metadata().unwrap().mode() & 0o7777, 0o600);
    }
    scene.journal.forget().unwrap();
    assert!(scene.room.names().is_empty());
}

#[test]
fn an_answer_larger_than_the_room_is_kept_while_the_disk_lets_it() {
    let scene = answered();
    scene.journal.forget().unwrap();
    let body = vec![b'x'; 2 * STAGE_BYTES as usize];
    scene.journal.begin(4, 5).unwrap().answered(&answer(&body));
    let left = scene.journal.unfinished().unwrap().unwrap();
    assert_eq!(left.answer.unwrap().body.len(), body.len());
}

#[test]
fn a_later_layout_is_left_alone_and_means_nothing() {
    let scene = answered();
    let text = std::fs::read_to_string(&scene.intent).unwrap().replace("\"format\":1", "\"format\":2");
    std::fs::write(&scene.intent, text).unwrap();
    assert!(scene.journal.unfinished().unwrap().is_none());
}
