//! Esc and Ctrl-C.

use tokcore::Interrupt;

unsafe extern "C" {
    /// `entrypoint.c`: asks R whether the user interrupted, inside a top-level context that the jump cannot leave.
    safe fn tokcore_r_interrupted() -> i32;
}

/// The user of this R session.
pub struct User;

impl Interrupt for User {
    fn is_interrupted(&self) -> bool {
        tokcore_r_interrupted() != 0
    }
}
