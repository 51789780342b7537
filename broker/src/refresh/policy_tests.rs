use tokcore::Secret;
use uuid::Uuid;

use super::*;
use crate::Principal;
use crate::store::TokenKey;

const FP: &str = "fp";

/// Signed in at 1000 with this lifetime, refreshable.
fn row(lifetime_s: Option<i64>) -> TokenRow {
    TokenRow {
        id: Uuid::nil(),
        key: TokenKey { principal: Principal::os(1), guid: Uuid::nil() },
        config_fp: FP.into(),
        state: TokenState::Active,
        access_token: Some(Secret::new("at")),
        refresh_token: Some(Secret::new("rt")),
        id_token: None,
        token_type: None,
        scopes_granted: None,
        expires_at: lifetime_s.map(|lifetime| 1000 + lifetime),
        obtained_at: 1000,
        refreshed_at: None,
        last_used_at: None,
        created_at: 1000,
        updated_at: 1000,
        version: 1,
        fail_count: 0,
        next_attempt_at: None,
        last_error: None,
    }
}

fn at(row: &TokenRow, seconds_left: i64) -> Standing {
    standing(row, FP, None, (row.expires_at.unwrap_or(1000) - seconds_left) * 1000)
}

#[test]
fn margin_is_a_tenth_within_bounds() {
    for (lifetime, margin) in
        [(3600, 300_000), (600, 60_000), (100, 50_000), (3, 1_500), (1200, 120_000), (0, 0), (-5, 0)]
    {
        assert_eq!(margin_ms(lifetime, None), margin, "{lifetime}");
    }
    assert_eq!(margin_ms(3600, Some(600)), 600_000);
    assert_eq!(margin_ms(3600, Some(36_000)), 1_800_000, "never more than half the lifetime");
    assert_eq!(margin_ms(i64::MAX, None), 300_000);
}

#[test]
fn an_active_token_is_served_then_due_then_spent() {
    let row = row(Some(3600));
    assert_eq!([301, 300, 1, 0, -9].map(|left| at(&row, left)), {
        use Standing::{Due, Serve, Spent};
        [Serve, Due, Due, Spent, Spent]
    });
    assert_eq!(at(&self::row(None), 0), Standing::Serve, "an unknown lifetime is never refreshed by the clock");
}

#[test]
fn without_a_refresh_token_it_is_served_to_the_end() {
    let mut row = row(Some(3600));
    row.refresh_token = None;
    assert_eq!(at(&row, 1), Standing::Serve);
    assert_eq!(at(&row, 0), Standing::Ended(Reason::ExpiredNoRefresh));
    assert_eq!(due_at_ms(&row, None, None), None);
}

#[test]
fn a_dead_grant_leaves_its_access_token_to_live_on() {
    let mut row = row(Some(3600));
    row.state = TokenState::ReauthRequired(Reason::InvalidGrant);
    row.refresh_token = None;
    assert_eq!(at(&row, 1), Standing::Serve);
    assert_eq!(at(&row, 0), Standing::Lapsed(Reason::InvalidGrant));
    row.state = TokenState::ReauthRequired(Reason::ConfigChanged);
    assert_eq!(at(&row, 1000), Standing::Lapsed(Reason::ConfigChanged));
}

#[test]
fn another_configuration_ends_it_however_fresh() {
    let row = row(Some(3600));
    assert_eq!(standing(&row, "other", None, 0), Standing::Ended(Reason::ConfigChanged));
}

#[test]
fn the_sweep_comes_at_the_margin_or_for_keepalive_and_heeds_a_pause() {
    let mut row = row(Some(3600));
    assert_eq!(due_at_ms(&row, None, None), Some(4_300_000));
    assert_eq!(due_at_ms(&row, None, Some(Duration::from_secs(60))), Some(1_060_000));
    row.next_attempt_at = Some(5000);
    assert_eq!(due_at_ms(&row, None, None), Some(5_000_000));
    assert_eq!(due_at_ms(&self::row(None), None, None), None);
    row.state = TokenState::ReauthRequired(Reason::InvalidGrant);
    assert_eq!(due_at_ms(&row, None, None), None);
}

#[test]
fn pauses_double_up_to_five_minutes_and_heed_the_provider() {
    let seconds = |failures, random| pause(failures, None, random).as_secs_f64();
    assert_eq!([1, 2, 3, 4].map(|n| seconds(n, 0)), [0.8, 1.6, 3.2, 6.4]);
    assert_eq!(seconds(1, 255), 1.2);
    assert_eq!(seconds(200, 0), 240.0);
    assert_eq!(pause(1, Some(Duration::from_secs(90)), 0), Duration::from_secs(90));
}
