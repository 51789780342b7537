//! What a `tokcore_chain` is asked: for a credential, and what it would do.

use std::ptr;

use tokcore::{Chain, ChainRequest, Error, Fetched, Kind};

use crate::call;
use crate::cancel::{interrupt, tokcore_cancel};
use crate::chain::{meant, tokcore_chain};
use crate::error::tokcore_error;
use crate::explanation::{ExplanationValue, tokcore_explanation};
use crate::handle::{self, Out};
use crate::person::{person as talk_to, tokcore_person};
use crate::settings::{SettingsValue, tokcore_settings, whole_copy_of};
use crate::status::tokcore_status;
use crate::token_source::{SourceValue, tokcore_token_source};

/// Asks each method in turn, until one has a credential: a source of the wanted tokens, whose first token is there when
/// this returns. `tokcore_token_source_attempt_count` and its siblings tell what each method said.
///
/// Shape: settings `scopes`, `path`, `email`, `impersonate` and so on, see docs/credential-chain.md; NULL for the defaults.
/// `chain` NULL stands for that of the process, `person` NULL for the terminal; `cancel` may be NULL. With the setting
/// `on_error` `continue`, which passes over failures, `*source` is NULL if no method has a credential. Ownership: free
/// `*source` with `tokcore_token_source_free`. Threads: any. Effects: [net] [disk] [blocks]. Errors: those of the first
/// method whose input was given or configured and which failed; `NOT_CONFIGURED` when no method applies; `CONFIG_INVALID`
/// naming the setting; `CANCELLED`. `tokcore_error_report` tells what each method said, `tokcore_error_attempt_count` and
/// its siblings tell programs. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_chain_fetch(
    chain: *const tokcore_chain,
    settings: *const tokcore_settings,
    person: *const tokcore_person,
    cancel: *const tokcore_cancel,
    source: *mut *mut tokcore_token_source,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::function(err, || {
            let place = Out::new(source, "source")?;
            let (chain, settings, request) = asked_for(chain, settings)?;
            let (person, cancel) = (handle::get_optional(person)?, handle::get_optional(cancel)?);
            match chain.fetch(&request, &settings, talk_to(person), interrupt(cancel))? {
                Fetched::Source(found) => {
                    place.write(handle::give::<tokcore_token_source>(SourceValue::new(found)));
                }
                Fetched::Nothing(_) => place.write(ptr::null_mut()),
                // Methods of C give tokens and sources, nothing else.
                Fetched::Other(_) => return Err(Error::new(Kind::Internal, "a method gave something unknown")),
            }
            Ok(())
        })
    }
}

/// What each method would say, without asking any server for a token.
///
/// Shape: `chain`, `settings` and `person` as for `tokcore_chain_fetch`; of the person only whether somebody is there. With
/// `probe` it is also asked whether there is a metadata server. Ownership: free `*explanation` with `tokcore_explanation_free`. Threads: any. Effects: [disk]; with `probe` [net]
/// [blocks]. Errors: as `tokcore_chain_fetch`, for settings that make no sense. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_chain_explain(
    chain: *const tokcore_chain,
    settings: *const tokcore_settings,
    person: *const tokcore_person,
    probe: bool,
    explanation: *mut *mut tokcore_explanation,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::giving(explanation, "explanation", err, || {
            let (chain, _, request) = asked_for(chain, settings)?;
            let person = handle::get_optional(person)?;
            Ok(ExplanationValue::new(&chain.explain(&request, talk_to(person), probe)?))
        })
    }
}

/// Which chain is asked for what; the settings as they were given, for methods of the program.
///
/// Safety: as [`handle::get`].
unsafe fn asked_for(
    chain: *const tokcore_chain,
    settings: *const tokcore_settings,
) -> Result<(Chain, SettingsValue, ChainRequest), Error> {
    // SAFETY: the caller's promise.
    let (chain, settings) = unsafe { (meant(chain)?, whole_copy_of(settings)?) };
    let request = ChainRequest::from_settings(settings.core.clone(), &chain)?;
    let request = settings.objects.values().cloned().fold(request, |request, object| object.put_into(request));
    Ok((chain, settings, request))
}
