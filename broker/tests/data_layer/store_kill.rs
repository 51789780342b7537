//! `kill -9` in the middle of refreshes: what a caller was told is still there.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use tokcore::Secret;
use tokcore_broker::store::{BeginRefresh, Store, TokenState};

use crate::store_access::{NOW, key, tokens};

/// Set in the process that is to be killed: the folder of its database.
const VICTIM: &str = "TOKCORE_TEST_KILL_DIR";

async fn store_in(dir: &Path) -> Store {
    Store::open(&dir.join("tokcore.db"), &dir.join("master.key")).await.unwrap()
}

/// Refreshes for ever, and says so only after each commit.
async fn refresh_until_killed(dir: &Path) {
    let store = store_in(dir).await;
    let mut version = store.token(&key(1), NOW).await.unwrap().unwrap().version;
    loop {
        let BeginRefresh::Started(lease) = store.begin_refresh(&key(1), version, NOW).await.unwrap() else {
            panic!("no lease at version {version}");
        };
        store.stage_response(&lease, &Secret::new("{}")).await.unwrap();
        let new = tokens("a", Some(&format!("r{}", version + 1)));
        version = store.commit_refresh(&lease, &new, NOW).await.unwrap().unwrap().version;
        println!("\nversion {version}");
        std::io::stdout().flush().unwrap();
    }
}

#[tokio::test]
async fn committed_refresh_token_survives_kill_9() {
    if let Some(dir) = std::env::var_os(VICTIM) {
        refresh_until_killed(Path::new(&dir)).await;
    }
    let dir = tempfile::tempdir().unwrap();
    let store = store_in(dir.path()).await;
    store.sign_in(&key(1), "fp", &tokens("a", Some("r1")), NOW).await.unwrap();
    store.close().await;
    drop(store);
    for round in 0..5 {
        let mut victim = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "store_kill::committed_refresh_token_survives_kill_9", "--nocapture"])
            .env(VICTIM, dir.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(victim.stdout.take().unwrap()).lines();
        let said = |line: std::io::Result<String>| line.ok()?.strip_prefix("version ")?.parse::<i64>().ok();
        let mut told = lines.by_ref().find_map(said).expect("the victim commits at least once");
        // Not at a commit, but somewhere between two.
        tokio::time::sleep(Duration::from_millis(7 * round)).await;
        victim.kill().unwrap();
        victim.wait().unwrap();
        told = lines.filter_map(said).last().unwrap_or(told);

        let store = store_in(dir.path()).await;
        let row = store.token(&key(1), NOW).await.unwrap().unwrap();
        assert!(row.version >= told, "told {told}, found {}", row.version);
        assert_eq!(row.state, TokenState::Active);
        assert_eq!(row.refresh_token, Some(Secret::new(format!("r{}", row.version))), "token and version agree");
        store.close().await;
    }
}
