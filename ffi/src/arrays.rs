//! Arrays that come from C.

use tokcore::Error;

use crate::strings::invalid;

/// Most elements that are taken from C. No list comes near; a wrong count does.
const MOST: usize = 4096;

/// The elements of an array. Shape: none for NULL with a count of 0.
///
/// Safety: `array` is NULL or has `count` elements, which stay as they are until the call returns.
pub(crate) unsafe fn elements<T: Copy>(array: *const T, count: usize, name: &str) -> Result<Vec<T>, Error> {
    match count {
        0 => Ok(Vec::new()),
        _ if array.is_null() => Err(invalid(format!("`{name}` is NULL"))),
        // SAFETY: the caller's promise; C may have placed it at an odd address.
        1..=MOST => Ok((0..count).map(|at| unsafe { array.add(at).read_unaligned() }).collect()),
        _ => Err(invalid(format!("`{name}` has more than {MOST} elements"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ptr;

    #[test]
    fn a_wrong_count_is_refused_before_anything_is_read() {
        assert_eq!(unsafe { elements([1, 2].as_ptr(), 2, "a") }.unwrap(), [1, 2]);
        assert!(unsafe { elements(ptr::null::<u8>(), 0, "a") }.unwrap().is_empty());
        assert_eq!(unsafe { elements(ptr::null::<u8>(), 1, "a") }.unwrap_err().message(), "`a` is NULL");
        assert!(unsafe { elements([1].as_ptr(), usize::MAX, "a") }.is_err());
    }
}
