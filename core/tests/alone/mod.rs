//! A test in a process of its own.

use std::process::Command;

/// Runs one test in a process of its own, where nobody else's threads, files or log lines are counted. True in there.
pub fn is_alone(test: &str) -> bool {
    const ALONE: &str = "TOKCORE_TEST_IS_ALONE";
    if std::env::var_os(ALONE).is_some() {
        return true;
    }
    let program = std::env::current_exe().expect("a test has a program");
    let ended =
        Command::new(program).args(["--exact", test, "--nocapture"]).env(ALONE, "1").output().expect("it starts");
    assert!(
        ended.status.success(),
        "{}{}",
        String::from_utf8_lossy(&ended.stdout),
        String::from_utf8_lossy(&ended.stderr)
    );
    assert!(String::from_utf8_lossy(&ended.stdout).contains("1 passed"), "no test is called {test}");
    false
}
