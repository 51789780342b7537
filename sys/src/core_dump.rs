//! Keeping secrets out of core dumps.

/// Forbids core dumps and tracing by other processes of the same user, for the rest of this process's life.
///
/// Only a process that tokcore owns (the broker) may call this: a library must not change its host.
///
/// Errors: the operating system's, when one of the two switches is refused.
#[cfg(target_os = "linux")]
pub fn disable_core_dumps() -> std::io::Result<()> {
    let none = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: both calls read plain values and change only this process's limits.
    let failed = unsafe {
        libc::setrlimit(libc::RLIMIT_CORE, &none) != 0 || libc::prctl(libc::PR_SET_DUMPABLE, 0, 0, 0, 0) != 0
    };
    if failed { Err(std::io::Error::last_os_error()) } else { Ok(()) }
}

/// Forbids core dumps for the rest of this process's life.
#[cfg(all(unix, not(target_os = "linux")))]
pub fn disable_core_dumps() -> std::io::Result<()> {
    let none = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: reads plain values and changes only this process's limit.
    if unsafe { libc::setrlimit(libc::RLIMIT_CORE, &none) } != 0 {
        return Err(std::io::Error::last_os_error());
    }
    Ok(())
}

/// Nothing to switch off on this system.
#[cfg(not(unix))]
pub fn disable_core_dumps() -> std::io::Result<()> {
    Ok(())
}
