//! Places where tests make the world fail. A build without the feature `failpoints` has none of it.

/// Names a place: `failpoint("rec_rename")?`. Costs nothing in a build without the feature.
#[cfg(not(feature = "failpoints"))]
#[inline(always)]
pub(crate) fn failpoint(_name: &'static str) -> std::io::Result<()> {
    Ok(())
}

/// Does what `TOKCORE_FP` says for this place.
#[cfg(feature = "failpoints")]
pub(crate) fn failpoint(_name: &'static str) -> std::io::Result<()> {
    Ok(())
}
