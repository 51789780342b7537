//! Flows, sessions, links, the audit log and the daily sweep.

use tempfile::TempDir;
use tokcore::Secret;
use tokcore_broker::Principal;
use tokcore_broker::cookie::Sid;
use tokcore_broker::store::{AuditEvent, NewFlow, NewTokens, Reason, ReturnTo, RpcSession, Store, TokenKey};
use uuid::Uuid;

pub const NOW: i64 = 1_767_225_600;
const DAY: i64 = 24 * 3600;

pub async fn open(dir: &TempDir) -> Store {
    Store::open(&dir.path().join("tokcore.db"), &dir.path().join("master.key")).await.unwrap()
}

pub fn key(uid: u32) -> TokenKey {
    TokenKey { principal: Principal::os(uid), guid: tokcore_broker::guid::integration_guid("github") }
}

pub fn tokens(access: &str, refresh: Option<&str>) -> NewTokens {
    NewTokens {
        access_token: Secret::new(access),
        refresh_token: refresh.map(Secret::new),
        id_token: None,
        token_type: Some("Bearer".into()),
        scopes_granted: Some(vec!["read".into(), "write".into()]),
        expires_at: Some(NOW + 3600),
        obtained_at: NOW,
    }
}

fn flow<'a>(state: &'a Secret, principal: &'a Principal, verifier: &'a Secret) -> NewFlow<'a> {
    NewFlow {
        state,
        principal,
        web_session_hash: "web",
        guid: Uuid::nil(),
        verifier: Some(verifier),
        nonce: None,
        config_fp: "fp",
        return_to: ReturnTo::Close,
    }
}

/// V108, V109.
#[tokio::test]
async fn flow_is_taken_once_and_only_for_ten_minutes() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(&dir).await;
    let (principal, verifier) = (Principal::os(1000), Secret::new("verifier"));
    for state in ["one", "two"] {
        store.insert_flow(&flow(&Secret::new(state), &principal, &verifier), NOW).await.unwrap();
    }
    let taken = store.take_flow("one", NOW + 599).await.unwrap().unwrap();
    assert_eq!((taken.verifier, taken.return_to, taken.principal), (Some(verifier), ReturnTo::Close, principal));
    assert_eq!(store.take_flow("one", NOW + 599).await.unwrap(), None);
    assert_eq!(store.take_flow("two", NOW + 600).await.unwrap(), None, "expired");
    assert_eq!(store.take_flow("two", NOW).await.unwrap(), None, "used up by the attempt");
    assert_eq!(store.take_flow("unknown", NOW).await.unwrap(), None);
}

/// Threat T27.
#[tokio::test]
async fn eleventh_flow_of_a_person_drops_the_first() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(&dir).await;
    let (alice, bob, verifier) = (Principal::os(1000), Principal::os(1001), Secret::new("verifier"));
    store.insert_flow(&flow(&Secret::new("bob"), &bob, &verifier), NOW).await.unwrap();
    for number in 0..11 {
        let state = Secret::new(format!("alice {number}"));
        store.insert_flow(&flow(&state, &alice, &verifier), NOW + number).await.unwrap();
    }
    assert_eq!(store.take_flow("alice 0", NOW).await.unwrap(), None);
    for state in ["alice 1", "alice 10", "bob"] {
        assert!(store.take_flow(state, NOW).await.unwrap().is_some(), "{state}");
    }
}

#[tokio::test]
async fn rpc_session_ends_for_its_owner_only() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(&dir).await;
    let (alice, bob) = (Principal::os(1000), Principal::os(1001));
    let session = |owner: &Principal| RpcSession {
        sid_hash: Sid::random().unwrap().hash(),
        principal: owner.clone(),
        label: Some("python".into()),
        pid: Some(4242),
        created_at: NOW,
        absolute_expires_at: NOW + 30 * DAY,
        last_seen_at: NOW,
        revoked_at: None,
    };
    let [a, b, c] = [session(&alice), session(&alice), session(&bob)];
    for session in [&a, &b, &c] {
        store.insert_rpc_session(session).await.unwrap();
    }
    assert_eq!(store.rpc_session(&a.sid_hash).await.unwrap().as_ref(), Some(&a));
    assert!(!store.revoke_rpc_session(&bob, &a.sid_hash, NOW).await.unwrap(), "not Bob's");
    assert!(store.revoke_rpc_session(&alice, &a.sid_hash, NOW).await.unwrap());
    assert!(!store.revoke_rpc_session(&alice, &a.sid_hash, NOW).await.unwrap(), "already ended");
    let ended = store.rpc_session(&a.sid_hash).await.unwrap().unwrap();
    assert!(!ended.is_live(NOW) && ended.revoked_at == Some(NOW));

    store.touch_rpc_session(&b.sid_hash, NOW + 60).await.unwrap();
    let listed = store.rpc_sessions_of(&alice, NOW).await.unwrap();
    assert_eq!(listed.iter().map(|s| (&s.sid_hash, s.last_seen_at)).collect::<Vec<_>>(), [(&b.sid_hash, NOW + 60)]);
    assert_eq!(store.live_rpc_sessions(NOW).await.unwrap().len(), 2);
    assert_eq!(store.live_rpc_sessions(NOW + 30 * DAY).await.unwrap().len(), 0);
    assert_eq!(store.revoke_rpc_sessions_of(&alice, NOW).await.unwrap(), [b.sid_hash]);
    assert!(store.rpc_session(&c.sid_hash).await.unwrap().unwrap().is_live(NOW));
}

#[tokio::test]
async fn web_session_ends_when_idle_or_old_and_changes_its_name_at_sign_in() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(&dir).await;
    let alice = Principal::os(1000);
    let hour = 3600;
    let id = store.create_web_session(&alice, NOW).await.unwrap();
    assert!(store.web_session(id.expose(), NOW + 8 * hour).await.unwrap().is_none(), "idle");
    for hours in [7, 14, 21] {
        let session = store.web_session(id.expose(), NOW + hours * hour).await.unwrap();
        assert_eq!(session.unwrap().principal, alice, "{hours}");
    }
    let old_hash = store.web_session(id.expose(), NOW + 21 * hour).await.unwrap().unwrap().id_hash;
    let verifier = Secret::new("verifier");
    let begun = NewFlow { web_session_hash: &old_hash, ..flow(&verifier, &alice, &verifier) };
    store.insert_flow(&begun, NOW + 21 * hour).await.unwrap();

    let renewed = store.rotate_web_session(id.expose(), NOW + 22 * hour).await.unwrap().unwrap();
    assert!(store.web_session(id.expose(), NOW + 22 * hour).await.unwrap().is_none(), "the old name is gone");
    let session = store.web_session(renewed.expose(), NOW + 22 * hour).await.unwrap().unwrap();
    let moved = store.take_flow("verifier", NOW + 21 * hour).await.unwrap().unwrap();
    assert_eq!(moved.web_session_hash, session.id_hash, "a flow in another tab can still be finished");
    assert!(store.web_session(renewed.expose(), NOW + 24 * hour).await.unwrap().is_none(), "absolute end");
    assert!(store.rotate_web_session("unknown", NOW).await.unwrap().is_none());
}

/// Threat T25.
#[tokio::test]
async fn login_link_is_used_once_within_a_minute() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(&dir).await;
    let alice = Principal::os(1000);
    let link = store.create_login_link(&alice, NOW).await.unwrap();
    assert_eq!(store.use_login_token(link.token.expose(), NOW + 59).await.unwrap(), Some(alice.clone()));
    assert_eq!(store.use_login_token(link.token.expose(), NOW + 59).await.unwrap(), None);
    let late = store.create_login_link(&alice, NOW).await.unwrap();
    assert_eq!(store.use_login_token(late.token.expose(), NOW + 60).await.unwrap(), None);
    let typed = store.create_login_link(&alice, NOW).await.unwrap();
    let code = typed.code.expose().to_ascii_lowercase();
    assert_eq!(store.use_login_code(&format!(" {code} "), NOW).await.unwrap(), Some(alice));
    assert_eq!(store.use_login_token(typed.token.expose(), NOW).await.unwrap(), None, "the code used the link up");
}

#[tokio::test]
async fn login_code_survives_four_wrong_guesses_but_not_five() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(&dir).await;
    let alice = Principal::os(1000);
    for (guesses, wanted) in [(4, true), (5, false)] {
        let link = store.create_login_link(&alice, NOW).await.unwrap();
        for _ in 0..guesses {
            assert_eq!(store.use_login_code("WRONG234", NOW).await.unwrap(), None);
        }
        let found = store.use_login_code(link.code.expose(), NOW).await.unwrap();
        assert_eq!(found.is_some(), wanted, "{guesses} guesses");
    }
}

#[tokio::test]
async fn audit_is_read_back_newest_first() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(&dir).await;
    for (at, event) in [(NOW, "signed_in"), (NOW + 1, "signed_out")] {
        store.append_audit(&AuditEvent { at, event: event.into(), ..AuditEvent::default() }).await.unwrap();
    }
    let events: Vec<String> = store.recent_audit(5).await.unwrap().into_iter().map(|event| event.event).collect();
    assert_eq!(events, ["signed_out", "signed_in"]);
    assert_eq!(store.recent_audit(1).await.unwrap().len(), 1);
}

#[tokio::test]
async fn sweep_takes_only_what_is_over() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(&dir).await;
    let known = [key(1).guid];
    store.sign_in(&key(1), "fp", &tokens("kept", Some("r")), NOW).await.unwrap();
    store.sign_in(&key(2), "fp", &tokens("no refresh token", None), NOW).await.unwrap();
    let ended = store.sign_in(&key(3), "fp", &tokens("ended", Some("r")), NOW).await.unwrap();
    store.mark_reauth(&key(3), ended.version, Reason::InvalidGrant, NOW).await.unwrap().unwrap();
    let left = |at: i64| {
        let store = store.clone();
        async move {
            store
                .all_tokens(at)
                .await
                .unwrap()
                .into_iter()
                .filter_map(|row| row.key.principal.uid())
                .collect::<Vec<_>>()
        }
    };
    assert_eq!(store.reap(&known, NOW + DAY).await.unwrap().tokens, 0);
    assert_eq!(store.reap(&known, NOW + 2 * DAY).await.unwrap().tokens, 1);
    assert_eq!(left(NOW).await, [1, 3]);
    assert_eq!(store.reap(&known, NOW + 31 * DAY).await.unwrap().tokens, 1);
    assert_eq!(left(NOW).await, [1]);
}

#[tokio::test]
async fn tokens_of_a_removed_section_wait_seven_days_for_its_return() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(&dir).await;
    store.sign_in(&key(1), "fp", &tokens("a", Some("r")), NOW).await.unwrap();
    let known = [key(1).guid];
    store.reap(&[], NOW).await.unwrap();
    store.reap(&[], NOW + 6 * DAY).await.unwrap();
    store.reap(&known, NOW + 6 * DAY).await.unwrap();
    store.reap(&[], NOW + 8 * DAY).await.unwrap();
    assert!(store.token(&key(1), NOW).await.unwrap().is_some(), "the count began anew when the section came back");
    assert_eq!(store.reap(&[], NOW + 15 * DAY).await.unwrap().tokens, 1);
}
