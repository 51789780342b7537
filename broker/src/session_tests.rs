use std::os::unix::fs::{PermissionsExt, symlink};

use super::*;

const SESSION: &str = "00ff";

fn cookie() -> Secret {
    Secret::new("user-id=a|b|c; path=/")
}

#[test]
fn the_cookie_is_one_line_for_its_owner_alone() {
    let base = tempfile::tempdir().unwrap();
    let base = base.path().join("not").join("yet");
    let directory = RuntimeDirectory::create(&base, SESSION, &cookie()).unwrap();
    let file = directory.path().join(COOKIE_FILE);
    assert_eq!(fs::read(&file).unwrap(), cookie().expose().as_bytes());
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&file), mode(directory.path()), mode(&base)), (0o600, 0o700, 0o700));
    directory.write_cookie(&Secret::new("user-id=d|e|f")).unwrap();
    assert_eq!(fs::read_to_string(&file).unwrap(), "user-id=d|e|f");
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1, "no temporary file stays");
    let path = directory.path().to_owned();
    drop(directory);
    assert!(!path.exists() && base.exists());
}

#[test]
fn a_prepared_place_is_refused() {
    let root = tempfile::tempdir().unwrap();
    let base = root.path();
    let elsewhere = base.join("elsewhere");
    DirBuilder::new().mode(0o700).create(&elsewhere).unwrap();
    fs::set_permissions(base, fs::Permissions::from_mode(0o700)).unwrap();

    symlink(&elsewhere, base.join("aa")).unwrap();
    fs::write(base.join("bb"), b"").unwrap();
    DirBuilder::new().mode(0o755).create(base.join("cc")).unwrap();
    fs::set_permissions(base.join("cc"), fs::Permissions::from_mode(0o755)).unwrap();
    for name in ["aa", "bb", "cc"] {
        let error = RuntimeDirectory::create(base, name, &cookie()).unwrap_err();
        assert_eq!(error.kind(), Kind::Store, "{name}");
    }
    assert_eq!(fs::read_dir(&elsewhere).unwrap().count(), 0, "nothing was written through the link");
}

#[test]
fn a_link_in_place_of_the_cookie_is_replaced_and_not_followed() {
    let root = tempfile::tempdir().unwrap();
    let directory = RuntimeDirectory::create(&root.path().join("base"), SESSION, &cookie()).unwrap();
    let victim = root.path().join("victim");
    fs::write(&victim, b"untouched").unwrap();
    fs::remove_file(directory.path().join(COOKIE_FILE)).unwrap();
    symlink(&victim, directory.path().join(COOKIE_FILE)).unwrap();
    directory.write_cookie(&cookie()).unwrap();
    assert_eq!(fs::read(&victim).unwrap(), b"untouched");
}

#[test]
fn a_session_name_cannot_be_a_path() {
    let base = tempfile::tempdir().unwrap();
    for name in ["", "..", "a/b", "xyz"] {
        let error = RuntimeDirectory::create(base.path(), name, &cookie()).unwrap_err();
        assert_eq!(error.kind(), Kind::InvalidArgument, "{name:?}");
    }
}

fn environment(minimal: bool, current: &[(&str, &str)]) -> Environment {
    let options = EnvironmentOptions {
        rpc_url: "http://127.0.0.1:8790/",
        public_url: "http://127.0.0.1:8790",
        runtime_directory: Path::new("/run/x"),
        cookie: None,
        minimal,
    };
    Environment::of(&options, |name| current.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned()))
}

fn value<'a>(environment: &'a Environment, name: &str) -> Option<&'a str> {
    environment.set.iter().find(|(n, _)| *n == name).map(|(_, value)| value.as_str())
}

#[test]
fn both_clients_find_what_they_look_for() {
    let environment = environment(false, &[("no_proxy", "intranet, localhost"), ("RSTUDIO_VERSION", "2025.12.1")]);
    assert_eq!(value(&environment, "POSIT_PRODUCT"), Some("WORKBENCH"));
    assert_eq!(value(&environment, "RS_SERVER_ADDRESS"), Some("http://127.0.0.1:8790"));
    assert_eq!(value(&environment, "PWB_SESSION_RUNTIME_DIR"), Some("/run/x"));
    assert_eq!(value(&environment, "TOKCORE_PUBLIC_URL"), Some("http://127.0.0.1:8790"));
    assert_eq!(value(&environment, "RSTUDIO_VERSION"), Some(VERSION));
    assert_eq!(value(&environment, "no_proxy"), Some("intranet,localhost,127.0.0.1,::1"));
    assert_eq!(value(&environment, "NO_PROXY"), Some("127.0.0.1,localhost,::1"));
    assert_eq!(environment.remove, ["RS_SESSION_RPC_COOKIE"]);
}

#[test]
fn a_version_that_opens_the_gate_stays() {
    for open in ["2026.01.0", "2026.01.0+392.pro5", "2026.02", "2025.12.0-dev", "garbage"] {
        assert_eq!(value(&environment(false, &[("RSTUDIO_VERSION", open)]), "RSTUDIO_VERSION"), None, "{open}");
    }
    for shut in ["", "2025.09.2+418.pro4", "2026", "1.4"] {
        assert!(value(&environment(false, &[("RSTUDIO_VERSION", shut)]), "RSTUDIO_VERSION").is_some(), "{shut}");
    }
    assert_eq!(value(&environment(true, &[]), "POSIT_PRODUCT"), None);
}
