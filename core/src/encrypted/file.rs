//! Encrypted texts as files, and decrypted ones: read whole, replaced whole, for their owner alone.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::Path;

use zeroize::Zeroizing;

use crate::context::{Context, Rng};
use crate::crypto::hex;
use crate::error::Error;
use crate::kinds::Kind;
use crate::reason::Reason;

/// Far more than any key or token; what is larger was named by mistake. Units: bytes.
const MOST_BYTES: usize = 64 << 20;

/// The content of a file, in a buffer that is zeroed. Errors: `ConfigInvalid` that names the file.
pub(crate) fn read(context: &Context, path: &Path) -> Result<Zeroizing<Vec<u8>>, Error> {
    context.files.read(path, MOST_BYTES).map(Zeroizing::new).map_err(|cause| {
        Error::new(Kind::ConfigInvalid, format!("{} cannot be read: {}", path.display(), cause.kind()))
            .with_reason(Reason::SecretUnreadable)
            .with_hint("name a file that is there and that you may read")
    })
}

/// Puts `content` in the place of whatever file is at `path`; only its owner may read the new one. Effects: `[disk]`.
///
/// Errors: `InvalidArgument` that names the file, which then is as it was.
pub(crate) fn write(rng: &dyn Rng, path: &Path, content: &[u8]) -> Result<(), Error> {
    // What a link leads to is replaced, not the link.
    let path = &path.canonicalize().unwrap_or_else(|_| path.to_owned());
    if path.symlink_metadata().is_ok_and(|metadata| !metadata.is_file()) {
        return Err(refused(path, "it is no regular file"));
    }
    let mut suffix = [0; 8];
    rng.fill(&mut suffix)?;
    let name = path.file_name().ok_or_else(|| refused(path, "it is no name of a file"))?.to_string_lossy();
    let temporary = path.with_file_name(format!(".{name}.{}.tmp", hex(&suffix)));
    fresh(&temporary, content).and_then(|()| std::fs::rename(&temporary, path)).map_err(|cause| {
        let _ = std::fs::remove_file(&temporary);
        refused(path, &cause.kind().to_string())
    })
}

/// A new file that nobody else can open, on the disk.
fn fresh(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(content)?;
    file.sync_all()
}

fn refused(path: &Path, why: &str) -> Error {
    Error::new(Kind::InvalidArgument, format!("{} cannot be written: {why}", path.display()))
        .with_hint("name a file in a folder that you may write to")
}
