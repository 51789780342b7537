//! Whoever sits in front of the program, as the engine sees them: can be shown something, and perhaps be asked.

use std::fmt;
use std::time::Duration;

use crate::context::Context;
use crate::error::Error;
use crate::kinds::Kind;
use crate::secret::Secret;

/// Whether a person can take part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Interactivity {
    /// Somebody is there.
    Yes,
    /// Nobody is: a batch job, a service.
    No,
    /// The host cannot tell.
    #[default]
    Unknown,
}

/// What the user says about it, in place of the host: `1` or `0`.
pub(crate) const INTERACTIVE_VARIABLE: &str = "TOKCORE_INTERACTIVE";

impl Interactivity {
    /// What the user says, else what the host says.
    pub(crate) fn heeding(self, context: &Context) -> Self {
        match context.flag(INTERACTIVE_VARIABLE) {
            Some(Ok(true)) => Interactivity::Yes,
            Some(Ok(false)) => Interactivity::No,
            Some(Err(_)) | None => self,
        }
    }
}

/// The host's side of a conversation. All calls come on the thread that called the engine.
pub trait Person {
    /// Whether somebody is there.
    fn interactivity(&self) -> Interactivity;

    /// Shows `notice`. Its text is ready to be printed.
    fn tell(&self, notice: &Notice<'_>);

    /// Opens `url` in the way that this host has of its own, such as R's option `browser`. Shape: false where it has
    /// none, and the engine looks for a browser itself.
    fn open(&self, url: &str) -> bool {
        let _ = url;
        false
    }

    /// Whether anybody sees what is told. A device code that nobody sees is waited for in vain.
    fn can_show(&self) -> bool {
        true
    }

    /// Whether [`Person::typed`] can ever bring something.
    fn can_poll(&self) -> bool {
        false
    }

    /// What was typed since the last call, without waiting for more. Shape: `None` when there is nothing yet.
    fn typed(&self) -> Option<Typed> {
        None
    }

    /// Lets the person choose among `options`, and waits for the answer. Shape: the number of the chosen one, from 0; `None`
    /// where nobody can or will choose.
    ///
    /// Errors: `Cancelled`.
    fn choose(&self, question: &str, options: &[String]) -> Result<Option<usize>, Error> {
        let _ = (question, options);
        Ok(None)
    }

    /// Asks and waits for the answer; `hidden` keeps it off the screen. Shape: `None` at the end of the input.
    ///
    /// Errors: `InteractionRequired` where nobody can be asked; `Cancelled`.
    fn ask(&self, prompt: &str, hidden: bool) -> Result<Option<Secret>, Error> {
        let _ = (prompt, hidden);
        Err(Error::new(Kind::InteractionRequired, "nobody can be asked here"))
    }
}

/// What came from the keyboard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Typed {
    /// One line, without its end.
    Line(Secret),
    /// No line will ever come.
    End,
}

/// Nobody is there.
#[derive(Clone, Copy, Debug, Default)]
pub struct Nobody;

impl Person for Nobody {
    fn interactivity(&self) -> Interactivity {
        Interactivity::No
    }

    fn tell(&self, _: &Notice<'_>) {}

    fn can_show(&self) -> bool {
        false
    }
}

/// Something to show to a person during a sign-in.
#[derive(Clone)]
#[non_exhaustive]
pub enum Notice<'a> {
    /// The page to sign in on.
    SignIn {
        /// Its address; holds the one-time state, so it is for this person only.
        url: &'a str,
        /// Whether a browser was asked to open it.
        opened: bool,
        /// Whether the resulting code or address may be pasted.
        paste: bool,
    },
    /// The code to enter on another device.
    UserCode {
        /// Where.
        uri: &'a str,
        /// What.
        code: &'a str,
        /// The same in one address, for a link or a QR code.
        complete_uri: Option<&'a str>,
        /// The server's own instructions.
        message: Option<&'a str>,
        /// How long the code works.
        expires_in: Duration,
    },
    /// Still waiting.
    Waiting,
    /// What the person must do now to go on, such as typing a state.
    Prompt(&'a str),
    /// Something worth knowing.
    Note(&'a str),
}

/// Shows what it is about: addresses and codes are for the person, not for a log.
impl fmt::Debug for Notice<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Notice::SignIn { .. } => "SignIn",
            Notice::UserCode { .. } => "UserCode",
            Notice::Waiting => "Waiting",
            Notice::Prompt(_) => "Prompt",
            Notice::Note(_) => "Note",
        })
    }
}

impl fmt::Display for Notice<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Notice::SignIn { url, opened, paste } => {
                let how = if *opened { "Your browser has been asked to open this page" } else { "Open this page" };
                write!(f, "{how} to sign in:\n{url}")?;
                if *paste {
                    f.write_str("\nThe address of the page that the browser ends on may be pasted here.")?;
                }
                Ok(())
            }
            Notice::UserCode { message: Some(message), .. } => f.write_str(message),
            Notice::UserCode { uri, code, expires_in, .. } => {
                let minutes = expires_in.as_secs().div_ceil(60);
                write!(f, "Open {uri}\nand enter the code {code} (it works for {minutes} min).")
            }
            Notice::Waiting => f.write_str("Waiting for the sign-in; Ctrl-C ends it."),
            Notice::Prompt(text) | Notice::Note(text) => f.write_str(text),
        }
    }
}
