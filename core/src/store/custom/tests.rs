//! A host that keeps, fails, panics and is used by somebody else.

use std::collections::BTreeMap;

use super::*;

const ADDRESS: Address = Address { group: [0xab; 8], key: CredentialKey([0xcd; 32]) };

#[derive(Default)]
struct Host {
    content: Mutex<BTreeMap<String, Secret>>,
    broken: Option<fn() -> Error>,
}

impl Host {
    fn checked(&self) -> Result<(), Error> {
        self.broken.map_or(Ok(()), |failure| Err(failure()))
    }
}

impl CustomStore for Host {
    fn load(&self, key: &str) -> Result<Option<Secret>, Error> {
        self.checked()?;
        Ok(lock(&self.content).get(key).cloned())
    }

    fn store(&self, key: &str, content: &Secret) -> Result<(), Error> {
        self.checked()?;
        lock(&self.content).insert(key.to_owned(), content.clone());
        Ok(())
    }

    fn delete(&self, key: &str) -> Result<(), Error> {
        lock(&self.content).remove(key);
        Ok(())
    }

    fn keys(&self) -> Result<Option<Vec<String>>, Error> {
        Ok(Some(lock(&self.content).keys().cloned().collect()))
    }
}

fn record(generation: u64) -> Record {
    let mut secrets = Secrets::default();
    secrets.refresh_token = Some(Secret::new("canary-refresh"));
    Record { facts: Facts { generation, client_id: "app".into(), ..Facts::new() }, secrets }
}

async fn turn(shelf: &CustomShelf) -> Box<dyn Turn> {
    shelf.lock(&ADDRESS, Duration::ZERO).await.unwrap()
}

#[tokio::test]
async fn the_host_keeps_and_gives_back() {
    let host = Arc::new(Host::default());
    let shelf = CustomShelf::new(host.clone());
    let turn = turn(&shelf).await;
    assert!(turn.read().unwrap().is_none() && shelf.version(&ADDRESS).is_none());
    turn.write(&record(0)).unwrap();
    let first = shelf.version(&ADDRESS);
    turn.write(&record(1)).unwrap();
    assert!(first.is_some() && first != shelf.version(&ADDRESS));
    let read = shelf.read(&ADDRESS).unwrap().unwrap();
    assert_eq!((read.facts.generation, read.facts.client_id.as_str()), (1, "app"));
    assert_eq!(read.secrets.refresh_token.as_ref().unwrap().expose(), "canary-refresh");
    let listed = shelf.facts(Some(ADDRESS.group)).unwrap();
    assert_eq!((listed.len(), listed[0].address), (1, ADDRESS));
    assert!(shelf.facts(Some([0; 8])).unwrap().is_empty());
    turn.remove().unwrap();
    assert!(lock(&host.content).is_empty());
}

#[tokio::test]
async fn what_somebody_else_has_renewed_is_not_overwritten() {
    let host = Arc::new(Host::default());
    let (ours, theirs) = (CustomShelf::new(host.clone()), CustomShelf::new(host));
    turn(&ours).await.write(&record(0)).unwrap();
    let ours = turn(&ours).await;
    assert_eq!(ours.read().unwrap().unwrap().facts.generation, 0);
    turn(&theirs).await.write(&record(1)).unwrap();
    assert_eq!(ours.write(&record(1)).unwrap_err().reason(), Some(Reason::BusyElsewhere));
    ours.read().unwrap();
    ours.write(&record(2)).unwrap();
}

#[tokio::test]
async fn a_hosts_failure_is_one_line_of_ours() {
    let failing = Host { broken: Some(|| Error::new(Kind::Internal, "no\nconnection")), ..Host::default() };
    let shelf = CustomShelf::new(Arc::new(failing));
    let error = shelf.read(&ADDRESS).unwrap_err();
    assert_eq!(error.kind(), Kind::Store);
    assert_eq!(error.message(), "the host's store could not read a credential: no connection");
    let error = turn(&shelf).await.write(&record(0)).unwrap_err();
    assert_eq!(error.reason(), Some(Reason::StoreUnwritable));
    let panicking = CustomShelf::new(Arc::new(Host { broken: Some(|| panic!("host")), ..Host::default() }));
    assert_eq!(panicking.read(&ADDRESS).unwrap_err().kind(), Kind::Store);
}

#[tokio::test]
async fn a_damaged_content_is_named_and_stays() {
    let host = Arc::new(Host::default());
    lock(&host.content).insert(name(&ADDRESS), Secret::new("{\"facts\":{},\"secr"));
    let shelf = CustomShelf::new(host.clone());
    let error = shelf.read(&ADDRESS).unwrap_err();
    assert!(error.message().contains("damaged") && error.hint().contains("sign in again"), "{error:?}");
    assert_eq!(lock(&host.content).len(), 1);
    assert!(shelf.facts(None).unwrap()[0].facts.is_err());
}

#[test]
fn a_name_is_read_as_it_was_written() {
    assert_eq!(address(&name(&ADDRESS)), Some(ADDRESS));
    for wrong in ["", "-", "abab", "é-é", &name(&ADDRESS).to_uppercase(), &name(&ADDRESS)[1..]] {
        assert_eq!(address(wrong), None, "{wrong}");
    }
}
