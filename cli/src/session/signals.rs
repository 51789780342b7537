//! Signals that are meant for the program, although they reach its supervisor.

use std::io;

use rustix::process::{Pid, Signal, getpgrp, kill_process};
use rustix::termios::tcgetpgrp;
use tokcore::{Error, Kind};
use tokio::signal::unix::{self, SignalKind, signal};

/// Listens for the signals that users and service managers send.
pub struct Signals {
    terminate: unix::Signal,
    hang_up: unix::Signal,
    interrupt: unix::Signal,
    quit: unix::Signal,
    user_1: unix::Signal,
    user_2: unix::Signal,
}

impl Signals {
    /// From now on they no longer end this process. Must be called inside the runtime, before there is anything to
    /// clean up.
    pub fn listen() -> Result<Self, Error> {
        let listen = |kind| {
            let refused = |cause| Error::new(Kind::Internal, format!("signals cannot be listened for: {cause}"));
            signal(kind).map_err(refused)
        };
        Ok(Self {
            terminate: listen(SignalKind::terminate())?,
            hang_up: listen(SignalKind::hangup())?,
            interrupt: listen(SignalKind::interrupt())?,
            quit: listen(SignalKind::quit())?,
            user_1: listen(SignalKind::user_defined1())?,
            user_2: listen(SignalKind::user_defined2())?,
        })
    }

    /// One that came already, while there was no program yet that could have got it. Does not wait.
    pub async fn come(&mut self) -> Option<Signal> {
        tokio::select! {
            biased;
            signal = self.any() => Some(signal),
            () = std::future::ready(()) => None,
        }
    }

    /// The next one that the program has not got yet.
    pub async fn next(&mut self) -> Signal {
        loop {
            let signal = self.any().await;
            // Ctrl-C and Ctrl-\ reach the whole foreground group; once more would count as twice.
            let from_keyboard = matches!(signal, Signal::INT | Signal::QUIT) && is_in_foreground();
            if !from_keyboard {
                return signal;
            }
        }
    }

    async fn any(&mut self) -> Signal {
        tokio::select! {
            _ = self.terminate.recv() => Signal::TERM,
            _ = self.hang_up.recv() => Signal::HUP,
            _ = self.interrupt.recv() => Signal::INT,
            _ = self.quit.recv() => Signal::QUIT,
            _ = self.user_1.recv() => Signal::USR1,
            _ = self.user_2.recv() => Signal::USR2,
        }
    }
}

fn is_in_foreground() -> bool {
    tcgetpgrp(io::stdin()).is_ok_and(|group| group == getpgrp())
}

/// Sends `signal` to the process of this number. One that has just ended needs no signal any more.
pub fn forward(process: Option<u32>, signal: Signal) {
    let process = process.and_then(|number| Pid::from_raw(number.try_into().ok()?));
    if let Some(process) = process {
        let _ = kill_process(process, signal);
    }
}
