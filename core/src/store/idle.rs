//! What is not worth keeping any longer. Pure. Source: specs/oauth.md §6.5.

use super::record::Facts;
use super::shelf::Listed;

const DAY_S: i64 = 24 * 60 * 60;
/// How long an access token that nothing renews is kept beyond its end: a wrong clock must not cost a grant.
const EXPIRED_FOR_S: i64 = DAY_S;

/// How long what nobody uses is kept, unless the caller says. Units: days.
pub(crate) const MAX_IDLE_DAYS: u32 = 30;

/// Why a record is not worth keeping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    /// Nobody used it for so long.
    Unused,
    /// Its refresh token is over.
    RefreshExpired,
    /// Its access token is over, and there is nothing that renews it.
    Expired,
    /// The server ended the grant, and whoever wanted to know has seen it by now.
    Ended,
}

impl Why {
    /// Stable `snake_case` name.
    pub(crate) const fn slug(self) -> &'static str {
        match self {
            Why::Unused => "unused",
            Why::RefreshExpired => "refresh_expired",
            Why::Expired => "expired",
            Why::Ended => "ended",
        }
    }
}

/// Why `listed` is not worth keeping, if it is not. What cannot be read is kept: it may be a later version's.
pub(crate) fn why_idle(listed: &Listed, max_idle_days: u32, now_unix_s: i64) -> Option<Why> {
    let facts = listed.facts.as_ref().ok()?;
    let idle_s = i64::from(max_idle_days) * DAY_S;
    let is_past = |at: i64, for_s: i64| now_unix_s.saturating_sub(at) > for_s;
    let last_use = listed.last_used_at_unix_s.unwrap_or_else(|| facts.requested_at.max(facts.created_at));
    if facts.ended.as_ref().is_some_and(|ended| is_past(ended.at, idle_s)) {
        return Some(Why::Ended);
    }
    if is_past(last_use, idle_s) {
        return Some(Why::Unused);
    }
    // An ended grant is over anyway; it stays as long as its end may have to be explained.
    let is_over = facts.ended.is_none() && !facts.gives_tokens_at(now_unix_s);
    match facts {
        _ if !is_over => None,
        Facts { has_refresh_token: true, .. } => Some(Why::RefreshExpired),
        Facts { expires_at: Some(at), .. } => is_past(*at, EXPIRED_FOR_S).then_some(Why::Expired),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::Value;

    use super::super::record::Ended;
    use super::super::shelf::Address;
    use super::*;
    use crate::cache::key::CredentialKey;

    const NOW: i64 = 1_800_000_000;

    /// Times: days ago.
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Row {
        #[serde(rename = "id")]
        _id: String,
        #[serde(rename = "why")]
        _why: String,
        used: Option<f64>,
        #[serde(default)]
        requested: f64,
        #[serde(default)]
        created: f64,
        expires: Option<f64>,
        refresh_expires: Option<f64>,
        ended: Option<f64>,
        #[serde(default = "yes")]
        has_refresh_token: bool,
        #[serde(default = "usual")]
        max_idle_days: u32,
        pruned: Option<String>,
    }

    fn yes() -> bool {
        true
    }

    fn usual() -> u32 {
        MAX_IDLE_DAYS
    }

    fn at(days_ago: f64) -> i64 {
        NOW - (days_ago * DAY_S as f64) as i64
    }

    impl Row {
        fn listed(&self) -> Listed {
            let facts = Facts {
                created_at: at(self.created),
                requested_at: at(self.requested),
                expires_at: self.expires.map(at),
                refresh_expires_at: self.refresh_expires.map(at),
                has_refresh_token: self.has_refresh_token,
                ended: self.ended.map(|days| Ended { at: at(days), ..Ended::default() }),
                ..Facts::new()
            };
            let address = Address { group: [0; 8], key: CredentialKey([0; 32]) };
            Listed { address, facts: Ok(facts), last_used_at_unix_s: self.used.map(at), path: None }
        }
    }

    #[test]
    fn what_is_idle_is_pruned_as_the_table_says() {
        let is_meant = |case: &Value| case["id"].as_str().is_some_and(|id| id.starts_with("C-13"));
        crate::table::each_that(&crate::table::read_from("store", "cache.json"), is_meant, |row: Row| {
            let why = why_idle(&row.listed(), row.max_idle_days, NOW).map(Why::slug);
            if why == row.pruned.as_deref() { Ok(()) } else { Err(format!("pruned: {why:?}")) }
        });
    }

    #[test]
    fn what_cannot_be_read_is_kept() {
        let address = Address { group: [0; 8], key: CredentialKey([0; 32]) };
        let listed = Listed {
            address,
            facts: Err("written by a later tokcore".into()),
            last_used_at_unix_s: Some(0),
            path: None,
        };
        assert_eq!(why_idle(&listed, 0, NOW), None);
    }
}
