//! What a program is told of an account that cannot be meant, before anything is looked for.

use serde::Deserialize;
use serde_json::{Value, json};
use tokcore::{Kind, Setting, TokenRequest};

use super::table;

#[derive(Deserialize)]
struct Row {
    account: Option<String>,
    own: Value,
}

#[test]
fn a_wrong_account_is_refused_with_its_settings() {
    let mut rows = table::read_from("store", "accounts.json");
    rows["cases"].as_array_mut().expect("the table has cases").retain(|case| case["where"] != "r");
    table::each_of(&rows, |row: Row| {
        let Setting::Table(settings) = Setting::from(json!({ "account": row.account })) else {
            return Err("no table".into());
        };
        match (TokenRequest::from_settings(settings), row.own["error"].as_str()) {
            (Ok(_), None) => Ok(()),
            (Err(error), Some(part)) if error.kind() == Kind::ConfigInvalid && format!("{error:?}").contains(part) => {
                Ok(())
            }
            (Ok(_), Some(part)) => Err(format!("accepted, expected {part}")),
            (Err(error), _) => Err(format!("{error:?}")),
        }
    });
}
