//! Whoever sits in front of R: told with messages, asked with `readline()`.

use tokcore::{Error, Interactivity, Kind, Notice, Person, Secret};

use super::talk::talk;

/// The user of this R session.
pub struct Session;

impl Person for Session {
    fn interactivity(&self) -> Interactivity {
        match talk(c"is_interactive", &[""], false).and_then(|answer| answer.as_bool()) {
            Some(true) => Interactivity::Yes,
            _ => Interactivity::No,
        }
    }

    fn tell(&self, notice: &Notice<'_>) {
        talk(c"tell", &[&notice.to_string()], false);
    }

    fn open(&self, url: &str) -> bool {
        talk(c"browse", &[url], false).and_then(|answer| answer.as_bool()).unwrap_or(false)
    }

    fn ask(&self, prompt: &str, hidden: bool) -> Result<Option<Secret>, Error> {
        let answer = talk(c"ask", &[prompt], hidden).ok_or_else(unanswered)?;
        Ok(answer.as_str().map(Secret::new))
    }

    /// Where the answer is 0, the whole call ends, as with R's other menus of accounts.
    fn choose(&self, question: &str, options: &[String]) -> Result<Option<usize>, Error> {
        let texts: Vec<&str> = std::iter::once(question).chain(options.iter().map(String::as_str)).collect();
        let answer = talk(c"choose", &texts, false).ok_or_else(unanswered)?;
        match answer.as_integer() {
            Some(0) => Err(unanswered()),
            number => Ok(number.and_then(|number| usize::try_from(number - 1).ok())),
        }
    }
}

fn unanswered() -> Error {
    Error::new(Kind::Cancelled, "the question was not answered")
}
