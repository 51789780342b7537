//! Proofs of identity that a function of the Python program gives.

use pyo3::prelude::*;
use pyo3::types::PyDict;
use tokcore::{Error, Kind, Reason, Secret, SubjectTokenSupplier};

use crate::convert::secret;
use crate::error::invalid;
use crate::raised::failure;

const OPTION: &str = "subject_token";

/// A function of the program that proves to a pool of identities who the program is.
pub struct OwnProofs(Py<PyAny>);

impl OwnProofs {
    /// Takes this argument out of the options of a call. Errors: `InvalidArgumentError` for what cannot be called.
    pub fn take(options: &Bound<'_, PyDict>) -> PyResult<Option<Self>> {
        let Some(function) = options.get_item(OPTION)? else { return Ok(None) };
        options.del_item(OPTION)?;
        if function.is_none() {
            return Ok(None);
        }
        if !function.is_callable() {
            let class = function.get_type().name()?;
            return Err(invalid(
                function.py(),
                format!("{OPTION} is of type {class}: it wants a function of one argument that returns the proof"),
            ));
        }
        Ok(Some(Self(function.unbind())))
    }

    fn ask(&self, py: Python<'_>, audience: &str, subject_token_type: &str) -> PyResult<Option<Secret>> {
        let class = py.import("tokcore._google")?.getattr("SubjectTokenRequest")?;
        let request = class.call1((audience, subject_token_type))?;
        secret(&self.0.bind(py).call1((request,))?)
    }
}

impl SubjectTokenSupplier for OwnProofs {
    fn subject_token(&self, audience: &str, subject_token_type: &str) -> Result<Secret, Error> {
        let asked = Python::try_attach(|py| match self.ask(py, audience, subject_token_type) {
            Ok(proof) => proof.ok_or_else(|| unusable("returned None".to_owned())),
            Err(exception) => {
                Err(failure(py, "the function subject_token", exception, |class| unusable(format!("raised {class}"))))
            }
        });
        asked.unwrap_or_else(|| Err(Error::new(Kind::Cancelled, "the interpreter has ended")))
    }
}

fn unusable(what: String) -> Error {
    Error::new(Reason::SubjectToken.kind(), format!("the function subject_token {what}"))
        .with_reason(Reason::SubjectToken)
        .with_hint(
            "look at the exception's cause; the function returns a proof for the audience of its argument, as a text",
        )
}
