//! Runs an exchange on the caller's thread (docs/adr): no thread of ours lives between calls.

mod host;

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};

use self::host::Attendance;
pub(crate) use self::host::by_caller;
use crate::error::Error;
use crate::fork::PerProcess;
use crate::kinds::Kind;

/// The host's way to say "stop waiting": Ctrl-C in Python, Esc in R, a cancel handle in C.
pub trait Interrupt {
    /// Asked on the calling thread at least every 100 ms while a call waits.
    fn is_interrupted(&self) -> bool;
}

/// For callers that never interrupt.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoInterrupt;

impl Interrupt for NoInterrupt {
    fn is_interrupted(&self) -> bool {
        false
    }
}

/// Half of the 250 ms within which a user expects Ctrl-C to work, less some air for the host's own handling.
const INTERRUPT_POLL: Duration = Duration::from_millis(90);

static RUNTIME: PerProcess<Runtime> = PerProcess::new();

/// Drives `exchange` to its end on this thread, unless `interrupt` asks to stop.
///
/// Threads: several at once; whoever comes first drives the others' connections too.
/// Errors: `Cancelled`; `InvalidState` inside an async runtime, which a blocking call would starve.
pub(crate) fn run<T>(exchange: impl Future<Output = Result<T, Error>>, interrupt: &dyn Interrupt) -> Result<T, Error> {
    if Handle::try_current().is_ok() {
        return Err(Error::new(
            Kind::InvalidState,
            "a call of tokcore that waits was made inside another, or an async runtime",
        )
        .with_hint(
            "make it before that call and keep what it gives; in a runtime of yours, make it in a blocking task",
        ));
    }
    let runtime = RUNTIME.get_or_try_init(start)?;
    let attendance = Attendance::begin();
    let mut exchange = pin!(exchange);
    let mut ticks = None;
    loop {
        let step = runtime.block_on(async {
            // Whoever steps a sign-in makes calls too short for the clock below to strike. Asked in here, so that a call of
            // ours in the host's check is refused and not waited for.
            if ticks.is_none() && interrupt.is_interrupted() {
                return Step::Ended(Err(interrupted()));
            }
            // What the host has done reaches the exchange before the host is asked again.
            let ticks = ticks.insert(clock());
            poll_fn(|cx| {
                if let Poll::Ready(outcome) = exchange.as_mut().poll(cx) {
                    return Poll::Ready(Step::Ended(outcome));
                }
                if let Some(work) = attendance.next(cx) {
                    return Poll::Ready(Step::Host(work));
                }
                while ticks.poll_tick(cx).is_ready() {
                    if interrupt.is_interrupted() {
                        return Poll::Ready(Step::Ended(Err(interrupted())));
                    }
                }
                Poll::Pending
            })
            .await
        });
        match step {
            Step::Ended(outcome) => return outcome,
            Step::Host(work) => work(),
        }
    }
}

/// Why the event loop was left.
enum Step<T> {
    /// There is an outcome.
    Ended(Result<T, Error>),
    /// The host has something to do for the exchange.
    Host(Box<dyn FnOnce() + Send>),
}

/// Strikes whenever the host is asked whether to stop.
fn clock() -> Interval {
    let mut ticks = interval_at(Instant::now() + INTERRUPT_POLL, INTERRUPT_POLL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}

/// What a caller gets who asked to stop.
fn interrupted() -> Error {
    Error::new(Kind::Cancelled, "the call was interrupted")
}

/// Runs `exchange` to its end even when the call that waits for it is interrupted: a server that has answered may have
/// replaced the refresh token, and an answer that nobody stores is a lost login.
///
/// Begins at once; must be called inside [`run`]. Threads: none while somebody waits; when the result is dropped early,
/// one that ends with the exchange.
pub(crate) fn protected<T: Send + 'static>(
    exchange: impl Future<Output = Result<T, Error>> + Send + 'static,
) -> Protected<T> {
    let (landed, outcome) = oneshot::channel();
    // An exchange takes a lot of room, and a task is moved from hand to hand before it begins.
    let exchange = Box::pin(exchange);
    let task = tokio::spawn(host::begun_here(async move { drop(landed.send(exchange.await)) }));
    Protected { outcome, _finish: FinishOnDrop { task: Some(task), generation: tokcore_sys::fork_generation() } }
}

/// The result of a [`protected`] exchange, to be awaited. Errors: those of the exchange; `Internal` when it panics.
pub(crate) struct Protected<T> {
    outcome: oneshot::Receiver<Result<T, Error>>,
    _finish: FinishOnDrop,
}

impl<T> Future for Protected<T> {
    type Output = Result<T, Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let bug = |_| Err(Error::new(Kind::Internal, "a bug in tokcore ended this exchange"));
        Pin::new(&mut self.outcome).poll(cx).map(|outcome| outcome.unwrap_or_else(bug))
    }
}

/// The task of a [`protected`] exchange, finished elsewhere when nobody waits for it any more.
struct FinishOnDrop {
    task: Option<JoinHandle<()>>,
    generation: u64,
}

impl Drop for FinishOnDrop {
    fn drop(&mut self) {
        let Some(task) = self.task.take().filter(|task| !task.is_finished()) else { return };
        if self.generation != tokcore_sys::fork_generation() {
            // The parent runs it, and finishes it.
            return std::mem::forget(task);
        }
        let Ok(runtime) = RUNTIME.get_or_try_init(start) else { return };
        let finish = move || drop(runtime.block_on(task));
        if let Err(cause) = std::thread::Builder::new().name("tokcore-finish".into()).spawn(finish) {
            tracing::warn!("an interrupted exchange could not be finished: {cause}");
        }
    }
}

fn start() -> Result<Runtime, Error> {
    Builder::new_current_thread()
        .enable_io()
        .enable_time()
        // Name resolution is the only user of the blocking pool; its thread must not outlive the call.
        .thread_keep_alive(Duration::from_millis(1))
        .thread_name("tokcore-dns")
        .build()
        .map_err(|cause| {
            Error::new(Kind::Internal, format!("the event loop did not start: {cause}"))
                .with_hint("check the limit of open files")
                .with_cause(cause)
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    struct After(Cell<u32>);

    impl Interrupt for After {
        fn is_interrupted(&self) -> bool {
            self.0.set(self.0.get().saturating_sub(1));
            self.0.get() == 0
        }
    }

    #[test]
    fn an_interrupt_ends_a_wait_within_250_ms() {
        let begun = std::time::Instant::now();
        let outcome: Result<(), Error> = run(std::future::pending(), &After(Cell::new(2)));
        assert_eq!(outcome.unwrap_err().kind(), Kind::Cancelled);
        assert!(begun.elapsed() < Duration::from_millis(250), "{:?}", begun.elapsed());
    }

    #[test]
    fn short_calls_are_interrupted_too() {
        let outcome = run(async { Ok(()) }, &After(Cell::new(1)));
        assert_eq!(outcome.unwrap_err().kind(), Kind::Cancelled);
    }

    #[test]
    fn a_call_inside_a_runtime_is_refused_and_not_a_panic() {
        let runtime = Builder::new_current_thread().build().unwrap();
        let outcome = runtime.block_on(async { run(async { Ok(()) }, &NoInterrupt) });
        assert_eq!(outcome.unwrap_err().kind(), Kind::InvalidState);
    }

    #[test]
    fn the_hosts_functions_run_on_the_thread_of_their_call_and_may_call_us() {
        let ask = || {
            let here = std::thread::current().id();
            let done = protected(by_caller(move || {
                // Others drive the exchange meanwhile, and this one too.
                std::thread::sleep(Duration::from_millis(5));
                let inner = run(async { protected(by_caller(|| std::thread::current().id())).await }, &NoInterrupt);
                (std::thread::current().id(), inner)
            }));
            async move {
                let (outer, inner) = done.await?;
                assert_eq!((outer, inner?), (here, here));
                Ok(())
            }
        };
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| run(async { ask().await }, &NoInterrupt).expect("an answer"));
            }
        });
    }

    #[test]
    fn nobody_waits_for_a_host_that_has_gone() {
        let (told, outcome) = std::sync::mpsc::channel();
        let exchange = async move {
            tokio::time::sleep(Duration::from_millis(150)).await;
            let asked = by_caller(|| panic!("its call has ended")).await;
            told.send(asked.map_err(|error| error.kind())).expect("somebody listens");
            Ok(())
        };
        let left = run(async { protected(exchange).await }, &After(Cell::new(2)));
        assert_eq!(left.unwrap_err().kind(), Kind::Cancelled);
        assert_eq!(outcome.recv_timeout(Duration::from_secs(5)).expect("it ends"), Err(Kind::Cancelled));
    }

    #[test]
    fn threads_can_wait_at_the_same_time() {
        let begun = std::time::Instant::now();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    run(
                        async {
                            tokio::time::sleep(Duration::from_millis(50)).await;
                            Ok(())
                        },
                        &NoInterrupt,
                    )
                });
            }
        });
        assert!(begun.elapsed() < Duration::from_millis(190), "{:?}", begun.elapsed());
    }
}
