//! `tokcore serve`, `config check` and `reload`: good configurations, broken ones, and brokers in each other's way.

mod support;

use std::os::unix::fs::PermissionsExt;

use support::{Broker, CANARY, CONF, Run, run, serve, tokcore, write_private};
use tempfile::TempDir;

#[test]
fn a_good_configuration_is_status_0() {
    let home = TempDir::new().unwrap();
    let file = home.path().join("oauth-clients.conf");
    write_private(&file, CONF);
    let good = run(tokcore(home.path()).args(["config", "check"]).arg(&file));
    assert_eq!((good.status, good.stdout.as_str()), (0, ""), "{good:?}");
    assert!(good.stderr.contains("good, 1 integration"), "{good:?}");
    let json = run(tokcore(home.path()).args(["config", "check", "--json"]).arg(&file)).json();
    assert_eq!((&json["format"], &json["verdict"]), (&1.into(), &"good".into()), "{json}");
    assert_eq!((&json["integrations"][0]["name"], &json["integrations"][0]["usable"]), (&"mail".into(), &true.into()));
}

#[test]
fn a_broken_section_is_status_1_and_named_by_line() {
    let home = TempDir::new().unwrap();
    let file = home.path().join("oauth-clients.conf");
    write_private(&file, &format!("{CONF}\n[files]\nclient_id=c\nclient-secret={CANARY}\n"));
    let broken = run(tokcore(home.path()).args(["config", "check"]).arg(&file));
    assert_eq!(broken.status, 1, "{broken:?}");
    for part in [":10: warning: [files] client_id", " error: [files] "] {
        assert!(broken.stdout.contains(part), "{part}: {broken:?}");
    }
    assert!(broken.stdout.lines().all(|line| line.starts_with(file.to_str().unwrap())), "{broken:?}");
    assert!(!broken.all().contains(CANARY), "{broken:?}");
    let json = run(tokcore(home.path()).args(["config", "check", "--json"]).arg(&file)).json();
    assert_eq!(json["verdict"], "section_errors");
    assert!(json["diagnostics"].as_array().unwrap().iter().any(|finding| finding["line"] == 10), "{json}");
}

#[test]
fn a_rejected_file_is_status_2() {
    let home = TempDir::new().unwrap();
    let file = home.path().join("oauth-clients.conf");
    write_private(&file, &format!("client-secret={CANARY}\n[a\n"));
    let check = || run(tokcore(home.path()).args(["config", "check"]).arg(&file));
    let broken = check();
    assert!(broken.status == 2 && broken.stdout.contains(":1: error: "), "{broken:?}");
    assert!(!broken.all().contains(CANARY), "{broken:?}");

    write_private(&file, CONF);
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    let readable = check();
    assert!(readable.status == 2 && readable.stdout.contains("mode 0644"), "{readable:?}");
}

#[test]
fn serve_refuses_what_check_refuses() {
    let home = TempDir::new().unwrap();
    write_private(&home.path().join("oauth-clients.conf"), "[a\n");
    assert_eq!(run(serve(home.path()).arg("--check")).status, 2);
    let refused = run(&mut serve(home.path()));
    assert!(refused.status == 5 && refused.stderr.contains("oauth-clients.conf:1: error: "), "{refused:?}");
    assert!(!home.path().join("broker.sock").exists());
}

#[test]
fn what_is_in_the_way_of_a_start_has_its_own_next_step() {
    let home = TempDir::new().unwrap();
    let conf = home.path().join("oauth-clients.conf");
    write_private(&conf, CONF);
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let refused = run(serve(home.path()).args(["--web-listen", &address]));
    assert!(refused.stderr.contains(&format!("cannot listen on {address}: Address already in use")), "{refused:?}");
    assert!(next_step(&refused).ends_with("or choose another --web-listen; port 0 takes a free one"), "{refused:?}");

    std::fs::set_permissions(&conf, std::fs::Permissions::from_mode(0o644)).unwrap();
    let refused = run(&mut serve(home.path()));
    let next = format!("`chmod 600` it, then run `tokcore config check {}`", conf.display());
    assert_eq!((refused.status, next_step(&refused)), (5, next.as_str()), "{refused:?}");

    write_private(&conf, CONF);
    std::fs::set_permissions(&conf, std::fs::Permissions::from_mode(0o600)).unwrap();
    let key = home.path().join("master.key");
    std::fs::write(&key, "").unwrap();
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o640)).unwrap();
    let refused = run(&mut serve(home.path()));
    let next = format!("`chmod 600 {}`; if somebody read it, change the key", key.display());
    assert_eq!((refused.status, next_step(&refused)), (5, next.as_str()), "{refused:?}");
}

/// What the program says to do.
fn next_step(done: &Run) -> &str {
    let line = done.stderr.lines().find_map(|line| line.strip_prefix("next: "));
    line.unwrap_or_else(|| panic!("no next step: {done:?}"))
}

#[test]
fn an_open_page_needs_a_public_address() {
    let home = TempDir::new().unwrap();
    let refused = run(serve(home.path()).args(["--web-listen", "0.0.0.0:0"]));
    assert!(refused.status == 5 && refused.stderr.contains("public-url"), "{refused:?}");
}

#[test]
fn a_second_broker_on_the_database_is_refused_and_the_first_goes_on() {
    let broker = Broker::start();
    let mut second = serve(broker.home.path());
    second.arg("--socket").arg(broker.path("second.sock"));
    // The last of two equal flags would be an error of usage, so the first is taken out.
    let arguments: Vec<_> = second.get_args().map(ToOwned::to_owned).collect();
    let mut second = tokcore(broker.home.path());
    let at = arguments.iter().position(|argument| argument == "--socket").unwrap();
    second.args(&arguments[..at]).args(&arguments[at + 2..]);
    let refused = run(&mut second);
    assert!(refused.status == 5 && refused.stderr.contains("another broker"), "{refused:?}");
    assert!(refused.stderr.contains("tokcore.db"), "{refused:?}");
    assert_eq!(next_step(&refused), "stop it first, or give this one its own --database", "{refused:?}");
    assert_eq!(run(&mut broker.command(&["integrations"])).status, 0);
}

#[test]
fn another_key_is_refused_and_nothing_is_lost() {
    let mut broker = Broker::start();
    broker.signal("-TERM");
    assert_eq!(broker.wait(), 0);
    let (key, saved) = (broker.path("master.key"), broker.path("master.key.saved"));
    std::fs::rename(&key, &saved).unwrap();
    let missing = run(&mut serve(broker.home.path()));
    assert!(missing.status == 5 && missing.stderr.contains("master.key"), "{missing:?}");
    assert!(next_step(&missing).starts_with(&format!("restore {} from your backup, ", key.display())), "{missing:?}");

    let other = TempDir::new().unwrap();
    drop(Broker::start_in(prepared(&other)));
    std::fs::copy(other.path().join("kept/master.key"), &key).unwrap();
    let wrong = run(&mut serve(broker.home.path()));
    assert!(wrong.status == 5 && wrong.stderr.contains("another key"), "{wrong:?}");
    assert!(next_step(&wrong).starts_with(&format!("restore the key k1 in {}, ", key.display())), "{wrong:?}");

    std::fs::rename(&saved, &key).unwrap();
    let home = std::mem::replace(&mut broker.home, TempDir::new().unwrap());
    drop(broker);
    let broker = Broker::start_in(home);
    assert_eq!(run(&mut broker.command(&["integrations"])).status, 0);
}

/// A directory below `parent` that stays when the broker in it has been dropped.
fn prepared(parent: &TempDir) -> TempDir {
    let mut home = tempfile::Builder::new().prefix("").rand_bytes(0).suffix("kept").tempdir_in(parent).unwrap();
    home.disable_cleanup(true);
    write_private(&home.path().join("oauth-clients.conf"), CONF);
    home
}

#[test]
fn a_key_can_be_changed_and_the_old_one_dropped() {
    let mut broker = Broker::start();
    let list = |broker: &Broker| run(&mut broker.command(&["keys", "list", "--json"])).json()["keys"].clone();
    assert_eq!(list(&broker).as_array().unwrap().len(), 1);
    let restart_with = |broker: &mut Broker, keys: &str| {
        broker.signal("-TERM");
        assert_eq!(broker.wait(), 0);
        write_private(&broker.path("master.key"), keys);
        let home = std::mem::replace(&mut broker.home, TempDir::new().unwrap());
        *broker = Broker::start_in(home);
    };
    let old = std::fs::read_to_string(broker.path("master.key")).unwrap();
    let new = "k2:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=\n";
    restart_with(&mut broker, &format!("{new}{old}"));
    let text = run(&mut broker.command(&["keys", "list"])).stdout;
    let standing: Vec<Vec<&str>> = text.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!((standing[0][0], standing[0][2], standing[1][0], standing[1][2]), ("k2", "active", "k1", "needed"));

    let done = run(&mut broker.command(&["keys", "reencrypt"]));
    assert_eq!((done.status, done.stderr.as_str()), (0, "0 values sealed anew\n"), "{done:?}");
    assert_eq!(list(&broker)[1]["needed"], false);
    restart_with(&mut broker, new);
    assert_eq!(list(&broker).as_array().unwrap().len(), 1);
}

#[test]
fn a_reload_takes_the_new_file_or_keeps_the_old() {
    let broker = Broker::start();
    let file = broker.path("oauth-clients.conf");
    assert_eq!(run(&mut broker.command(&["reload"])).stderr, "reloaded, 1 integration\n");
    let more = CONF.replace("[mail]", "[files]").replace("Team Mail", "Team Files");
    write_private(&file, &format!("{CONF}\n{more}"));
    let reloaded = run(&mut broker.command(&["reload", "--json"])).json();
    assert_eq!((&reloaded["accepted"], &reloaded["integrations"]), (&true.into(), &2.into()), "{reloaded}");
    let count =
        || run(&mut broker.command(&["integrations", "--json"])).json()["integrations"].as_array().unwrap().len();
    assert_eq!(count(), 2);

    write_private(&file, "[a\n");
    let rejected = run(&mut broker.command(&["reload"]));
    assert!(rejected.status == 5 && rejected.stdout.contains(":1: error: "), "{rejected:?}");
    assert_eq!(count(), 2);

    write_private(&file, CONF);
    broker.signal("-HUP");
    let begun = std::time::Instant::now();
    while count() != 1 {
        assert!(begun.elapsed() < support::PATIENCE, "the signal was not heard");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}

#[test]
fn a_broker_that_ends_takes_its_socket_along() {
    let mut broker = Broker::start();
    assert!(broker.path("broker.sock").exists());
    broker.signal("-INT");
    assert_eq!(broker.wait(), 0);
    assert!(!broker.path("broker.sock").exists());
}
