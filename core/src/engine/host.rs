//! What only the thread of a call may do for its exchange: the functions of its host.
//!
//! An exchange is driven by whichever thread waits, also by one that finishes what others have left. A function of the host
//! belongs to the thread whose call asked for the exchange (R has one only), and runs outside the event loop, so that it may
//! call us in its turn.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::Future;
use std::sync::{Arc, Mutex};
use std::task::{Context, Waker};

use tokio::sync::oneshot;

use crate::error::Error;
use crate::kinds::Kind;
use crate::lock::lock;

type Work = Box<dyn FnOnce() + Send>;

/// Where an exchange leaves what the thread of its call must do.
#[derive(Default)]
struct Desk(Mutex<State>);

#[derive(Default)]
struct State {
    left: VecDeque<Work>,
    waker: Option<Waker>,
    /// Whoever was to do it has gone.
    closed: bool,
}

thread_local! {
    /// That of the innermost call of this thread.
    static OF_CALL: RefCell<Option<Arc<Desk>>> = const { RefCell::new(None) };
}

tokio::task_local! {
    /// That of the call that began this task, which other threads drive too.
    static OF_TASK: Option<Arc<Desk>>;
}

fn current() -> Option<Arc<Desk>> {
    OF_TASK.try_with(Clone::clone).unwrap_or_else(|_| OF_CALL.with_borrow(Clone::clone))
}

/// `task`, which leaves its work with the call that begins it here.
pub(super) fn begun_here<T>(task: impl Future<Output = T>) -> impl Future<Output = T> {
    OF_TASK.scope(current(), task)
}

/// Does `work` on the thread of the call that asked for this exchange, outside the event loop; at once where there is none.
///
/// Errors: `Cancelled` when that call has ended.
pub(crate) async fn by_caller<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
    let Some(desk) = current() else { return Ok(work()) };
    let (done, outcome) = oneshot::channel();
    desk.leave(Box::new(move || drop(done.send(work()))));
    outcome.await.map_err(|_| Error::new(Kind::Cancelled, "the call was interrupted"))
}

impl Desk {
    fn leave(&self, work: Work) {
        let mut state = lock(&self.0);
        if !state.closed {
            state.left.push_back(work);
            if let Some(waker) = state.waker.take() {
                waker.wake();
            }
        }
    }
}

/// A call that does what is left for it, until it ends.
pub(super) struct Attendance {
    desk: Arc<Desk>,
    outer: Option<Arc<Desk>>,
}

impl Attendance {
    pub(super) fn begin() -> Self {
        let desk = Arc::<Desk>::default();
        let outer = OF_CALL.replace(Some(desk.clone()));
        Self { desk, outer }
    }

    /// What is left to do. Wakes whoever asks when there is more.
    pub(super) fn next(&self, cx: &Context<'_>) -> Option<Work> {
        let mut state = lock(&self.desk.0);
        let work = state.left.pop_front();
        if work.is_none() {
            state.waker = Some(cx.waker().clone());
        }
        work
    }
}

impl Drop for Attendance {
    fn drop(&mut self) {
        OF_CALL.set(self.outer.take());
        let mut state = lock(&self.desk.0);
        state.closed = true;
        // Those who wait for it learn that nobody will do it.
        let left = std::mem::take(&mut state.left);
        drop(state);
        drop(left);
    }
}
