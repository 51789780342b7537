//! What R gives to the chain beside settings: a token, a function with proofs of identity, a store.

use std::sync::Arc;

use extendr_api::prelude::*;
use extendr_ffi::SEXP;
use tokcore::{Brought, ChainRequest, Error, Kind, Secret, Store, SubjectTokenSupplier};

use crate::arguments;
use crate::oauth::host::HostFunctions;
use crate::oauth::store::store;
use crate::oauth::{handle, source};

/// What there is of it.
#[derive(Default)]
pub struct Objects {
    token: Option<Brought>,
    proofs: Option<Arc<Proofs>>,
    store: Option<Store>,
}

impl Objects {
    /// Those of a named list, whose `subject_token` is a function's number.
    pub fn of(list: SEXP) -> Result<Self, Error> {
        let mut objects = Self::default();
        // SAFETY: wraps a live argument of this call.
        let list = unsafe { Robj::from_sexp(list) };
        for (name, object) in list.as_list().iter().flat_map(List::iter) {
            // SAFETY: a member of a live argument.
            let object = unsafe { object.get() };
            match name {
                "token" => objects.token = Some(token_or_source(object)?),
                "subject_token" => objects.proofs = Some(Arc::new(Proofs::of(object)?)),
                "store" => objects.store = Some(store(object)?),
                _ => return Err(Error::new(Kind::Internal, format!("the chain takes no object {name}"))),
            }
        }
        Ok(objects)
    }

    /// The request with them.
    pub fn given_to(self, mut request: ChainRequest) -> ChainRequest {
        if let Some(token) = self.token {
            request = request.bringing(token);
        }
        if let Some(proofs) = self.proofs {
            request = request.proved_by(proofs);
        }
        if let Some(store) = self.store {
            request = request.kept_in(&store);
        }
        request
    }
}

fn token_or_source(object: SEXP) -> Result<Brought, Error> {
    match source::source(object) {
        Ok(source) => Ok(Brought::Source(source)),
        Err(_) => handle::token(object).map(Brought::Token),
    }
}

/// What R/subject-token.R calls.
struct Proofs(HostFunctions);

impl Proofs {
    fn of(number: SEXP) -> Result<Self, Error> {
        Ok(Self(HostFunctions::new(arguments::text("subject_token", number)?)))
    }
}

impl SubjectTokenSupplier for Proofs {
    fn subject_token(&self, audience: &str, subject_token_type: &str) -> Result<Secret, Error> {
        if !self.0.is_home() {
            // An interrupted exchange that is finished elsewhere: nobody waits for its token.
            return Err(Error::new(Kind::Cancelled, "only R's own thread can call subject_token"));
        }
        let answer = self.0.ask(c"host_subject_token", &[audience, subject_token_type], Kind::ConfigInvalid)?;
        Ok(Secret::new(answer.as_str().unwrap_or_default()))
    }
}
