//! Who asks too often, where it is not a session that counts.

use std::net::IpAddr;

use crate::Principal;
use crate::limits::{Buckets, Limits};
use crate::store::TokenKey;

/// Rates that are kept by something other than the session.
pub struct Throttles {
    /// Rejected cookies and codes, by address.
    pub rejections: Buckets<IpAddr>,
    /// Sign-ins begun, by user.
    pub sign_ins: Buckets<Principal>,
    /// Forced refreshes, by sign-in.
    pub refreshes: Buckets<TokenKey>,
    /// Calls over the local socket, by user.
    pub local: Buckets<Principal>,
}

impl Throttles {
    /// With nothing counted yet.
    pub fn new(limits: &Limits) -> Self {
        Self {
            rejections: Buckets::new(limits.rejections),
            sign_ins: Buckets::new(limits.sign_ins),
            refreshes: Buckets::new(limits.forced_refreshes),
            local: Buckets::new(limits.rpc),
        }
    }
}
