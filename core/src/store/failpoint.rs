//! Places where tests make the world fail. A build without the feature `failpoints` has none of it.
//!
//! `TOKCORE_FP="name=action[:count][,name=action…]"`: whoever comes by the place `name` meets `action`, the first `count`
//! times, or always without a count. Source: specs/reliability.md §3.5.

/// Names a place: `failpoint("rec_rename")?`. Costs nothing in a build without the feature.
#[cfg(not(feature = "failpoints"))]
#[inline(always)]
pub(crate) fn failpoint(_name: &'static str) -> std::io::Result<()> {
    Ok(())
}

/// How many bytes of a file that was just written are to be there after all: `short_write(n)`.
#[cfg(not(feature = "failpoints"))]
#[inline(always)]
pub(crate) fn short_write(_failure: &std::io::Error) -> Option<u64> {
    None
}

#[cfg(feature = "failpoints")]
pub(crate) use armed::{failpoint, short_write};

#[cfg(feature = "failpoints")]
mod armed {
    use std::fmt;
    use std::io;
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::time::Duration;

    use rustix::io::Errno;
    use rustix::process::{Signal, getpid, kill_process};

    static POINTS: OnceLock<Vec<Point>> = OnceLock::new();

    struct Point {
        name: String,
        action: Action,
        left: AtomicU32,
    }

    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    enum Action {
        /// `kill9`: the process is gone at once.
        Kill,
        /// `stop90s`: the process stands still until whoever armed the place wakes it.
        Stop,
        Panic,
        Fail(Errno),
        Delay(u64),
        ShortWrite(u64),
    }

    /// A write of which only a part arrived.
    #[derive(Debug)]
    struct Short(u64);

    impl fmt::Display for Short {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "only {} bytes were written", self.0)
        }
    }

    impl std::error::Error for Short {}

    /// Does what `TOKCORE_FP` says for this place.
    pub(crate) fn failpoint(name: &'static str) -> io::Result<()> {
        let points = POINTS.get_or_init(armed);
        let Some(point) = points.iter().find(|point| point.name == name) else { return Ok(()) };
        let fires = point.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| match left {
            u32::MAX => Some(left),
            _ => left.checked_sub(1),
        });
        if fires.is_ok() { point.action.happens(name) } else { Ok(()) }
    }

    pub(crate) fn short_write(failure: &io::Error) -> Option<u64> {
        failure.get_ref()?.downcast_ref::<Short>().map(|short| short.0)
    }

    #[allow(clippy::disallowed_methods, reason = "a switch for tests, absent from releases")]
    fn armed() -> Vec<Point> {
        let text = std::env::var("TOKCORE_FP").unwrap_or_default();
        text.split(',').filter(|point| !point.is_empty()).map(parse).collect()
    }

    impl Action {
        fn happens(self, name: &str) -> io::Result<()> {
            match self {
                Action::Kill => kill_process(getpid(), Signal::KILL)?,
                Action::Stop => kill_process(getpid(), Signal::STOP)?,
                Action::Panic => panic!("failpoint {name}"),
                Action::Fail(errno) => return Err(errno.into()),
                Action::Delay(ms) => std::thread::sleep(Duration::from_millis(ms)),
                Action::ShortWrite(bytes) => return Err(io::Error::new(io::ErrorKind::WriteZero, Short(bytes))),
            }
            Ok(())
        }

        fn named(text: &str) -> Option<Self> {
            let number = |prefix| text.strip_prefix(prefix)?.strip_suffix(')')?.parse().ok();
            Some(match text {
                "kill9" => Action::Kill,
                "stop90s" => Action::Stop,
                "panic" => Action::Panic,
                "enospc" => Action::Fail(Errno::NOSPC),
                "eio" => Action::Fail(Errno::IO),
                "erofs" => Action::Fail(Errno::ROFS),
                "emfile" => Action::Fail(Errno::MFILE),
                "enomem" => Action::Fail(Errno::NOMEM),
                "reset" => Action::Fail(Errno::CONNRESET),
                _ => match number("delay(") {
                    Some(ms) => Action::Delay(ms),
                    None => Action::ShortWrite(number("short_write(")?),
                },
            })
        }
    }

    /// A misspelt test must not pass for one that met no failure.
    fn parse(text: &str) -> Point {
        let wrong = || -> ! { panic!("TOKCORE_FP: `{text}` is not name=action[:count]") };
        let Some((name, rest)) = text.split_once('=') else { wrong() };
        let (action, count) = rest.split_once(':').map_or((rest, None), |(action, count)| (action, Some(count)));
        let Some(action) = Action::named(action) else { wrong() };
        let left = match count.map(str::parse) {
            None => u32::MAX,
            Some(Ok(count)) => count,
            Some(Err(_)) => wrong(),
        };
        Point { name: name.to_owned(), action, left: AtomicU32::new(left) }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn every_action_has_a_name() {
            for text in ["kill9", "stop90s", "panic", "enospc", "eio", "erofs", "emfile", "enomem", "reset"] {
                assert!(Action::named(text).is_some(), "{text}");
            }
            assert_eq!(Action::named("delay(20)"), Some(Action::Delay(20)));
            assert_eq!(Action::named("short_write(7)"), Some(Action::ShortWrite(7)));
            assert_eq!(Action::named("delay"), None);
        }

        #[test]
        fn a_count_is_counted() {
            let point = parse("rec_rename=enospc:2");
            assert_eq!((point.name.as_str(), point.left.into_inner()), ("rec_rename", 2));
        }

        #[test]
        #[should_panic(expected = "name=action")]
        fn a_misspelt_place_is_noticed() {
            parse("rec_rename:enospc");
        }
    }
}
