//! P01–P60: what a configuration means, whether its file may be trusted, and what a reload does.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use serde_json::Value;
use tokcore::Secret;
use tokcore_broker::config::permission::{self, Mode};
use tokcore_broker::config::{
    self, AuthMethod, Configuration, Diagnostic, Integration, Policy, Rejected, Settings, Severity,
};
use tokcore_broker::files::Facts;

use crate::vectors::{cases, table, text, texts, unhex};

/// The lines of a case, with `${M}` and repetitions filled in.
fn lines(table: &Value, lines: &Value, line_end: &str) -> Vec<u8> {
    let minimal = texts(&table["M"]);
    let mut out = Vec::new();
    for line in lines.as_array().into_iter().flatten() {
        match (line.as_str(), line["repeat"].as_str()) {
            (Some("${M}"), _) => out.extend(minimal.iter().map(|line| (*line).to_owned())),
            (Some(line), _) if line.starts_with("${M - ") => {
                let without = line.trim_start_matches("${M - ").trim_end_matches('}');
                out.extend(minimal.iter().filter(|line| !line.starts_with(without)).map(|line| (*line).to_owned()));
            }
            (Some(line), _) => out.push(line.to_owned()),
            (_, Some(repeat)) => {
                let times = line["times"].as_u64().unwrap();
                out.extend((1..=times).map(|n| repeat.replace("${n}", &n.to_string())));
            }
            _ => panic!("not a line: {line}"),
        }
    }
    out.join(line_end).into_bytes()
}

fn settings(case: &Value) -> Settings {
    Settings {
        sidecar: case.get("sidecar").map(|_| PathBuf::from("integrations.toml")),
        strict: case["settings"]["strict"].as_bool().unwrap_or_default(),
        allow_insecure_http: case["settings"]["allow_insecure_http"].as_bool().unwrap_or_default(),
        ..Settings::new("oauth-clients.conf")
    }
}

fn compile(table: &Value, case: &Value) -> Result<Configuration, Rejected> {
    let conf = match case["conf_hex"].as_str() {
        Some(hex) => unhex(hex),
        None => lines(table, &case["conf"], case["line_end"].as_str().unwrap_or("\n")),
    };
    let sidecar = case.get("sidecar").map(|sidecar| lines(table, sidecar, "\n"));
    let mut read_secret = |path: &Path| match path.to_str() {
        Some("a.secret") => Ok(Secret::new("from a.secret")),
        _ => Err("does not exist".to_owned()),
    };
    config::compile(&conf, sidecar.as_deref(), &settings(case), &mut read_secret)
}

fn check_notes(id: &str, found: &[Diagnostic], wanted: &Value, severity: Severity) {
    let found: Vec<_> = found.iter().filter(|note| note.severity == severity).collect();
    let wanted = wanted.as_array().unwrap_or_else(|| panic!("{id}: no list of {severity:?}"));
    assert_eq!(found.len(), wanted.len(), "{id}: {found:#?}");
    for (found, wanted) in found.iter().zip(wanted) {
        assert_eq!(found.line.map(|line| line as u64), wanted["line"].as_u64(), "{id}: {found}");
        if wanted.get("key").is_some() {
            assert_eq!(found.key.as_deref(), wanted["key"].as_str(), "{id}: {found}");
        }
        for part in texts(&wanted["contains"]) {
            assert!(found.to_string().contains(part), "{id}: {part:?} is not in {found}");
        }
    }
}

fn check_integration(id: &str, found: &Integration, wanted: &Value) {
    let provider = found.provider();
    for (member, value) in wanted.as_object().unwrap() {
        let found = match member.as_str() {
            "name" => found.name.clone().into(),
            "display_name" => found.display_name.clone().into(),
            "guid" => found.guid.to_string().into(),
            "client_id" => found.client_id.clone().into(),
            "authorization_url" => found.authorization_url.clone().into(),
            "token_url" => found.token_url.clone().into(),
            "issuer" => found.issuer.clone().into(),
            "scopes" => found.scopes.clone().into(),
            "status" => provider.map_or("configuration_error", |_| "ready").into(),
            "client_secret" => provider.unwrap().client_secret.expose().into(),
            "auth_method" => match provider.unwrap().auth_method {
                AuthMethod::Post => Value::from("post"),
                AuthMethod::Basic => Value::from("basic"),
            },
            other => panic!("{id}: unknown member {other}"),
        };
        assert_eq!(&found, value, "{id}: {member}");
    }
}

#[test]
fn texts_mean_what_the_vectors_say() {
    let table = table("conf.json");
    for (id, case) in cases(&table, "expect") {
        let expect = &case["expect"];
        let result = compile(&table, case);
        let printed = format!("{result:?}");
        for secret in texts(&table["secrets"]) {
            assert!(!printed.contains(secret), "{id} prints {secret}: {printed}");
        }
        match result {
            Err(rejected) => {
                assert!(expect.get("rejected").is_some(), "{id}: {rejected}");
                check_notes(id, &rejected.diagnostics, &expect["rejected"], Severity::Error);
            }
            Ok(configuration) => {
                let wanted = expect["integrations"].as_array().unwrap_or_else(|| panic!("{id} was not rejected"));
                check_notes(id, &configuration.diagnostics, &expect["errors"], Severity::Error);
                check_notes(id, &configuration.diagnostics, &expect["warnings"], Severity::Warning);
                assert_eq!(configuration.integrations.len(), wanted.len(), "{id}");
                for (found, wanted) in configuration.integrations.iter().zip(wanted) {
                    check_integration(id, found, wanted);
                }
            }
        }
    }
}

fn policy(case: &Value) -> Policy {
    let mode: Mode = text(&case["policy"], "mode").parse().unwrap();
    Policy::of_this_process(mode, case["policy"]["allow_symlink"].as_bool().unwrap_or_default())
}

fn octal(text: &str) -> u32 {
    u32::from_str_radix(text, 8).unwrap()
}

fn check_verdict(id: &str, case: &Value, notes: &[Diagnostic], refused: bool) {
    let verdict = match (refused, notes.is_empty()) {
        (true, _) => "refused",
        (false, false) => "warning",
        (false, true) => "ok",
    };
    assert_eq!(verdict, text(case, "expect"), "{id}: {notes:#?}");
    let printed: String = notes.iter().map(|note| format!("{note}\n")).collect();
    for part in texts(&case["contains"]) {
        assert!(printed.contains(part), "{id}: {part:?} is not in {printed}");
    }
}

/// The whole table, also for owners that a test cannot give to a file.
#[test]
fn permissions_are_judged() {
    for (id, case) in cases(&table("permission.json"), "file") {
        let (file, policy) = (&case["file"], policy(case));
        if file.is_null() {
            continue;
        }
        let facts = Facts {
            regular: file.get("kind").is_none(),
            symlink: file["symlink"].as_bool().unwrap_or_default(),
            uid: match text(file, "owner") {
                "root" => 0,
                "service" => policy.uid,
                _ => policy.uid + 1,
            },
            gid: policy.gid + u32::from(text(file, "group") != "service"),
            mode: octal(text(file, "mode")),
            parent_mode: file["parent_mode"].as_str().map_or(0o755, octal),
        };
        let notes = permission::judge(&facts, &policy, Path::new("oauth-clients.conf"));
        let refused = notes.iter().any(|note| note.severity == Severity::Error);
        check_verdict(id, case, &notes, refused);
    }
}

/// The same table on a real disk, for the files that a test can make.
#[test]
fn files_are_judged_as_they_lie_on_the_disk() {
    let mut tried = 0;
    for (id, case) in cases(&table("permission.json"), "file") {
        let file = &case["file"];
        if file["owner"].as_str().is_some_and(|owner| owner != "service") || file["group"].as_str() == Some("other") {
            continue;
        }
        tried += 1;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("oauth-clients.conf");
        if !file.is_null() {
            make_file(dir.path(), &path, file);
        }
        let settings = Settings { policy: policy(case), ..Settings::new(&path) };
        let result = config::load(&settings);
        if text(case, "expect") == "missing" {
            let configuration = result.unwrap();
            assert!(configuration.integrations.is_empty(), "{id}");
            assert!(configuration.diagnostics[0].to_string().contains(texts(&case["contains"])[0]), "{id}");
            continue;
        }
        match result {
            Ok(configuration) => check_verdict(id, case, &configuration.diagnostics, false),
            Err(rejected) => check_verdict(id, case, &rejected.diagnostics, true),
        }
    }
    assert!(tried >= 15, "{tried}");
}

fn make_file(dir: &Path, path: &Path, file: &Value) {
    let set_mode = |path: &Path, mode: u32| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    let real = if file["symlink"] == Value::Bool(true) { dir.join("target") } else { path.to_owned() };
    if file["kind"] == "directory" {
        fs::create_dir(&real).unwrap();
    } else {
        fs::write(&real, "# nothing\n").unwrap();
    }
    set_mode(&real, octal(text(file, "mode")));
    if real != path {
        symlink(&real, path).unwrap();
    }
    if let Some(mode) = file["parent_mode"].as_str() {
        set_mode(dir, octal(mode));
    }
}

/// P60: the caller keeps its configuration when a reload fails; here, that a reload fails when it should.
#[test]
fn reload_replaces_only_what_is_well_formed() {
    let table = table("reload.json");
    for (id, case) in cases(&table, "after") {
        let dir = tempfile::tempdir().unwrap();
        let settings = Settings::new(dir.path().join("oauth-clients.conf"));
        let write = |member: &str, mode: u32| {
            fs::write(&settings.path, lines(&table, &case[member], "\n")).unwrap();
            fs::set_permissions(&settings.path, fs::Permissions::from_mode(mode)).unwrap();
        };
        write("before", 0o600);
        let mut in_use = config::load(&settings).unwrap();
        write("after", case["after_mode"].as_str().map_or(0o600, octal));
        let reloaded = config::load(&settings);
        assert_eq!(reloaded.is_ok(), case["expect"]["accepted"], "{id}: {reloaded:?}");
        in_use = reloaded.unwrap_or(in_use);
        let usable = in_use.integrations.iter().filter(|integration| integration.provider().is_some());
        let names: Vec<&str> = usable.map(|integration| integration.name.as_str()).collect();
        assert_eq!(names, texts(&case["expect"]["in_use"]), "{id}");
    }
}

#[test]
fn secret_file_is_read_beside_the_sidecar_and_judged_like_it() {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str, mode: u32| {
        let path = dir.path().join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        path
    };
    let conf = "[a]\nclient-id=c\nauthorization-url=https://a/x\ntoken-url=https://a/t\n";
    let settings = Settings {
        sidecar: Some(write("integrations.toml", "[a]\nclient-secret-file = \"a.secret\"\n", 0o600)),
        ..Settings::new(write("oauth-clients.conf", conf, 0o600))
    };
    write("a.secret", "s3cret\n", 0o600);
    let configuration = config::load(&settings).unwrap();
    let provider = configuration.by_name("a").unwrap().provider().unwrap().clone();
    assert_eq!(provider.client_secret.expose(), "s3cret");

    write("a.secret", "s3cret\n", 0o644);
    let configuration = config::load(&settings).unwrap();
    assert!(configuration.by_name("a").unwrap().provider().is_none());
    assert!(configuration.diagnostics[0].message.contains("0644"), "{:?}", configuration.diagnostics);
}
