//! The durable side of sign-in, sign-out and refresh: V83, V84, V89, V98, V99, V101, V102.

use tempfile::TempDir;
use tokcore::Secret;
use tokcore_broker::store::{BeginRefresh, Failure, Lease, Reason, Store, TokenState};

use crate::store_access::{NOW, key, open, tokens};

async fn signed_in(dir: &TempDir) -> Store {
    let store = open(dir).await;
    store.sign_in(&key(1), "fp", &tokens("a1", Some("r1")), NOW).await.unwrap();
    store
}

async fn begin(store: &Store, version: i64, now: i64) -> Lease {
    match store.begin_refresh(&key(1), version, now).await.unwrap() {
        BeginRefresh::Started(lease) => *lease,
        other => panic!("{other:?}"),
    }
}

/// What the next process finds; `store_kill.rs` shows that it makes no difference how the first one ended.
async fn next_process(store: Store, dir: &TempDir) -> Store {
    store.close().await;
    drop(store);
    open(dir).await
}

fn network() -> Failure<'static> {
    Failure { class: "network", next_attempt_at: Some(NOW + 2), outcome_unknown: false }
}

/// V84.
#[tokio::test]
async fn rotated_refresh_token_is_on_the_disk_when_the_commit_returns() {
    let dir = tempfile::tempdir().unwrap();
    let store = signed_in(&dir).await;
    let lease = begin(&store, 1, NOW).await;
    assert_eq!(lease.refresh_token.expose(), "r1");
    assert!(!lease.rotation_in_doubt && lease.staged.is_none());
    let row = store.commit_refresh(&lease, &tokens("a2", Some("r2")), NOW + 1).await.unwrap().unwrap();
    assert_eq!((row.version, row.refreshed_at), (2, Some(NOW + 1)));

    // A copy of the files at this moment is what a power cut would leave.
    let copy = tempfile::tempdir().unwrap();
    for name in ["tokcore.db", "tokcore.db-wal", "master.key"] {
        std::fs::copy(dir.path().join(name), copy.path().join(name)).unwrap();
    }
    assert_eq!(open(&copy).await.token(&key(1), NOW).await.unwrap(), Some(row));
}

/// V83.
#[tokio::test]
async fn refresh_token_is_kept_when_none_is_returned() {
    let dir = tempfile::tempdir().unwrap();
    let store = signed_in(&dir).await;
    let lease = begin(&store, 1, NOW).await;
    let mut new = tokens("a2", None);
    new.scopes_granted = None;
    let row = store.commit_refresh(&lease, &new, NOW).await.unwrap().unwrap();
    assert_eq!((row.access_token, row.refresh_token), (Some(Secret::new("a2")), Some(Secret::new("r1"))));
    assert_eq!(row.scopes_granted.unwrap(), ["read", "write"], "what is known stays known");
}

/// V101.
#[tokio::test]
async fn sign_out_during_a_refresh_is_final() {
    let dir = tempfile::tempdir().unwrap();
    let store = signed_in(&dir).await;
    let lease = begin(&store, 1, NOW).await;
    let gone = store.sign_out(&key(1), NOW).await.unwrap().unwrap();
    assert_eq!(gone.refresh_token, Some(Secret::new("r1")), "for revocation");
    assert!(!store.stage_response(&lease, &Secret::new("{}")).await.unwrap());
    assert_eq!(store.commit_refresh(&lease, &tokens("a2", Some("r2")), NOW).await.unwrap(), None);
    assert_eq!(store.token(&key(1), NOW).await.unwrap(), None);
    assert_eq!(store.sign_out(&key(1), NOW).await.unwrap(), None);
}

/// V102.
#[tokio::test]
async fn newest_sign_in_wins_over_a_refresh() {
    let dir = tempfile::tempdir().unwrap();
    let store = signed_in(&dir).await;
    let lease = begin(&store, 1, NOW).await;
    let again = store.sign_in(&key(1), "fp", &tokens("new", Some("new r")), NOW).await.unwrap();
    assert_eq!(again.version, 2);
    assert_eq!(store.commit_refresh(&lease, &tokens("a2", Some("r2")), NOW).await.unwrap(), None);
    assert_eq!(store.record_failure(&lease, network(), NOW).await.unwrap(), None);
    assert_eq!(store.mark_reauth(&key(1), lease.version, Reason::InvalidGrant, NOW).await.unwrap(), None);
    assert_eq!(store.token(&key(1), NOW).await.unwrap(), Some(again));
}

/// Signed out and in again: the version is the same number, but the row is another.
#[tokio::test]
async fn version_of_a_later_row_is_not_mistaken_for_ours() {
    let dir = tempfile::tempdir().unwrap();
    let store = signed_in(&dir).await;
    let lease = begin(&store, 1, NOW).await;
    store.sign_out(&key(1), NOW).await.unwrap();
    let again = store.sign_in(&key(1), "fp", &tokens("new", Some("new r")), NOW).await.unwrap();
    assert_eq!(again.version, lease.version);
    assert_eq!(store.commit_refresh(&lease, &tokens("a2", Some("r2")), NOW).await.unwrap(), None);
}

/// V99.
#[tokio::test]
async fn lease_keeps_others_out_for_thirty_seconds() {
    let dir = tempfile::tempdir().unwrap();
    let store = signed_in(&dir).await;
    begin(&store, 1, NOW).await;
    let busy = store.begin_refresh(&key(1), 1, NOW + 29).await.unwrap();
    assert!(matches!(busy, BeginRefresh::Busy), "{busy:?}");
    begin(&store, 1, NOW + 30).await;
    let changed = store.begin_refresh(&key(1), 7, NOW + 60).await.unwrap();
    assert!(matches!(changed, BeginRefresh::Changed), "{changed:?}");
    let absent = store.begin_refresh(&key(2), 1, NOW).await.unwrap();
    assert!(matches!(absent, BeginRefresh::Changed), "{absent:?}");
}

/// V98: killed after the provider answered; only the intent is left.
#[tokio::test]
async fn death_during_a_refresh_leaves_a_doubt_and_no_lease() {
    let dir = tempfile::tempdir().unwrap();
    let store = signed_in(&dir).await;
    begin(&store, 1, NOW).await;
    let store = next_process(store, &dir).await;
    let lease = begin(&store, 1, NOW + 1).await;
    assert!(lease.rotation_in_doubt);

    // The next attempt never leaves the machine: that settles nothing.
    store.record_failure(&lease, network(), NOW + 1).await.unwrap().unwrap();
    let lease = begin(&store, 1, NOW + 2).await;
    assert!(lease.rotation_in_doubt);

    let row = store.mark_reauth(&key(1), 1, Reason::RotationLost, NOW + 3).await.unwrap().unwrap();
    assert_eq!(row.state, TokenState::ReauthRequired(Reason::RotationLost));
}

/// Killed between the answer and its interpretation.
#[tokio::test]
async fn staged_answer_is_found_by_the_next_process() {
    let dir = tempfile::tempdir().unwrap();
    let store = signed_in(&dir).await;
    let lease = begin(&store, 1, NOW).await;
    assert!(store.stage_response(&lease, &Secret::new(r#"{"access_token":"a2"}"#)).await.unwrap());
    let store = next_process(store, &dir).await;
    let lease = begin(&store, 1, NOW + 90).await;
    let staged = lease.staged.as_ref().unwrap();
    assert_eq!((staged.response.expose(), staged.sent_at), (r#"{"access_token":"a2"}"#, NOW));
    let row = store.commit_refresh(&lease, &tokens("a2", Some("r2")), NOW + 90).await.unwrap().unwrap();
    assert!(begin(&store, row.version, NOW + 91).await.staged.is_none(), "used up");
}

#[tokio::test]
async fn failure_keeps_the_tokens_and_counts() {
    let dir = tempfile::tempdir().unwrap();
    let store = signed_in(&dir).await;
    let lease = begin(&store, 1, NOW).await;
    let row = store.record_failure(&lease, network(), NOW).await.unwrap().unwrap();
    assert_eq!((row.version, row.fail_count, row.next_attempt_at), (1, 1, Some(NOW + 2)));
    assert_eq!((row.last_error.as_deref(), row.access_token), (Some("network"), Some(Secret::new("a1"))));

    let lease = begin(&store, 1, NOW + 2).await;
    assert!(!lease.rotation_in_doubt, "it was known that nothing was sent");
    let unknown = Failure { class: "timeout", next_attempt_at: None, outcome_unknown: true };
    assert_eq!(store.record_failure(&lease, unknown, NOW + 2).await.unwrap().unwrap().fail_count, 2);

    let lease = begin(&store, 1, NOW + 3).await;
    assert!(lease.rotation_in_doubt);
    let row = store.commit_refresh(&lease, &tokens("a2", None), NOW + 3).await.unwrap().unwrap();
    assert_eq!((row.fail_count, row.last_error, row.next_attempt_at), (0, None, None));
}

/// V89.
#[tokio::test]
async fn refusal_erases_the_refresh_token_and_keeps_a_living_access_token() {
    let dir = tempfile::tempdir().unwrap();
    let store = signed_in(&dir).await;
    let lease = begin(&store, 1, NOW).await;
    let row = store.mark_reauth(&key(1), lease.version, Reason::InvalidGrant, NOW).await.unwrap().unwrap();
    assert_eq!(row.state, TokenState::ReauthRequired(Reason::InvalidGrant));
    assert_eq!((row.refresh_token, row.access_token, row.version), (None, Some(Secret::new("a1")), 2));
    let ended = store.begin_refresh(&key(1), 2, NOW).await.unwrap();
    assert!(matches!(ended, BeginRefresh::Changed), "{ended:?}");
}

#[tokio::test]
async fn use_is_recorded_without_a_new_version() {
    let dir = tempfile::tempdir().unwrap();
    let store = signed_in(&dir).await;
    store.touch_last_used(&key(1), NOW + 60).await.unwrap();
    let row = store.token(&key(1), NOW).await.unwrap().unwrap();
    assert_eq!((row.last_used_at, row.version), (Some(NOW + 60), 1));
}

/// Callers in parallel do not see `database is locked`, and exactly one of them gets the lease.
#[tokio::test]
async fn one_of_many_gets_the_lease() {
    let dir = tempfile::tempdir().unwrap();
    let store = signed_in(&dir).await;
    let tasks: Vec<_> = (0..50)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move { store.begin_refresh(&key(1), 1, NOW).await.unwrap() })
        })
        .collect();
    let mut started = 0;
    for task in tasks {
        started += usize::from(matches!(task.await.unwrap(), BeginRefresh::Started(_)));
    }
    assert_eq!(started, 1);
}
