//! The event loop of the verbs that wait for more than one thing.

use std::future::Future;

use tokcore::{Error, Kind};

/// Drives `work` to its end on this thread.
pub fn block_on<T>(work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime
        .map_err(|cause| Error::new(Kind::Internal, format!("the event loop did not start: {cause}")))?
        .block_on(work)
}
