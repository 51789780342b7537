//! A person at a terminal: shown things on stderr, typing lines into stdin.

#![allow(clippy::disallowed_methods, reason = "this is where the terminal is reached")]

use std::io::{self, BufRead, IsTerminal, Write};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::error::Error;
use crate::kinds::Kind;
use crate::person::{Interactivity, Notice, Person, Typed};
use crate::secret::Secret;

/// The terminal that a program was started from. Interactive when both stdin and stderr lead there; stdout is never
/// written to.
#[derive(Clone, Copy, Debug, Default)]
pub struct Terminal;

impl Person for Terminal {
    fn interactivity(&self) -> Interactivity {
        if io::stdin().is_terminal() && io::stderr().is_terminal() { Interactivity::Yes } else { Interactivity::No }
    }

    fn tell(&self, notice: &Notice<'_>) {
        // Where stderr is closed there is nobody to tell.
        let _ = match notice {
            // A log file need not be told that nothing happens.
            Notice::Waiting if !io::stderr().is_terminal() => Ok(()),
            Notice::Prompt(_) => write!(io::stderr(), "\n{notice} "),
            _ => writeln!(io::stderr(), "\n{notice}"),
        };
    }

    fn can_poll(&self) -> bool {
        io::stdin().is_terminal()
    }

    fn typed(&self) -> Option<Typed> {
        let stdin = io::stdin();
        let mut ready = [PollFd::new(&stdin, PollFlags::IN)];
        match poll(&mut ready, Some(&Timespec { tv_sec: 0, tv_nsec: 0 })) {
            Ok(1..) => Some(line()),
            _ => None,
        }
    }

    fn choose(&self, question: &str, options: &[String]) -> Result<Option<usize>, Error> {
        if self.interactivity() != Interactivity::Yes {
            return Ok(None);
        }
        let _ = writeln!(io::stderr(), "\n{question}");
        for (index, option) in options.iter().enumerate() {
            let _ = writeln!(io::stderr(), "{:>3}  {option}", index + 1);
        }
        while let Some(typed) = self.ask("Number (0 chooses none):", false)? {
            match typed.expose().trim().parse::<usize>() {
                Ok(0) => break,
                Ok(number) if number <= options.len() => return Ok(Some(number - 1)),
                _ => continue,
            }
        }
        Ok(None)
    }

    fn ask(&self, prompt: &str, hidden: bool) -> Result<Option<Secret>, Error> {
        if self.interactivity() != Interactivity::Yes {
            return Err(Error::new(Kind::InteractionRequired, "there is no terminal to ask at"));
        }
        // Before the question: who answers at once would be seen.
        let _echo = if hidden { NoEcho::on() } else { None };
        let _ = write!(io::stderr(), "{prompt} ");
        let answer = wait_for_input().map(|()| line());
        if hidden {
            let _ = writeln!(io::stderr());
        }
        Ok(match answer? {
            Typed::Line(text) => Some(text),
            Typed::End => None,
        })
    }
}

/// Waits until something was typed, so that a signal which the program handles ends the question: a read would be
/// started again.
fn wait_for_input() -> Result<(), Error> {
    let stdin = io::stdin();
    match poll(&mut [PollFd::new(&stdin, PollFlags::IN)], None) {
        Err(rustix::io::Errno::INTR) => Err(Error::new(Kind::Cancelled, "the question was interrupted")),
        _ => Ok(()),
    }
}

/// A terminal in its usual mode gives whole lines, so that a readable one does not block.
fn line() -> Typed {
    let mut text = zeroize::Zeroizing::new(String::new());
    match io::stdin().lock().read_line(&mut text) {
        Ok(1..) => Typed::Line(Secret::new(text.trim_end_matches(['\r', '\n']))),
        _ => Typed::End,
    }
}

/// Keeps what is typed off the screen until it is dropped.
struct NoEcho(rustix::termios::Termios);

impl NoEcho {
    fn on() -> Option<Self> {
        use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
        let before = tcgetattr(io::stdin()).ok()?;
        let mut silent = before.clone();
        silent.local_modes.remove(LocalModes::ECHO);
        tcsetattr(io::stdin(), OptionalActions::Now, &silent).ok()?;
        Some(Self(before))
    }
}

impl Drop for NoEcho {
    fn drop(&mut self) {
        let _ = rustix::termios::tcsetattr(io::stdin(), rustix::termios::OptionalActions::Now, &self.0);
    }
}
