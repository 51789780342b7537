//! The person in front of a Python program, shown and asked things through Python.

use pyo3::prelude::*;
use pyo3::types::PyDict;
use tokcore::{Error, Interactivity, Interrupt, Kind, Notice, Person, Secret, Terminal, Typed};

use crate::waiting::{Signals, waiting};

/// How a call talks to the person: what the caller gave, and Python's own ways for the rest.
#[derive(Default)]
pub struct Prompts {
    on_prompt: Option<Py<PyAny>>,
    ask: Option<Py<PyAny>>,
    on_choose: Option<Py<PyAny>>,
    interactive: Option<bool>,
}

impl Prompts {
    /// Takes these arguments out of the keywords of a call, which leaves the settings.
    pub fn take(keywords: Option<&Bound<'_, PyDict>>) -> PyResult<Self> {
        let Some(keywords) = keywords else { return Ok(Self::default()) };
        let take = |name: &str| {
            let value = keywords.get_item(name)?.filter(|value| !value.is_none());
            if keywords.contains(name)? {
                keywords.del_item(name)?;
            }
            Ok::<_, PyErr>(value)
        };
        Ok(Self {
            on_prompt: take("on_prompt")?.map(Bound::unbind),
            ask: take("ask")?.map(Bound::unbind),
            on_choose: take("on_choose")?.map(Bound::unbind),
            interactive: take("interactive")?.map(|value| value.extract()).transpose()?,
        })
    }

    /// Somebody is there unless the caller says otherwise.
    pub fn assume_somebody(&mut self) {
        self.interactive.get_or_insert(true);
    }

    /// Whether somebody is there: as the caller says, else as Python tells.
    pub fn interactivity(&self, py: Python<'_>) -> PyResult<Interactivity> {
        let ask_python = || own(py)?.call_method0("interactive")?.extract();
        Ok(match self.interactive.map_or_else(ask_python, Ok)? {
            true => Interactivity::Yes,
            false => Interactivity::No,
        })
    }

    /// As [`waiting`], with a person who can be shown and asked things.
    pub fn waiting<T: Send>(
        &self,
        py: Python<'_>,
        call: impl FnOnce(&dyn Person, &dyn Interrupt) -> Result<T, Error> + Send,
    ) -> PyResult<T> {
        waiting(py, |signals| call(&Host { prompts: self, signals }, signals))
    }
}

/// The module with Python's own ways.
fn own(py: Python<'_>) -> PyResult<Bound<'_, PyModule>> {
    py.import("tokcore._person")
}

struct Host<'a> {
    prompts: &'a Prompts,
    signals: &'a Signals,
}

impl Host<'_> {
    /// Runs `call` with the interpreter lock. An exception ends the wait and becomes its outcome.
    fn with_python<T>(&self, call: impl FnOnce(Python<'_>) -> PyResult<T>) -> Option<T> {
        Python::attach(call).map_err(|exception| self.signals.raise(exception)).ok()
    }
}

impl Person for Host<'_> {
    fn interactivity(&self) -> Interactivity {
        self.with_python(|py| self.prompts.interactivity(py)).unwrap_or_default()
    }

    fn tell(&self, notice: &Notice<'_>) {
        self.with_python(|py| match (&self.prompts.on_prompt, notice) {
            (Some(show), _) => show.call1(py, (notice.to_string(),)).map(drop),
            (None, Notice::Waiting) => own(py)?.call_method1("say_again", (notice.to_string(),)).map(drop),
            (None, _) => own(py)?.call_method1("say", (notice.to_string(),)).map(drop),
        });
    }

    fn can_poll(&self) -> bool {
        self.prompts.ask.is_none() && Terminal.can_poll() && self.interactivity() == Interactivity::Yes
    }

    fn typed(&self) -> Option<Typed> {
        Terminal.typed()
    }

    fn choose(&self, question: &str, options: &[String]) -> Result<Option<usize>, Error> {
        let answer = self.with_python(|py| {
            let prompts = self.prompts;
            let answer = match &prompts.on_choose {
                Some(choose) => choose.call1(py, (question, options.to_vec()))?.into_bound(py),
                None => {
                    let own_ways = (question, options.to_vec(), prompts.on_prompt.as_ref(), prompts.ask.as_ref());
                    own(py)?.call_method1("choose", own_ways)?
                }
            };
            answer.extract::<Option<usize>>()
        });
        answer.ok_or_else(|| Error::new(Kind::Cancelled, "the question was interrupted"))
    }

    fn ask(&self, prompt: &str, hidden: bool) -> Result<Option<Secret>, Error> {
        let answer = self.with_python(|py| {
            let answer = match &self.prompts.ask {
                Some(ask) => ask.call1(py, (prompt, hidden))?.into_bound(py),
                None => own(py)?.call_method1("ask", (prompt, hidden))?,
            };
            answer.extract::<Option<String>>()
        });
        let given = answer.ok_or_else(|| Error::new(Kind::Cancelled, "the question was interrupted"))?;
        Ok(given.map(Secret::new))
    }
}
