//! The token by which Connect knows the running content. Source: specs §5.2.

use std::path::Path;

use crate::context::Context;
use crate::secret::Secret;

const FILE_VARIABLE: &str = "CONNECT_CONTENT_SESSION_TOKEN_FILE";
const VARIABLE: &str = "CONNECT_CONTENT_SESSION_TOKEN";
/// Far above any token seen.
const MAX_BYTES: usize = 64 * 1024;

pub(crate) fn is_present(context: &Context) -> bool {
    find(context).is_some()
}

/// The content of the file, stripped; the variable when the file is missing or empty. Effects: `[disk]`.
pub(crate) fn find(context: &Context) -> Option<Secret> {
    from_file(context).or_else(|| context.set_var(VARIABLE).map(Secret::new))
}

fn from_file(context: &Context) -> Option<Secret> {
    let path = context.set_var(FILE_VARIABLE)?;
    let content = match context.files.read(Path::new(&path), MAX_BYTES) {
        Ok(content) => content,
        Err(cause) => {
            tracing::warn!(path, %cause, "the content session token's file cannot be read; {VARIABLE} is tried instead");
            return None;
        }
    };
    let token = String::from_utf8(content).ok()?;
    if token.trim().is_empty() {
        tracing::warn!(path, "the content session token's file is empty; {VARIABLE} is tried instead");
        return None;
    }
    Some(Secret::new(token.trim()))
}
