//! The cookie that ties a browser to the sign-ins it began: without it, a callback that somebody else prepared could be
//! finished in a victim's browser. Source: specs/workbench.md §4.3 step 3, threat T01.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use tokcore::Secret;
use tokcore::crypto::{constant_time_eq, hmac_sha256};

use crate::keys::{KeyRing, Purpose};

/// Sign-ins that one browser may have open in its tabs; the store keeps as many per person.
const MAX_FLOWS: usize = 10;

/// The cookie's value after a sign-in with this state was begun: its mark before those of the other open ones.
pub fn add(keys: &KeyRing, before: Option<&str>, state: &Secret) -> String {
    let mark = mark(keys, state);
    let others = before.into_iter().flat_map(|value| value.split('.')).filter(|other| is_mark(other));
    std::iter::once(mark.as_str()).chain(others).take(MAX_FLOWS).collect::<Vec<_>>().join(".")
}

/// Whether the browser with this cookie began the sign-in with this state.
pub fn holds(keys: &KeyRing, value: Option<&str>, state: &Secret) -> bool {
    let wanted = mark(keys, state);
    value.is_some_and(|value| {
        value.split('.').take(MAX_FLOWS).any(|mark| constant_time_eq(mark.as_bytes(), wanted.as_bytes()))
    })
}

fn mark(keys: &KeyRing, state: &Secret) -> String {
    let message = ["tokcore/flow/v1", state.expose()].join("\0");
    URL_SAFE_NO_PAD.encode(hmac_sha256(keys.active().sub_key(Purpose::FlowState), message.as_bytes()))
}

/// Shape only: what was not made here opens nothing, but must not end up in a header either.
fn is_mark(text: &str) -> bool {
    text.len() == 43 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::Key;

    #[test]
    fn holds_the_flows_it_was_given_and_no_others() {
        let master: Vec<u8> = (0..32).collect();
        let keys = KeyRing::single(Key::new("k1", &master).unwrap());
        let [first, second, foreign] = ["one", "two", "three"].map(Secret::new);
        let cookie = add(&keys, None, &first);
        let both = add(&keys, Some(&format!("{cookie}.junk;\r\n")), &second);
        assert!(holds(&keys, Some(&both), &first) && holds(&keys, Some(&both), &second));
        assert!(!holds(&keys, Some(&both), &foreign) && !holds(&keys, None, &first));
        assert!(both.split('.').all(is_mark), "{both}");
        let full = (0..20).fold(cookie, |value, n| add(&keys, Some(&value), &Secret::new(n.to_string())));
        assert_eq!(full.split('.').count(), MAX_FLOWS);
        assert!(!holds(&keys, Some(&full), &first), "the oldest gives way");
    }
}
