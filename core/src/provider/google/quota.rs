//! The project that requests are charged to. Source: specs, quota project.

use http::{HeaderName, HeaderValue};

use super::Wish;
use crate::context::Context;
use crate::provider::About;

const VARIABLE: &str = "GOOGLE_CLOUD_QUOTA_PROJECT";
const HEADER: HeaderName = HeaderName::from_static("x-goog-user-project");

/// The caller's, else the variable's, else the file's.
pub(crate) fn project(context: &Context, wish: &Wish, of_file: Option<&str>) -> Option<String> {
    let named = wish.quota_project.clone().or_else(|| context.set_var(VARIABLE));
    named.or_else(|| of_file.map(str::to_owned)).filter(|project| !project.is_empty())
}

/// The header field that says so.
pub(crate) fn header(about: &About) -> Vec<(HeaderName, HeaderValue)> {
    header_of(about.quota_project_id.as_deref())
}

/// The same for a project that is known.
pub(crate) fn header_of(project: Option<&str>) -> Vec<(HeaderName, HeaderValue)> {
    let value = project.and_then(|project| HeaderValue::from_str(project).ok());
    value.map(|value| (HEADER, value)).into_iter().collect()
}
