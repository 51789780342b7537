//! The configuration in use, as the rest of the broker looks things up in it. Replaced whole on reload.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use url::Url;
use uuid::Uuid;

use crate::config::urls;
use crate::config::{Configuration, Integration, Provider};

/// A configuration with an index.
#[derive(Debug)]
pub struct Current {
    configuration: Configuration,
    targets: Vec<Option<Target>>,
    by_guid: HashMap<Uuid, usize>,
    form_targets: String,
}

impl Current {
    /// Indexes a configuration.
    pub fn new(configuration: Configuration) -> Self {
        let mut by_guid = HashMap::new();
        let mut origins = BTreeSet::new();
        for (index, integration) in configuration.integrations.iter().enumerate() {
            // Current GUIDs win over former ones; where two claim one, both sections are misconfigured anyway.
            by_guid.insert(integration.guid, index);
            for former in &integration.previous_guids {
                by_guid.entry(*former).or_insert(index);
            }
            origins.extend(integration.provider().map(|provider| form_target(&provider.authorization_url)));
        }
        let targets = configuration.integrations.iter().map(Target::of).collect();
        let form_targets = origins.into_iter().map(|origin| format!(" {origin}")).collect();
        Self { configuration, targets, by_guid, form_targets }
    }

    /// All integrations, misconfigured ones included, in file order.
    pub fn integrations(&self) -> &[Integration] {
        &self.configuration.integrations
    }

    /// The configuration as loaded.
    pub fn configuration(&self) -> &Configuration {
        &self.configuration
    }

    /// The integration that answers to this GUID, current or former.
    pub fn integration(&self, guid: Uuid) -> Option<&Integration> {
        self.by_guid.get(&guid).map(|index| &self.configuration.integrations[*index])
    }

    /// The same, ready for an exchange; `None` when there is none or it is misconfigured.
    pub fn target(&self, guid: Uuid) -> Option<&Target> {
        self.by_guid.get(&guid).and_then(|index| self.targets[*index].as_ref())
    }

    /// How many integrations are usable.
    pub fn usable(&self) -> usize {
        self.targets.iter().flatten().count()
    }

    /// GUIDs of all sections, disabled ones and former names included: their rows are not reaped.
    pub fn known_guids(&self) -> Vec<Uuid> {
        self.by_guid.keys().chain(&self.configuration.disabled).copied().collect()
    }

    /// Where a sign-in form may lead, each source of the security policy after a space.
    pub fn form_targets(&self) -> &str {
        &self.form_targets
    }
}

/// Browsers check every redirect that follows a form, also those from the provider to the login of somebody's company,
/// whose address nobody here knows. So the policy can only say that such a login is encrypted.
fn form_target(authorization_url: &Url) -> String {
    match authorization_url.scheme() {
        "https" => "https:".to_owned(),
        _ => urls::origin(authorization_url),
    }
}

/// Every GUID under which rows of this integration may be stored, the current one first.
pub fn guids(integration: &Integration) -> impl Iterator<Item = Uuid> + '_ {
    std::iter::once(integration.guid).chain(integration.previous_guids.iter().copied())
}

/// What an exchange with a provider needs to know, kept by those who outlive a reload.
#[derive(Clone, Debug)]
pub struct Target {
    /// The integration's current GUID.
    pub guid: Uuid,
    /// Its section header.
    pub name: Arc<str>,
    /// How to talk to its provider.
    pub provider: Arc<Provider>,
}

impl Target {
    fn of(integration: &Integration) -> Option<Self> {
        let provider = integration.provider()?.clone();
        Some(Self { guid: integration.guid, name: integration.name.as_str().into(), provider })
    }
}
