//! A file that names a service account and the credential which takes on its identity (`impersonated_service_account`).

use std::sync::Arc;

use serde_json::{Map, Value};

use super::impersonation::{self, KIND, Target};
use super::{Wish, file, quota, scope};
use crate::context::Context;
use crate::error::Error;
use crate::kinds::Kind;
use crate::provider::TokenProvider;
use crate::provider::json::filled;
use crate::world::World;

/// The service account that this file names. No network.
///
/// Errors: `ConfigInvalid` for what is missing, here or in the credential inside, and for an address that is not Google's.
pub(super) fn open(
    world: &World,
    mut members: Map<String, Value>,
    source: &str,
    wish: &Wish,
) -> Result<Arc<dyn TokenProvider>, Error> {
    let Some(Value::Object(inner)) = members.remove("source_credentials") else {
        return Err(Error::new(
            Kind::ConfigInvalid,
            format!("{source} lacks source_credentials, without which it is no {KIND}"),
        )
        .with_hint("run gcloud auth application-default login --impersonate-service-account=ADDRESS again"));
    };
    let inner = file::of_object(inner, &format!("source_credentials in {source}"))?;
    if inner.kind() == KIND {
        return Err(Error::new(Kind::ConfigInvalid, format!("{source} impersonates with an impersonated credential"))
            .with_hint("name the accounts in between as delegates"));
    }
    let [url] = file::required(&mut members, ["service_account_impersonation_url"], KIND, source)?;
    let universe = wish.universe(filled(&members, "universe_domain")).to_owned();
    let target = Target::of_url(url.expose(), &universe, wish.trust)?;
    let wish = with_file(&world.context, wish, &members);
    let inner = inner.open(world, source, &impersonation::inner_wish(&wish))?;
    impersonation::wrap(world, inner, target, &wish)
}

/// The wish, with what the file says where the caller says nothing.
fn with_file(context: &Context, wish: &Wish, members: &Map<String, Value>) -> Wish {
    let texts = |name: &str| -> Vec<String> {
        let list = members.get(name).and_then(Value::as_array);
        list.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let scopes = scope::normalised(texts("scopes"));
    Wish {
        scopes: wish.scopes.clone().or(Some(scopes).filter(|scopes| !scopes.is_empty())),
        delegates: if wish.delegates.is_empty() { texts("delegates") } else { wish.delegates.clone() },
        quota_project: quota::project(context, wish, filled(members, "quota_project_id")),
        ..wish.clone()
    }
}
