//! From a provider's own envelope and names to the RFCs'.

use super::dialect::ResponseDialect;
use super::members::{Member, Members, Unreadable};

/// Takes the answer out of its envelope and gives its members the RFCs' names.
pub(super) fn open<'a>(mut members: Members<'a>, dialect: &ResponseDialect) -> Result<Members<'a>, Unreadable> {
    if let Some(envelope) = &dialect.unwrap {
        unwrap(&mut members, envelope)?;
    }
    for (theirs, ours) in &dialect.aliases {
        // Where both stand there, the provider means its own.
        if let Some(member) = members.take(theirs).filter(|member| !member.is_absent()) {
            members.set(ours.clone(), member);
        }
    }
    Ok(members)
}

/// The members inside count more than those around them; an answer that has a token needs no unwrapping.
fn unwrap(members: &mut Members<'_>, envelope: &str) -> Result<(), Unreadable> {
    if members.get("access_token").is_some() {
        return Ok(());
    }
    let Some(Member::Other(inside)) = members.get(envelope) else { return Ok(()) };
    if !inside.starts_with('{') {
        return Ok(());
    }
    let inside = Members::of_object(inside)?;
    members.take(envelope);
    for (name, member) in inside.rest() {
        members.set(name, member);
    }
    Ok(())
}
