//! The secrets in an answer, so that an error which quotes one of them can be masked.

use serde_json::Value;
use zeroize::Zeroizing;

use super::members::{Member, Members};

/// Members that hold secrets, by the RFCs' names.
const SECRET_MEMBERS: [&str; 5] = ["access_token", "refresh_token", "id_token", "device_code", "request_uri"];

/// Every text under such a name, however deep: an error object may hold a token, and quote it.
pub(super) fn secrets(members: &Members<'_>) -> Vec<Zeroizing<String>> {
    let mut found = Vec::new();
    for (name, member) in members.iter() {
        match member {
            Member::Text(text) if SECRET_MEMBERS.contains(&name) => found.push(text.clone()),
            Member::Other(_) => look_into(&member.to_json().unwrap_or_default(), &mut found),
            _ => {}
        }
    }
    found
}

/// Answers are at most 32 levels deep.
fn look_into(value: &Value, found: &mut Vec<Zeroizing<String>>) {
    match value {
        Value::Array(list) => list.iter().for_each(|entry| look_into(entry, found)),
        Value::Object(object) => {
            for (name, value) in object {
                match value {
                    Value::String(text) if SECRET_MEMBERS.contains(&name.as_str()) => {
                        found.push(Zeroizing::new(text.clone()));
                    }
                    value => look_into(value, found),
                }
            }
        }
        _ => {}
    }
}
