//! `tokcore_chain`: ways to a credential in the order in which they are asked; its life, its order and what changes that.

use std::ffi::{CString, c_char};
use std::ptr;

use tokcore::{Chain, Error, Method};

use crate::arrays::elements;
use crate::call;
use crate::error::tokcore_error;
use crate::handle::{self, Handle, Unique};
use crate::method::tokcore_method;
use crate::status::tokcore_status;
use crate::strings::{self, nth};

/// Ways to a credential, `tokcore_method`s by name, in the order in which they are asked until one has it. A change that
/// fails changes nothing.
///
/// Threads: many may ask it at once; one at a time changes it, while nobody asks.
pub struct tokcore_chain {
    _opaque: (),
}

impl Handle for tokcore_chain {
    type Value = ChainValue;
    type Ownership = Unique;
    const NAME: &'static str = "chain";
}

/// A chain, with its names as C reads them.
#[derive(Clone)]
pub(crate) struct ChainValue {
    pub(crate) core: Chain,
    names: Vec<CString>,
}

impl ChainValue {
    fn new(core: Chain) -> Self {
        Self { names: core.names().map(strings::text).collect(), core }
    }
}

/// The chain that a call is about: its own copy, because a callback of the call may change or free the handle. The
/// process's for NULL.
///
/// Safety: as [`handle::get`].
pub(crate) unsafe fn meant(chain: *const tokcore_chain) -> Result<Chain, Error> {
    // SAFETY: the caller's promise.
    let chain = unsafe { handle::get_optional(chain)? };
    Ok(chain.map_or_else(Chain::current, |chain| chain.value().core.clone()))
}

/// The names and methods of two arrays; `None` for a method that is NULL.
///
/// Safety: as [`elements`] and [`handle::get`].
unsafe fn named(
    names: *const *const c_char,
    methods: *const *const tokcore_method,
    count: usize,
) -> Result<Vec<(String, Option<Method>)>, Error> {
    // SAFETY: the caller's promise.
    unsafe {
        let (names, methods) = (elements(names, count, "names")?, elements(methods, count, "methods")?);
        let pairs = names.into_iter().zip(methods);
        let named = pairs.map(|(name, method)| {
            let method = handle::get_optional(method)?.map(|method| method.value().clone());
            Ok((strings::required(name, "names")?.to_owned(), method))
        });
        named.collect()
    }
}

/// Makes the standard chain: what the caller gives first, then what the machine has, then a person.
///
/// Ownership: free `*chain` with `tokcore_chain_free`. Threads: any. Errors: `INVALID_ARGUMENT`. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_chain_new(
    chain: *mut *mut tokcore_chain,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe { make(|| Ok(Chain::default()), chain, err) }
}

/// Makes a copy of the chain that this process uses: what `tokcore_chain_install` set last, else the standard one.
///
/// Ownership: free `*chain` with `tokcore_chain_free`. Threads: any. Errors: `INVALID_ARGUMENT`. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_chain_new_current(
    chain: *mut *mut tokcore_chain,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe { make(|| Ok(Chain::current()), chain, err) }
}

/// Makes a chain of these methods in this order.
///
/// Shape: `names` and `methods` have `count` elements, and may be NULL for none. Ownership: the methods stay yours; free
/// `*chain` with `tokcore_chain_free`. Threads: any. Errors: `INVALID_ARGUMENT` for a name that is empty or stands there
/// twice, and for a method that is NULL. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_chain_new_of(
    names: *const *const c_char,
    methods: *const *const tokcore_method,
    count: usize,
    chain: *mut *mut tokcore_chain,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    let of = || {
        let whole = unsafe { named(names, methods, count)? }.into_iter().map(|(name, method)| match method {
            Some(method) => Ok((name, method)),
            None => Err(strings::invalid(format!("the method of {name} is NULL"))),
        });
        Chain::of(whole.collect::<Result<_, Error>>()?)
    };
    unsafe { make(of, chain, err) }
}

/// Gives C what `core` makes. Safety: as [`Out::new`].
unsafe fn make(
    core: impl FnOnce() -> Result<Chain, Error>,
    chain: *mut *mut tokcore_chain,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe { call::giving(chain, "chain", err, || Ok(ChainValue::new(core()?))) }
}

/// Changes the order: first each name whose method is NULL is removed, where it is there; then the others are put in front
/// one after the other, so that the last one is asked first.
///
/// Shape: `names` and `methods` have `count` elements. Ownership: the methods stay yours. Errors: `INVALID_ARGUMENT` for a
/// name that is empty or stands there twice, and for one that is in the chain already. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_chain_change(
    chain: *mut tokcore_chain,
    names: *const *const c_char,
    methods: *const *const tokcore_method,
    count: usize,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::method_mut(chain, err, |chain| {
            *chain = ChainValue::new(chain.core.changed(named(names, methods, count)?)?);
            Ok(())
        })
    }
}

/// Puts a method in front of the others.
///
/// Ownership: `method` stays yours. Errors: `INVALID_ARGUMENT` for a name that is in the chain already. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_chain_add(
    chain: *mut tokcore_chain,
    name: *const c_char,
    method: *const tokcore_method,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::method_mut(chain, err, |chain| {
            let name = strings::required(name, "name")?.to_owned();
            let method = handle::get(method)?.value().clone();
            *chain = ChainValue::new(chain.core.changed(vec![(name, Some(method))])?);
            Ok(())
        })
    }
}

/// Takes a method out; one that is not there is no failure.
///
/// Errors: `INVALID_ARGUMENT`. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_chain_remove(
    chain: *mut tokcore_chain,
    name: *const c_char,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::method_mut(chain, err, |chain| {
            let name = strings::required(name, "name")?.to_owned();
            *chain = ChainValue::new(chain.core.changed(vec![(name, None)])?);
            Ok(())
        })
    }
}

/// Makes a copy of this chain the one that the process uses: that of calls with NULL for a chain. Calls under way keep
/// theirs. NULL brings the standard one back.
///
/// Ownership: `chain` stays yours. Threads: any. Errors: `INVALID_ARGUMENT`. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_chain_install(
    chain: *const tokcore_chain,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::function(err, || {
            let chain = handle::get_optional(chain)?;
            chain.map_or_else(Chain::default, |chain| chain.value().core.clone()).install();
            Ok(())
        })
    }
}

/// How many methods there are.
///
/// Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_chain_count(chain: *const tokcore_chain) -> usize {
    unsafe { call::accessor(chain, 0, |chain| chain.names.len()) }
}

/// The name of a method, in the order in which they are asked; NULL past the last one.
///
/// Ownership: valid until `chain` is changed or freed. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_chain_name(chain: *const tokcore_chain, index: usize) -> *const c_char {
    unsafe { call::accessor(chain, ptr::null(), |chain| nth(&chain.names, index)) }
}

/// A chain of the same methods, which changes by itself from now on. NULL for NULL.
///
/// Ownership: free it with `tokcore_chain_free`. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_chain_clone(chain: *const tokcore_chain) -> *mut tokcore_chain {
    unsafe { call::accessor(chain, ptr::null_mut(), |chain| handle::give::<tokcore_chain>(chain.clone())) }
}

/// Frees the chain; its methods live on where others have them. NULL is fine.
///
/// Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_chain_free(chain: *mut tokcore_chain) {
    unsafe { call::free(chain) }
}
