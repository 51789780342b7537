//! Signals that end a wait. The listener is closed and the terminal restored before the program goes.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::flag;
use tokcore::{Error, Interrupt, Kind};

use crate::exit;

/// Whether somebody has asked this process to end.
pub struct Signals(Arc<AtomicBool>);

impl Signals {
    /// From now on these signals end what waits, and the program with it; a second one ends the program at once.
    pub fn listen() -> Result<Self, Error> {
        let status = i32::from(exit::status(Kind::Cancelled));
        let come = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            flag::register_conditional_shutdown(signal, status, come.clone())
                .and_then(|_| flag::register(signal, come.clone()))
                .map_err(|cause| Error::new(Kind::Internal, format!("signals cannot be listened for: {cause}")))?;
        }
        Ok(Self(come))
    }
}

impl Interrupt for Signals {
    fn is_interrupted(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
