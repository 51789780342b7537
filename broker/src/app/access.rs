//! Who may use an integration that names its users. Source: specs/workbench.md §3.4.
//!
//! Asked at the sign-in and again whenever a token is handed out or refreshed, so that whoever leaves the list, or the
//! group, gets no more tokens.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use nix::unistd::{Group, Uid, User, getgrouplist};

use super::single_flight::Flights;
use crate::Principal;
use crate::config::Options;

/// How long the user database's word is taken: hand-outs come by the hundred, changes of a group do not.
const FRESH: Duration = Duration::from_secs(60);
/// A directory service may be far away, or down.
const PATIENCE: Duration = Duration::from_secs(5);

/// What the user database of this machine says about people.
#[derive(Default)]
pub struct Access {
    known: Mutex<HashMap<Principal, (Arc<Names>, Instant)>>,
    lookups: Flights<Principal, Option<Arc<Names>>>,
}

impl Access {
    /// Whether this person may use the integration. Without a list everybody may.
    ///
    /// Effects: `[disk]` asks the system's user database off this thread, and only when there is a list.
    pub async fn allows(&self, principal: &Principal, options: &Options) -> bool {
        let (users, groups) = (&options.allowed_users, &options.allowed_groups);
        if users.is_empty() && groups.is_empty() || users.iter().any(|user| user == principal.as_str()) {
            return true;
        }
        let names = self.names(principal).await;
        users.iter().any(|user| Some(user) == names.user.as_ref())
            || groups.iter().any(|group| names.groups.contains(group))
    }

    /// Asks anew from now on: an administrator who changed a group reloads to see it work.
    pub fn forget(&self) {
        self.lock().clear();
    }

    /// While the database does not answer, its last word stays; without one the person is in no list.
    async fn names(&self, principal: &Principal) -> Arc<Names> {
        let known = self.lock().get(principal).cloned();
        if let Some((names, _)) = known.as_ref().filter(|(_, asked_at)| asked_at.elapsed() < FRESH) {
            return names.clone();
        }
        let asked = principal.clone();
        let look_up = || async { tokio::task::spawn_blocking(move || Names::of(&asked)).await.ok()?.map(Arc::new) };
        let lookup = self.lookups.join(principal.clone(), look_up).outcome();
        match tokio::time::timeout(PATIENCE, lookup).await {
            Ok(Some(Some(names))) => {
                self.lock().insert(principal.clone(), (names.clone(), Instant::now()));
                names
            }
            _ => {
                tracing::warn!(%principal, "the system's user database does not answer");
                known.map(|(names, _)| names).unwrap_or_default()
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Principal, (Arc<Names>, Instant)>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A user's name and the names of their groups; none for somebody who is not there.
#[derive(Default)]
struct Names {
    user: Option<String>,
    groups: Vec<String>,
}

impl Names {
    /// Shape: `None` when the database cannot be asked.
    fn of(principal: &Principal) -> Option<Self> {
        let Some(uid) = principal.uid() else {
            let user = principal.as_str().strip_prefix("hdr:").map(str::to_owned);
            return Some(Self { user, groups: Vec::new() });
        };
        let Some(user) = User::from_uid(Uid::from_raw(uid)).ok()? else { return Some(Self::default()) };
        let member_of = getgrouplist(&std::ffi::CString::new(user.name.clone()).ok()?, user.gid).ok()?;
        let name = |gid| Group::from_gid(gid).ok().flatten().map(|group| group.name);
        Some(Self { groups: member_of.into_iter().filter_map(name).collect(), user: Some(user.name) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(access: &Access, uid: u32, users: &[&str], groups: &[&str]) -> bool {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let options = Options { allowed_users: owned(users), allowed_groups: owned(groups), ..Options::default() };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(access.allows(&Principal::os(uid), &options))
    }

    #[test]
    fn users_and_groups_are_known_by_the_names_of_this_machine() {
        let access = Access::default();
        let group = Group::from_gid(0.into()).unwrap().unwrap().name;
        assert!(allows(&access, 0, &["root"], &[]));
        assert!(allows(&access, 0, &["somebody"], &[&group]));
        assert!(!allows(&access, 0, &["somebody"], &["no-such-group"]));
        assert!(!allows(&access, 4_000_000_000, &["root"], &[&group]), "a number without a name is in no list");
    }

    #[test]
    fn the_last_word_stays_for_a_minute_unless_forgotten() {
        let access = Access::default();
        let stale = Names { user: Some("renamed".into()), groups: Vec::new() };
        access.lock().insert(Principal::os(0), (Arc::new(stale), Instant::now()));
        assert!(allows(&access, 0, &["renamed"], &[]));
        access.forget();
        assert!(!allows(&access, 0, &["renamed"], &[]));
    }
}
