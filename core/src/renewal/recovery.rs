//! What to do about an exchange that somebody began and never finished. Pure. Source: specs/reliability.md §3.4.

use crate::context::BootTime;
use crate::oauth::rotation::Rotation;
use crate::store::shelf::Unfinished;

/// What is known besides.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scene {
    /// The generation that is kept. Shape: `None` when nothing is.
    pub(crate) kept: Option<u64>,
    pub(crate) rotation: Rotation,
    pub(crate) now_unix_ms: i64,
    pub(crate) now_boot: Option<BootTime>,
    /// Whether the access token that is kept does for a while yet, so that nothing has to be risked.
    pub(crate) token_lasts: bool,
}

/// What follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// The answer is here: it is read as if it had just come.
    TakeOver,
    /// Nothing was lost: renew as if nothing had happened.
    Renew,
    /// The server may have carried it out: present the old refresh token once more, and know why if it is dead.
    Replay,
    /// The same, but not while the access token is good: a server that takes the second use for theft would end it too.
    Wait,
}

/// What follows from `left`, which its owner can no longer finish.
pub(crate) fn next(left: &Unfinished, scene: &Scene) -> Next {
    if scene.kept.is_some_and(|kept| left.generation <= kept) {
        // Its result was stored; only the tidying up is missing.
        return Next::Renew;
    }
    if left.answer.is_some() && left.generation == scene.kept.map_or(0, |kept| kept + 1) {
        return Next::TakeOver;
    }
    // The mark that the request leaves survives the death of a process, not that of the machine.
    if !left.sending && same_boot(left.began_at_boot, scene.now_boot) {
        return Next::Renew;
    }
    match scene.rotation {
        Rotation::Static | Rotation::Keep => Next::Renew,
        Rotation::Grace(seconds) if age_ms(left, scene) <= i64::from(seconds) * 1000 => Next::Replay,
        _ if scene.token_lasts => Next::Wait,
        _ => Next::Replay,
    }
}

fn same_boot(then: Option<BootTime>, now: Option<BootTime>) -> bool {
    then.zip(now).is_some_and(|(then, now)| then.boot == now.boot)
}

/// How long ago it began: by the clock that nobody sets, where that says it.
fn age_ms(left: &Unfinished, scene: &Scene) -> i64 {
    match left.began_at_boot.zip(scene.now_boot) {
        Some((then, now)) if then.boot == now.boot => now.ms.saturating_sub(then.ms),
        _ => scene.now_unix_ms.saturating_sub(left.began_at_unix_ms),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::witness::RawAnswer;

    const NOW_MS: i64 = 1_700_000_000_000;

    fn left(sending: bool, answered: bool) -> Unfinished {
        let answer = answered.then(|| RawAnswer {
            sent_at_unix_s: NOW_MS / 1000,
            status: 200,
            headers: Vec::new(),
            body: Vec::new().into(),
        });
        Unfinished {
            generation: 8,
            began_at_unix_ms: NOW_MS - 20_000,
            began_at_boot: Some(BootTime { boot: 1, ms: 5_000 }),
            host: "desk".into(),
            sending,
            answer,
        }
    }

    fn scene(rotation: Rotation, token_lasts: bool) -> Scene {
        let now_boot = Some(BootTime { boot: 1, ms: 25_000 });
        Scene { kept: Some(7), rotation, now_unix_ms: NOW_MS, now_boot, token_lasts }
    }

    #[test]
    fn an_answer_is_taken_over_whatever_the_server_does() {
        for rotation in [Rotation::Static, Rotation::Strict, Rotation::Unknown] {
            assert_eq!(next(&left(true, true), &scene(rotation, true)), Next::TakeOver);
        }
        let first = Unfinished { generation: 0, ..left(true, true) };
        assert_eq!(next(&first, &Scene { kept: None, ..scene(Rotation::Strict, false) }), Next::TakeOver);
        // It is an answer to something else.
        let other = Unfinished { generation: 9, ..left(true, true) };
        assert_eq!(next(&other, &scene(Rotation::Strict, true)), Next::Wait);
    }

    #[test]
    fn what_was_stored_or_never_sent_is_no_loss() {
        let stored = Scene { kept: Some(8), ..scene(Rotation::Strict, true) };
        assert_eq!(next(&left(true, true), &stored), Next::Renew);
        assert_eq!(next(&left(false, false), &scene(Rotation::Strict, true)), Next::Renew);
    }

    #[test]
    fn after_a_reboot_the_mark_may_be_lost() {
        let rebooted = Scene { now_boot: Some(BootTime { boot: 2, ms: 9 }), ..scene(Rotation::Strict, true) };
        assert_eq!(next(&left(false, false), &rebooted), Next::Wait);
        assert_eq!(next(&left(false, false), &Scene { now_boot: None, ..rebooted }), Next::Wait);
    }

    #[test]
    fn the_servers_habit_decides() {
        let sent = left(true, false);
        assert_eq!(next(&sent, &scene(Rotation::Static, true)), Next::Renew);
        assert_eq!(next(&sent, &scene(Rotation::Keep, false)), Next::Renew);
        assert_eq!(next(&sent, &scene(Rotation::Grace(20), true)), Next::Replay);
        assert_eq!(next(&sent, &scene(Rotation::Grace(19), true)), Next::Wait);
        for strict in [Rotation::Strict, Rotation::Unknown] {
            assert_eq!(next(&sent, &scene(strict, true)), Next::Wait);
            assert_eq!(next(&sent, &scene(strict, false)), Next::Replay);
        }
    }
}
