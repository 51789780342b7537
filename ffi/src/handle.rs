//! Ties each C name to the value behind it and to one way of owning it.
//!
//! C sees an opaque struct such as `tokcore_client`. What its pointer leads to is a [`Cell`]: a tag that tells the types
//! apart at run time, a flag that a panic sets, and the value. A type names its [`Ownership`] once, so that handing out
//! a box and freeing it as a reference count does not compile.

use std::mem;
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokcore::{Error, Kind};

/// A type that C holds by pointer. Implemented by the opaque structs of the header.
pub(crate) trait Handle: Sized {
    /// What the pointer leads to.
    type Value;
    /// [`Unique`] or [`Shared`].
    type Ownership: Ownership;
    /// What messages call it.
    const NAME: &'static str;
    /// Tells this type's cells from the others' at run time.
    const TAG: u64 = tag(Self::NAME);
}

/// FNV-1a: the names are few and ours, so that anything which keeps them apart will do.
const fn tag(name: &str) -> u64 {
    let mut tag = 0xcbf2_9ce4_8422_2325;
    let mut rest = name.as_bytes();
    while let [byte, tail @ ..] = rest {
        tag = (tag ^ *byte as u64).wrapping_mul(0x0000_0100_0000_01b3);
        rest = tail;
    }
    tag
}

/// One owner and one thread at a time.
pub(crate) enum Unique {}

/// Counted references, usable from every thread.
pub(crate) enum Shared {}

/// How a cell is allocated and released.
pub(crate) trait Ownership {
    fn into_raw<H: Handle>(cell: Cell<H>) -> *mut Cell<H>;

    /// Safety: `cell` came from [`Ownership::into_raw`] of the same type and is not used afterwards.
    unsafe fn release<H: Handle>(cell: *mut Cell<H>);
}

impl Ownership for Unique {
    fn into_raw<H: Handle>(cell: Cell<H>) -> *mut Cell<H> {
        Box::into_raw(Box::new(cell))
    }

    unsafe fn release<H: Handle>(cell: *mut Cell<H>) {
        // SAFETY: the caller gives back what `into_raw` gave away.
        drop(unsafe { Box::from_raw(cell) });
    }
}

impl Ownership for Shared {
    fn into_raw<H: Handle>(cell: Cell<H>) -> *mut Cell<H> {
        Arc::into_raw(Arc::new(cell)).cast_mut()
    }

    unsafe fn release<H: Handle>(cell: *mut Cell<H>) {
        // SAFETY: the caller gives back one of the references that were given away.
        drop(unsafe { Arc::from_raw(cell) });
    }
}

/// What a handle points to. The tag comes first in every cell, so that it can be read whatever the type turns out to be.
#[repr(C)]
pub(crate) struct Cell<H: Handle> {
    tag: u64,
    poisoned: AtomicBool,
    value: H::Value,
}

impl<H: Handle> Cell<H> {
    pub(crate) fn new(value: H::Value) -> Self {
        Self { tag: H::TAG, poisoned: AtomicBool::new(false), value }
    }

    pub(crate) fn value(&self) -> &H::Value {
        &self.value
    }

    /// Runs `body`; when it panics the handle refuses all later calls, because its value may be half changed.
    pub(crate) fn guarded<T>(&self, body: impl FnOnce(&H::Value) -> T) -> T {
        let poison = PoisonOnUnwind(&self.poisoned);
        let outcome = body(&self.value);
        mem::forget(poison);
        outcome
    }

    /// As [`Cell::guarded`], for handles that one thread uses at a time.
    pub(crate) fn guarded_mut<T>(&mut self, body: impl FnOnce(&mut H::Value) -> T) -> T {
        let poison = PoisonOnUnwind(&self.poisoned);
        let outcome = body(&mut self.value);
        mem::forget(poison);
        outcome
    }
}

struct PoisonOnUnwind<'a>(&'a AtomicBool);

impl Drop for PoisonOnUnwind<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Gives a new handle to C, which owns it from now on.
pub(crate) fn give<H: Handle>(value: H::Value) -> *mut H {
    H::Ownership::into_raw(Cell::<H>::new(value)).cast()
}

/// As [`give`]; NULL for `None`.
pub(crate) fn give_optional<H: Handle>(value: Option<H::Value>) -> *mut H {
    value.map_or(ptr::null_mut(), give)
}

/// Gives C one more reference to a cell that Rust holds too.
pub(crate) fn give_shared<H: Handle<Ownership = Shared>>(cell: Arc<Cell<H>>) -> *mut H {
    Arc::into_raw(cell).cast_mut().cast()
}

/// Lends C a cell that Rust goes on owning.
pub(crate) fn lend<H: Handle<Ownership = Shared>>(cell: &Arc<Cell<H>>) -> *const H {
    Arc::as_ptr(cell).cast()
}

/// One more reference, or NULL for what is not a live handle of this type.
///
/// Safety: as [`get`].
pub(crate) unsafe fn add_reference<H: Handle<Ownership = Shared>>(handle: *const H) -> *mut H {
    // SAFETY: the caller's promise.
    if unsafe { cell_of(handle) }.is_err() {
        return ptr::null_mut();
    }
    // SAFETY: the tag says that this cell is ours and of a shared type.
    unsafe { Arc::increment_strong_count(handle.cast::<Cell<H>>()) };
    handle.cast_mut()
}

/// Releases a handle. NULL and handles of another type are left alone: a leak is better than a corrupted heap.
///
/// Safety: as [`get`], and C does not use this reference afterwards.
pub(crate) unsafe fn release<H: Handle>(handle: *mut H) {
    // SAFETY: the caller's promise.
    if unsafe { cell_of(handle) }.is_ok() {
        // SAFETY: the tag says that the cell is of this type, which has one kind of ownership.
        unsafe { H::Ownership::release(handle.cast::<Cell<H>>()) };
    }
}

/// The cell behind a pointer from C, unless it is NULL, misaligned, of another type or poisoned.
///
/// Safety: a pointer that is neither NULL nor misaligned leads to a handle of this library that was not freed.
pub(crate) unsafe fn get<'a, H: Handle>(handle: *const H) -> Result<&'a Cell<H>, Error> {
    // SAFETY: the caller's promise.
    let cell = unsafe { &*cell_of(handle)? };
    if cell.poisoned.load(Ordering::Relaxed) {
        return Err(Error::new(Kind::InvalidState, format!("this {} is unusable since a bug struck it", H::NAME))
            .with_hint("free it and make a new one"));
    }
    Ok(cell)
}

/// As [`get`], or `None` for NULL.
///
/// Safety: as [`get`].
pub(crate) unsafe fn get_optional<'a, H: Handle>(handle: *const H) -> Result<Option<&'a Cell<H>>, Error> {
    // SAFETY: the caller's promise.
    if handle.is_null() { Ok(None) } else { unsafe { get(handle) }.map(Some) }
}

/// As [`get`], for a change.
///
/// Safety: as [`get`], and no other thread uses the handle meanwhile.
pub(crate) unsafe fn get_mut<'a, H: Handle<Ownership = Unique>>(handle: *mut H) -> Result<&'a mut Cell<H>, Error> {
    // SAFETY: the caller's promise; the reference of the check ends before the next one begins.
    unsafe {
        get(handle)?;
        Ok(&mut *handle.cast::<Cell<H>>())
    }
}

/// Safety: as [`get`].
unsafe fn cell_of<H: Handle>(handle: *const H) -> Result<*const Cell<H>, Error> {
    let cell = handle.cast::<Cell<H>>();
    let refused = |what: &str| Err(Error::new(Kind::InvalidArgument, format!("{} {what}", H::NAME)));
    if cell.is_null() {
        return refused("is NULL");
    }
    // SAFETY: not NULL and aligned, so a live cell by the caller's promise; every cell begins with its tag.
    if !cell.is_aligned() || unsafe { cell.cast::<u64>().read() } != H::TAG {
        return refused("is a pointer to something else");
    }
    Ok(cell)
}

/// Where C wants a result: checked before the work begins, written after it succeeded.
pub(crate) struct Out<T>(*mut T);

impl<T> Out<T> {
    /// Safety: `place` is NULL or may be written until the call returns.
    pub(crate) unsafe fn new(place: *mut T, name: &str) -> Result<Self, Error> {
        if place.is_null() {
            return Err(Error::new(
                Kind::InvalidArgument,
                format!("no place to write `{name}` to: the pointer is NULL"),
            ));
        }
        Ok(Self(place))
    }

    pub(crate) fn write(self, value: T) {
        // SAFETY: not NULL, and writable by the promise given to `new`. C may have placed it at an odd address.
        unsafe { self.0.write_unaligned(value) };
    }

    /// Safety: as [`Out::new`]; NULL where the caller does not want it.
    pub(crate) unsafe fn write_if_wanted(place: *mut T, value: T) {
        if !place.is_null() {
            // SAFETY: the caller's promise.
            unsafe { place.write_unaligned(value) };
        }
    }
}

/// Where C keeps a handle that a call may exchange for another one, as `getline` does with its buffer.
pub(crate) struct Held<'a, H: Handle<Ownership = Shared>> {
    place: *mut *mut H,
    cell: Option<&'a Cell<H>>,
}

impl<H: Handle<Ownership = Shared>> Held<'_, H> {
    /// Safety: as [`Out::new`], and what is in the place is NULL or a reference that the caller owns.
    pub(crate) unsafe fn new(place: *mut *mut H, name: &str) -> Result<Self, Error> {
        // SAFETY: the caller's promise; C may have placed it at an odd address.
        unsafe {
            let place = Out::new(place, name)?.0;
            Ok(Self { place, cell: get_optional(place.read_unaligned())? })
        }
    }

    /// The value behind the handle that is there.
    pub(crate) fn value(&self) -> Option<&H::Value> {
        self.cell.map(Cell::value)
    }

    /// Frees what is there and puts `cell` in its place.
    pub(crate) fn replace(self, cell: Arc<Cell<H>>) {
        // SAFETY: as in `new`; the reference is given up together with the only borrow of it.
        unsafe {
            let old = self.place.read_unaligned();
            self.place.write_unaligned(give_shared(cell));
            release(old);
        }
    }
}
