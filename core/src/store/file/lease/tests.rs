//! Two machines and one folder. The machines are contexts with clocks of their own; the server is the disk.

use std::sync::atomic::{AtomicI64, Ordering};

use super::*;
use crate::context::Clock;
use crate::reason::Reason;

struct Machine {
    boot: u64,
    ms: AtomicI64,
}

impl Clock for Machine {
    fn now_unix_ms(&self) -> i64 {
        // A wall clock that is off by decades must not matter.
        self.boot as i64
    }

    fn boot_time(&self) -> Option<BootTime> {
        Some(BootTime { boot: self.boot, ms: self.ms.load(Ordering::Relaxed) })
    }
}

fn machine(boot: u64) -> (Context, Arc<Machine>) {
    let clock = Arc::new(Machine { boot, ms: AtomicI64::new(0) });
    (Context { clock: clock.clone(), ..Context::os() }, clock)
}

/// As if the holder had shown no life for this long.
fn age(folder: &Path, seconds: i64) {
    let holder = folder.join(HOLDER);
    let modified = holder.metadata().unwrap().mtime();
    disk::touch(&holder, modified - seconds).unwrap();
}

#[tokio::test(start_paused = true)]
async fn one_of_two_machines_has_the_turn() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("a.lease");
    let ((one, _), (two, _)) = (machine(1), machine(2));
    let held = Lease::acquire(&one, &folder, Duration::ZERO).await.unwrap();
    let late = Lease::acquire(&two, &folder, Duration::from_secs(35)).await.err().unwrap();
    assert_eq!(late.reason(), Some(Reason::BusyElsewhere));
    assert!(late.message().starts_with(&format!("process {}", std::process::id())), "{late}");
    held.prove().unwrap();
    drop(held);
    Lease::acquire(&two, &folder, Duration::ZERO).await.unwrap().prove().unwrap();
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0, "something was left behind");
}

#[tokio::test(start_paused = true)]
async fn a_term_that_is_over_is_taken_and_its_holder_does_not_send() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("a.lease");
    let ((one, _), (two, _)) = (machine(1), machine(2));
    let robbed = Lease::acquire(&one, &folder, Duration::ZERO).await.unwrap();
    age(&folder, 65);
    assert!(Lease::acquire(&two, &folder, Duration::ZERO).await.is_err(), "taken before the grace was over");
    age(&folder, 6);
    let new = Lease::acquire(&two, &folder, Duration::ZERO).await.unwrap();
    assert_eq!(robbed.prove().unwrap_err().reason(), Some(Reason::BusyElsewhere));
    drop(robbed);
    new.prove().unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_holder_that_waits_stays_the_holder() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("a.lease");
    let ((one, _), (two, _)) = (machine(1), machine(2));
    let held = Lease::acquire(&one, &folder, Duration::ZERO).await.unwrap();
    for _ in 0..4 {
        age(&folder, 40);
        sleep(EXTEND_EVERY + Duration::from_millis(1)).await;
        assert!(Lease::acquire(&two, &folder, Duration::ZERO).await.is_err());
    }
    held.prove().unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_machine_that_slept_begins_its_term_anew_or_has_lost_it() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("a.lease");
    let ((one, clock), (two, _)) = (machine(1), machine(2));
    let held = Lease::acquire(&one, &folder, Duration::ZERO).await.unwrap();
    clock.ms.store(3_600_000, Ordering::Relaxed);
    age(&folder, 3_600);
    // Nobody wanted it meanwhile.
    held.prove().unwrap();
    age(&folder, 3_600);
    let _new = Lease::acquire(&two, &folder, Duration::ZERO).await.unwrap();
    assert!(held.prove().is_err());
}

#[tokio::test(start_paused = true)]
async fn a_folder_without_a_holder_is_taken_once_it_is_old() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("a.lease");
    let (one, _) = machine(1);
    std::fs::create_dir(&folder).unwrap();
    assert!(Lease::acquire(&one, &folder, Duration::ZERO).await.is_err(), "its maker may be about to write its name");
    disk::touch(&folder, folder.metadata().unwrap().mtime() - 71).unwrap();
    Lease::acquire(&one, &folder, Duration::ZERO).await.unwrap();
}

#[test]
fn threads_never_overlap() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("a.lease");
    let held = std::sync::atomic::AtomicU32::new(0);
    std::thread::scope(|scope| {
        for boot in 0..4 {
            let (folder, held) = (&folder, &held);
            scope.spawn(move || {
                let (context, _) = machine(boot);
                let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
                for _ in 0..5 {
                    runtime.block_on(async {
                        let lease = Lease::acquire(&context, folder, Duration::from_secs(30)).await.unwrap();
                        assert_eq!(held.fetch_add(1, Ordering::SeqCst), 0);
                        sleep(Duration::from_millis(2)).await;
                        held.fetch_sub(1, Ordering::SeqCst);
                        drop(lease);
                    });
                }
            });
        }
    });
}
