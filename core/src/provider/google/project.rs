//! Which project is meant where nobody says so. Source: specs, project id.

use std::path::Path;

use super::adc::{self, System};
use super::metadata::{self, MetadataServer, ProbeOptions};
use crate::context::Context;
use crate::error::Error;
use crate::provider::About;
use crate::world::World;

const VARIABLES: [&str; 2] = ["GOOGLE_CLOUD_PROJECT", "GCLOUD_PROJECT"];
/// A configuration of gcloud is a few lines. Units: bytes.
const FILE_BYTES: usize = 64 * 1024;

/// The project that is meant for this credential: see [`find`], and else, for the machine's own, the machine's. Effects:
/// `[disk]`; `[net]` for the machine's own where nothing else says.
///
/// Errors: those of the metadata server.
pub(crate) async fn of(world: &World, about: &About) -> Result<Option<String>, Error> {
    match find(&world.context, about.project_id.as_deref()) {
        None if about.kind == metadata::KIND => {
            MetadataServer::new(world, &ProbeOptions::default())?.project().await.map(Some)
        }
        known => Ok(known),
    }
}

/// The project that a variable names, else the credential's own, else the one of gcloud's active configuration, which is
/// read and never asked for by starting gcloud. Effects: `[disk]`.
fn find(context: &Context, of_credential: Option<&str>) -> Option<String> {
    let named = VARIABLES.iter().find_map(|name| context.set_var(name));
    named.or_else(|| of_credential.map(str::to_owned)).or_else(|| of_gcloud(context, System::HERE))
}

fn of_gcloud(context: &Context, system: System) -> Option<String> {
    if let Some(project) = context.set_var("CLOUDSDK_CORE_PROJECT") {
        return Some(project);
    }
    let folder = adc::gcloud_folder(context, system)?;
    let read = |name: String| {
        let bytes = context.files.read(Path::new(&name), FILE_BYTES).ok()?;
        String::from_utf8(bytes).ok()
    };
    let active = context.set_var("CLOUDSDK_ACTIVE_CONFIG_NAME");
    let active = active.or_else(|| read(format!("{folder}/active_config")).map(|name| name.trim().to_owned()));
    let active = active.filter(|name| !name.is_empty()).unwrap_or_else(|| "default".to_owned());
    core_project(&read(format!("{folder}/configurations/config_{active}"))?)
}

/// `project` of the section `[core]`.
fn core_project(text: &str) -> Option<String> {
    let mut is_core = false;
    for line in text.lines().map(str::trim) {
        if let Some(section) = line.strip_prefix('[') {
            is_core = section.trim_end_matches(']').trim() == "core";
        } else if let Some((name, value)) = line.split_once(['=', ':']).filter(|_| is_core)
            && name.trim() == "project"
        {
            return Some(value.trim().to_owned()).filter(|project| !project.is_empty());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderName};

    use super::*;
    use crate::provider::google::fake::{Fake, wait};
    use crate::transport::HttpResponse;

    const CONFIG: &str =
        "# gcloud\n[compute]\nproject = wrong\n[core]\naccount = me@example.com\nproject = of-gcloud\n";

    fn found(fake: Fake, of_credential: Option<&str>) -> Option<String> {
        find(&fake.world().0.context, of_credential)
    }

    #[test]
    fn a_variable_goes_before_the_credential_and_that_before_gcloud() {
        let gcloud = || Fake::new().var("CLOUDSDK_CONFIG", "/g").file("/g/configurations/config_default", CONFIG);
        assert_eq!(found(gcloud().var("GCLOUD_PROJECT", "second"), Some("own")).as_deref(), Some("second"));
        let both = gcloud().var("GCLOUD_PROJECT", "second").var("GOOGLE_CLOUD_PROJECT", "first");
        assert_eq!(found(both, None).as_deref(), Some("first"));
        assert_eq!(found(gcloud(), Some("own")).as_deref(), Some("own"));
        assert_eq!(found(gcloud(), None).as_deref(), Some("of-gcloud"));
        assert_eq!(found(Fake::new(), None), None);
    }

    #[test]
    fn the_machine_is_asked_about_its_own_credential_where_nothing_else_says() {
        let machine = About { kind: metadata::KIND.to_owned(), ..About::default() };
        let fake = || {
            let flavor =
                HeaderMap::from_iter([(HeaderName::from_static("metadata-flavor"), "Google".parse().unwrap())]);
            Fake::new().playing(move |_| Ok(HttpResponse::new(200, flavor.clone(), b"of-machine".to_vec())))
        };
        let asked = |fake: Fake, about: &About| {
            let (world, fake) = fake.world();
            (wait(of(&world, about)).expect("an answer"), fake.seen().len())
        };
        assert_eq!(asked(fake(), &machine), (Some("of-machine".to_owned()), 1));
        assert_eq!(asked(fake().var("GCLOUD_PROJECT", "named"), &machine), (Some("named".to_owned()), 0));
        assert_eq!(asked(fake(), &About::default()), (None, 0));
    }

    #[test]
    fn the_active_configuration_is_the_one_that_counts() {
        let fake = || {
            Fake::new()
                .var("CLOUDSDK_CONFIG", "/g")
                .file("/g/active_config", "work\n")
                .file("/g/configurations/config_work", "[core]\nproject = of-work\n")
                .file("/g/configurations/config_home", "[core]\nproject: of-home\n")
        };
        assert_eq!(found(fake(), None).as_deref(), Some("of-work"));
        assert_eq!(found(fake().var("CLOUDSDK_ACTIVE_CONFIG_NAME", "home"), None).as_deref(), Some("of-home"));
    }
}
