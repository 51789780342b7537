//! JSON that a server sent, as R lists.

use extendr_api::prelude::*;
use serde_json::{Map, Value};
use tokcore::Error;

use crate::boundary::no_object;

/// `value` in the shape R users know from `jsonlite::fromJSON(simplifyVector = FALSE)`: arrays are lists, `null` is
/// `NULL`, a number is an integer if it fits.
pub fn value(value: &Value) -> Result<Robj, Error> {
    Ok(match value {
        Value::Null => Robj::default(),
        Value::Bool(flag) => Robj::from(*flag),
        Value::Number(number) => match number.as_i64().map(i32::try_from) {
            Some(Ok(integer)) => Robj::from(integer),
            _ => Robj::from(number.as_f64()),
        },
        Value::String(text) => string(text),
        Value::Array(items) => {
            List::from_values(items.iter().map(self::value).collect::<Result<Vec<_>, _>>()?).into_robj()
        }
        Value::Object(members) => object(members)?,
    })
}

/// A named list; an empty one keeps its (empty) names.
pub fn object(members: &Map<String, Value>) -> Result<Robj, Error> {
    let values = members.values().map(value).collect::<Result<Vec<_>, _>>()?;
    let names: Vec<&str> = members.keys().map(String::as_str).collect();
    List::from_names_and_values(names, values).map(List::into_robj).map_err(no_object)
}

/// R strings end at the first NUL: such a character is shown as a replacement instead of cutting the text there.
pub fn string(text: &str) -> Robj {
    if text.contains('\0') { Robj::from(text.replace('\0', "\u{fffd}")) } else { Robj::from(text) }
}
