//! Who may sign in to an integration that names its users. Source: specs/workbench.md §3.4.

use nix::unistd::{Group, Uid, User, getgrouplist};

use crate::Principal;
use crate::config::Provider;

/// Whether this person may sign in. Without a list everybody may. Effects: `[disk]` asks the system's user database,
/// and only when there is a list.
pub fn may_sign_in(principal: &Principal, provider: &Provider) -> bool {
    let (users, groups) = (&provider.options.allowed_users, &provider.options.allowed_groups);
    if users.is_empty() && groups.is_empty() {
        return true;
    }
    let names = Names::of(principal);
    users.iter().any(|user| user == principal.as_str() || Some(user) == names.user.as_ref())
        || groups.iter().any(|group| names.groups.contains(group))
}

#[derive(Default)]
struct Names {
    user: Option<String>,
    groups: Vec<String>,
}

impl Names {
    fn of(principal: &Principal) -> Self {
        let Some(uid) = principal.uid() else {
            let user = principal.as_str().strip_prefix("hdr:").map(str::to_owned);
            return Self { user, groups: Vec::new() };
        };
        let Ok(Some(user)) = User::from_uid(Uid::from_raw(uid)) else { return Self::default() };
        let member_of = std::ffi::CString::new(user.name.clone()).ok().and_then(|n| getgrouplist(&n, user.gid).ok());
        let name = |gid| Group::from_gid(gid).ok().flatten().map(|group| group.name);
        Self { groups: member_of.unwrap_or_default().into_iter().filter_map(name).collect(), user: Some(user.name) }
    }
}
