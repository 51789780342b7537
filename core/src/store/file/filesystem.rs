//! What kind of disk a folder is on: whether locks taken there hold for everybody. Source: specs/reliability.md §3.3.

use std::path::Path;

use crate::context::Context;
use crate::error::Error;
use crate::kinds::Kind;

/// How processes take turns in a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// By a lock that the kernel keeps.
    Lock,
    /// By a folder with a term, which a server keeps.
    Lease,
}

/// The choice, and why, for reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Choice {
    pub(super) mode: Mode,
    pub(super) why: String,
}

impl Choice {
    /// For reports.
    pub(super) fn words(&self) -> String {
        let way = match self.mode {
            Mode::Lock => "by a lock",
            Mode::Lease => "by a lease",
        };
        format!("{way}: {}", self.why)
    }
}

/// Overrides what is found out.
const OVERRIDE: &str = "TOKCORE_STORE_LOCK";

/// How to take turns in `folder`, which may not exist yet. Effects: `[disk]`. Errors: `ConfigInvalid` for an unknown override.
pub(super) fn choose(context: &Context, folder: &Path) -> Result<Choice, Error> {
    let asked = |mode| Ok(Choice { mode, why: format!("{OVERRIDE} says so") });
    match context.set_var(OVERRIDE).as_deref() {
        None => Ok(found(folder)),
        Some("lock") => asked(Mode::Lock),
        Some("lease") => asked(Mode::Lease),
        Some(_) => Err(Error::new(Kind::ConfigInvalid, format!("{OVERRIDE} is neither `lock` nor `lease`"))
            .with_hint(format!("correct {OVERRIDE}, or unset it"))),
    }
}

fn found(folder: &Path) -> Choice {
    // Before the first write the folder is where its parent is.
    match folder.ancestors().find_map(|folder| rustix::fs::statfs(folder).ok()) {
        Some(stat) => of(&stat, folder),
        None => Choice { mode: Mode::Lease, why: "the file system does not say what it is".into() },
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn of(stat: &rustix::fs::StatFs, _folder: &Path) -> Choice {
    /// `MNT_LOCAL` of the BSDs and macOS.
    const LOCAL: u64 = 0x1000;
    match stat.f_flags as u64 & LOCAL {
        0 => Choice { mode: Mode::Lease, why: "the file system is not local".into() },
        _ => Choice { mode: Mode::Lock, why: "the file system is local".into() },
    }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn of(stat: &rustix::fs::StatFs, folder: &Path) -> Choice {
    let mounts = || std::fs::canonicalize(folder).ok().and_then(|folder| options(&mounts(), &folder));
    // Magic numbers have 32 bits; some systems give them with a sign.
    linux::judge(stat.f_type as u32, mounts)
}

#[cfg(any(target_os = "linux", target_os = "android"))]
#[allow(clippy::disallowed_methods, reason = "what the kernel says of its own mounts is no file of the user")]
fn mounts() -> String {
    std::fs::read_to_string("/proc/self/mounts").unwrap_or_default()
}

/// The options with which the disk of `folder` is mounted, from the kernel's table.
fn options(mounts: &str, folder: &Path) -> Option<String> {
    let rows = mounts.lines().filter_map(|row| {
        let mut columns = row.split(' ').skip(1);
        let (point, options) = (columns.next()?, columns.nth(1)?);
        // Spaces in names are written as octal numbers.
        let point = point.replace("\\040", " ");
        folder.starts_with(&point).then_some((point.len(), options))
    });
    // Later mounts hide earlier ones on the same point, and `max_by_key` takes the last of equals.
    rows.max_by_key(|(length, _)| *length).map(|(_, options)| options.to_owned())
}

#[cfg(any(target_os = "linux", target_os = "android"))]
mod linux {
    use super::{Choice, Mode};

    /// Kept by this machine's kernel alone. Source: statfs(2).
    const LOCAL: [(u32, &str); 17] = [
        (0xef53, "ext4"),
        (0x5846_5342, "xfs"),
        (0x9123_683e, "btrfs"),
        (0x0102_1994, "tmpfs"),
        (0x794c_7630, "overlayfs"),
        (0x2fc1_2fc1, "zfs"),
        (0xf2f5_2010, "f2fs"),
        (0xca45_1a4e, "bcachefs"),
        (0x8584_58f6, "ramfs"),
        (0xf15f, "ecryptfs"),
        (0x3153_464a, "jfs"),
        (0x5265_4973, "reiserfs"),
        (0x4d44, "vfat"),
        (0x2011_bab0, "exfat"),
        (0x7366_746e, "ntfs"),
        (0x482b, "hfsplus"),
        (0x3434, "nilfs"),
    ];

    /// Shared between machines.
    const REMOTE: [(u32, &str); 14] = [
        (0x6969, "nfs"),
        (0x517b, "smb"),
        (0xff53_4d42, "cifs"),
        (0xfe53_4d42, "smb2"),
        (0x0bd0_0bd0, "lustre"),
        (0x4750_4653, "gpfs"),
        (0x00c3_6400, "ceph"),
        (0x5346_414f, "afs"),
        (0x6b41_4653, "afs"),
        (0x0102_1997, "9p"),
        (0xaad7_aaea, "panfs"),
        (0x1983_0326, "beegfs"),
        (0x0116_1970, "gfs2"),
        (0x7461_636f, "ocfs2"),
    ];

    /// What a file system of this type is good for; `mount` is asked for its options where that makes a difference.
    pub(super) fn judge(magic: u32, mount: impl FnOnce() -> Option<String>) -> Choice {
        let named = |table: &[(u32, &'static str)]| table.iter().find(|(number, _)| *number == magic).map(|row| row.1);
        if let Some(name) = named(&LOCAL) {
            return Choice { mode: Mode::Lock, why: format!("{name} is a local file system") };
        }
        let Some(name) = named(&REMOTE) else {
            return Choice { mode: Mode::Lease, why: format!("the file system is of an unknown type ({magic:#x})") };
        };
        let mut why = format!("{name} is shared between machines");
        let private = |option: &&str| *option == "nolock" || matches!(*option, "local_lock=all" | "local_lock=flock");
        if let Some(option) = mount().as_deref().and_then(|options| options.split(',').find(private)) {
            why += &format!(", and locks are this machine's own ({option})");
        }
        Choice { mode: Mode::Lease, why }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::context::Env;

    struct Says(&'static str);

    impl Env for Says {
        fn var(&self, name: &str) -> Option<String> {
            (name == OVERRIDE).then(|| self.0.to_owned())
        }
    }

    fn choice(says: &'static str) -> Result<Choice, Error> {
        choose(&Context { env: Arc::new(Says(says)), ..Context::default() }, Path::new("/nowhere/at/all"))
    }

    #[test]
    fn a_person_can_overrule() {
        assert_eq!(choice("lease").unwrap().mode, Mode::Lease);
        assert_eq!(choice("lock").unwrap().mode, Mode::Lock);
        assert_eq!(choice("flock").unwrap_err().kind(), Kind::ConfigInvalid);
        assert!(!choice("").unwrap().why.contains(OVERRIDE), "an empty variable counts as unset");
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn only_what_is_known_to_be_local_is_locked() {
        let judge = |magic, mount: &str| linux::judge(magic, || Some(mount.to_owned()));
        assert_eq!(judge(0xef53, "").mode, Mode::Lock);
        assert_eq!(judge(0x6969, "rw,vers=3").why, "nfs is shared between machines");
        assert!(judge(0x6969, "rw,local_lock=none,nolock").why.ends_with("own (nolock)"));
        assert!(!judge(0x6969, "rw,local_lock=none").why.contains("own"));
        // FUSE can be anything.
        assert_eq!(judge(0x6573_5546, "").mode, Mode::Lease);
        assert_eq!(found(Path::new("/proc/self")).mode, Mode::Lease);
    }

    #[test]
    fn options_are_those_of_the_innermost_mount() {
        let mounts =
            "/dev/a / ext4 rw,relatime 0 0\nserver:/h /home nfs rw,nolock 0 0\nb /home/my\\040own ext4 ro 0 0\n";
        let of = |folder: &str| options(mounts, Path::new(folder)).unwrap();
        assert_eq!(of("/home/me/state"), "rw,nolock");
        assert_eq!(of("/homes"), "rw,relatime");
        assert_eq!(of("/home/my own/x"), "ro");
    }
}
