//! `secrets.json`: encrypted texts and their keys, and what becomes of files.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;
use tokcore::context::Env;
use tokcore::secrets::{self, Format, Key};
use tokcore::{Context, Error, Secret};

use crate::table::{each_of, read_from};

#[derive(Deserialize)]
struct Case {
    #[serde(rename = "do")]
    action: String,
    key: Option<String>,
    key_hex: Option<String>,
    variable: Option<String>,
    value: Option<String>,
    /// What Rust's types do not let anybody give.
    key_given: Option<Value>,
    #[serde(default)]
    bytes: usize,
    #[serde(default)]
    content: String,
    format: Option<String>,
    #[serde(default)]
    encrypted: String,
    #[serde(default)]
    expect: Expect,
}

#[derive(Default, Deserialize)]
struct Expect {
    text: Option<String>,
    characters: Option<usize>,
    kind: Option<String>,
    reason: Option<String>,
    #[serde(default)]
    message: Vec<String>,
    #[serde(default)]
    hint: Vec<String>,
}

/// An environment of one variable.
struct One(Option<String>);

impl Env for One {
    fn var(&self, _: &str) -> Option<String> {
        self.0.clone()
    }
}

#[test]
fn secrets_table() {
    let table = read_from("google", "secrets.json");
    for number in 1..=12 {
        let id = format!("Z{number:02}");
        assert!(table["cases"].as_array().is_some_and(|cases| cases.iter().any(|case| case["id"] == *id)), "no {id}");
    }
    each_of(&table, |case: Case| if case.key_given.is_some() { Ok(()) } else { case.run() });
}

impl Case {
    fn run(&self) -> Result<(), String> {
        let outcomes = match self.action.as_str() {
            "make_key" => vec![secrets::make_key(self.bytes)],
            "decrypt" => self.keys().into_iter().map(|key| self.decrypted(&key?)).collect(),
            "decrypt_json" => {
                let json = |key: &Key| secrets::decrypt_json(self.encrypted.as_bytes(), key);
                self.keys().into_iter().map(|key| json(&key?)).collect()
            }
            "file" => return self.file(),
            other => return Err(format!("what is {other}?")),
        };
        outcomes.into_iter().try_for_each(|outcome| self.compare(outcome))
    }

    /// The key, in each way in which the case has it.
    fn keys(&self) -> Vec<Result<Key, Error>> {
        let mut keys = Vec::new();
        keys.extend(self.key.as_ref().map(|text| Key::from_text(&Secret::new(&**text))));
        keys.extend(self.key_hex.as_ref().map(|hex| Key::from_bytes(&unhex(hex))));
        if let Some(name) = &self.variable {
            let context = Context { env: Arc::new(One(self.value.clone())), ..Context::default() };
            keys.push(Key::in_variable(&context, name));
        }
        assert!(!keys.is_empty(), "the case has no key");
        keys
    }

    fn decrypted(&self, key: &Key) -> Result<Secret, Error> {
        secrets::decrypt_text(self.encrypted.as_bytes(), key)
    }

    fn compare(&self, outcome: Result<Secret, Error>) -> Result<(), String> {
        let expect = &self.expect;
        let error = match outcome {
            Ok(text) if expect.kind.is_some() => return Err(format!("{} characters came out", text.expose().len())),
            Ok(text) if expect.characters.is_some_and(|count| count != text.expose().len()) => {
                return Err(format!("{} characters", text.expose().len()));
            }
            Ok(text) if expect.text.as_ref().is_some_and(|wanted| wanted != text.expose()) => {
                return Err("another text came out".into());
            }
            Ok(_) => return Ok(()),
            Err(error) => error,
        };
        let shown = format!("{error} {error:?} {}", error.hint());
        let reason = error.reason().map(|reason| reason.slug().to_owned());
        let has_all = |parts: &[String], text: &str| parts.iter().all(|part| text.contains(part.as_str()));
        let is_right = Some(error.kind().slug()) == expect.kind.as_deref()
            && reason == expect.reason
            && has_all(&expect.message, error.message())
            && has_all(&expect.hint, error.hint());
        match is_right && !shown.contains("canary") {
            true => Ok(()),
            false => Err(shown),
        }
    }

    fn file(&self) -> Result<(), String> {
        let told = |error: Error| format!("{error:?}");
        let folder = tempfile::tempdir().expect("a folder");
        let (clear, encrypted) = (folder.path().join("clear.json"), folder.path().join("encrypted.json"));
        fs::write(&clear, &self.content).expect("our own file");
        let key = self.keys().remove(0).map_err(told)?;
        let format = Format::from_name(self.format.as_deref().unwrap_or_default()).map_err(told)?;
        let opens = |file: &Path| secrets::decrypt_file(file, &key).map(|bytes| *bytes == self.content.as_bytes());
        secrets::encrypt_file(&clear, &encrypted, &key, format).map_err(told)?;
        let from_path = secrets::encrypt_json(&Secret::new(clear.to_string_lossy()), &key, format).map_err(told)?;
        let from_path = secrets::decrypt(from_path.as_bytes(), &key).map_err(told)?;
        match opens(&encrypted).map_err(told)? && *from_path == self.content.as_bytes() {
            true => Ok(()),
            false => Err("the file changed on the way".into()),
        }
    }
}

fn unhex(hex: &str) -> Vec<u8> {
    let digit = |at| u8::from_str_radix(&hex[at..at + 2], 16).expect("hexadecimal");
    (0..hex.len()).step_by(2).map(digit).collect()
}

#[test]
fn a_file_is_replaced_by_one_for_its_owner_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("key.json");
    let key = Key::from_bytes(&[1; 32]).expect("a key");
    fs::write(&file, "{\"canary\": 1}").expect("our own file");
    secrets::encrypt_file(&file, &file, &key, Format::Tokcore).expect("it can be written");
    let written = fs::read_to_string(&file).expect("our own file");
    assert!(written.starts_with("tkc1.") && written.ends_with('\n') && !written.contains("canary"));
    assert_eq!(*secrets::decrypt_file(&file, &key).expect("it opens"), b"{\"canary\": 1}");
    let left: Vec<_> = fs::read_dir(folder.path()).expect("our own folder").collect();
    assert_eq!(left.len(), 1, "{left:?}");
    #[cfg(unix)]
    assert_eq!(
        std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&file).expect("it is there").permissions()) & 0o777,
        0o600
    );
}

#[cfg(unix)]
#[test]
fn what_a_link_leads_to_is_replaced_and_a_folder_is_not() {
    let folder = tempfile::tempdir().expect("a folder");
    let (file, link) = (folder.path().join("file"), folder.path().join("link"));
    fs::write(&file, "old").expect("our own file");
    std::os::unix::fs::symlink(&file, &link).expect("our own link");
    secrets::write_file(&link, b"new").expect("it can be written");
    assert_eq!(fs::read(&file).expect("our own file"), b"new");
    assert!(link.symlink_metadata().expect("it is there").is_symlink());
    for no_file in [folder.path(), Path::new("/dev/null"), &folder.path().join("none/file")] {
        let error = secrets::write_file(no_file, b"new").expect_err("this is no file");
        assert!(error.message().contains(&*no_file.to_string_lossy()), "{error}");
    }
}

#[test]
fn json_is_taken_as_text_and_as_a_file_and_nothing_else_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("canary.txt");
    fs::write(&file, "not JSON canary").expect("our own file");
    let key = Key::from_bytes(&[1; 32]).expect("a key");
    let encrypted = |text: &str| secrets::encrypt_json(&Secret::new(text), &key, Format::Tokcore);
    assert!(encrypted("{\"a\": 1}\n").is_ok());
    for neither in [&*file.to_string_lossy(), "{\"a\": canary", "/canary/none.json", "", "\0canary"] {
        let error = encrypted(neither).expect_err("this is no JSON");
        assert!(!format!("{error:?}").contains("canary"), "{error:?}");
    }
}

#[test]
fn what_r_compressed_opens_with_its_key_only() {
    let right = Key::from_bytes(&[1; 16]).expect("a key");
    let wrong = Key::from_bytes(&[2; 16]).expect("a key");
    for format in Format::ALL {
        let file = secrets::encrypt_binary(b"BZh91AY", &right, *format).expect("randomness");
        assert_eq!(*secrets::decrypt_bzip2(&file, &right).expect("it opens"), b"BZh91AY");
        assert!(secrets::decrypt_bzip2(&file, &wrong).is_err(), "{format:?}");
    }
    assert!(secrets::decrypt_bzip2(b"short", &right).is_err());
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let key = Key::from_bytes(&[1; 16]).expect("a key");
    let error = secrets::decrypt_file(Path::new("/nowhere/at all.json"), &key).expect_err("it is not there");
    assert!(error.message().starts_with("/nowhere/at all.json cannot be read"), "{error}");
}
