//! R's lists as the settings that core reads. Names, types and defaults are core's; only shapes are translated here.

use extendr_api::prelude::*;
use extendr_ffi::SEXP;
use tokcore::{Error, Kind, Setting, Settings};

fn refused(name: &str, why: &str) -> Error {
    Error::new(Kind::InvalidArgument, format!("{name}: {why}"))
        .with_hint("see the help page of the function for its shape")
}

/// A named list, or `NULL` for none.
pub fn settings(name: &str, value: SEXP) -> Result<Settings, Error> {
    // SAFETY: wraps a live argument of this call.
    let value = unsafe { Robj::from_sexp(value) };
    match setting(name, &value)? {
        Setting::Table(table) => Ok(table),
        Setting::Absent => Ok(Settings::new()),
        Setting::List(values) if values.is_empty() => Ok(Settings::new()),
        _ => Err(refused(name, "every value needs a name")),
    }
}

/// One value: `NULL` is absent, a vector of length one a single value unless `I()` says otherwise, names make a table.
fn setting(name: &str, value: &Robj) -> Result<Setting, Error> {
    if value.is_null() {
        return Ok(Setting::Absent);
    }
    let Some(values) = elements(name, value)? else { return Err(refused(name, "nothing can be made of such a value")) };
    match names(name, value)? {
        Some(names) => Ok(Setting::Table(names.into_iter().zip(values).collect())),
        None if value.is_list() || values.len() != 1 || value.inherits("AsIs") => Ok(Setting::List(values)),
        None => Ok(values.into_iter().next().unwrap_or(Setting::Absent)),
    }
}

/// The elements of a vector or list. Shape: `None` for everything else.
fn elements(name: &str, value: &Robj) -> Result<Option<Vec<Setting>>, Error> {
    let missing = || refused(name, "a missing value");
    if value.inherits("factor") {
        return Ok(None);
    }
    let values: Result<Vec<Setting>, Error> = if let Some(list) = value.as_list() {
        list.iter().map(|(part, value)| setting(if part.is_empty() { name } else { part }, &value)).collect()
    } else if let Ok(texts) = Strings::try_from(value) {
        texts.iter().map(|text| if text.is_na() { Err(missing()) } else { Ok(Setting::from(&**text)) }).collect()
    } else if let Ok(flags) = Logicals::try_from(value) {
        flags.iter().map(|flag| if flag.is_na() { Err(missing()) } else { Ok(Setting::from(flag.is_true())) }).collect()
    } else if let Some(numbers) = value.as_integer_slice() {
        numbers
            .iter()
            .map(|number| if number.is_na() { Err(missing()) } else { Ok(Setting::from(i64::from(*number))) })
            .collect()
    } else if let Some(numbers) = value.as_real_slice() {
        numbers
            .iter()
            .map(|number| if number.is_nan() { Err(missing()) } else { Ok(number_setting(*number)) })
            .collect()
    } else {
        return Ok(None);
    };
    values.map(Some)
}

/// R's numbers are doubles; whole ones that a double holds exactly are meant as whole numbers.
fn number_setting(number: f64) -> Setting {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if number.fract() == 0.0 && number.abs() <= EXACT { Setting::Integer(number as i64) } else { Setting::Real(number) }
}

fn names(name: &str, value: &Robj) -> Result<Option<Vec<String>>, Error> {
    let Some(names) = value.names() else { return Ok(None) };
    let names: Vec<String> = names.map(str::to_owned).collect();
    if names.iter().any(String::is_empty) {
        return Err(refused(name, "every value needs a name"));
    }
    Ok(Some(names))
}
