//! What looking for a metadata server costs where there is none: the chain with nothing to find, beside the same chain
//! without that method.
//!
//! Usage: `elsewhere`, where no file of application default credentials is.

use std::collections::HashMap;
use std::io;
use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use tokcore::context::{Env, Files};
use tokcore::{Chain, ChainRequest, Context, Kind, NoInterrupt, Nobody, Setting, Settings};
use tokcore_bench::{each_ns, emit, sorted};

const CALLS: usize = 200;
const PRODUCT_FILE: &str = "/sys/class/dmi/id/product_name";

fn main() {
    let variable = world(&[("NO_GCE_CHECK", "true")], None);
    let product = world(&[], Some("Laptop 14"));
    for _ in 0..5 {
        emit("the chain without the machine", "nothing found", "ns", &each_ns(CALLS, || ask(&variable, true)));
        emit("the chain, NO_GCE_CHECK", "nothing found", "ns", &each_ns(CALLS, || ask(&variable, false)));
        emit("the chain, a laptop's product name", "nothing found", "ns", &each_ns(CALLS, || ask(&product, false)));
    }

    // The worst of networks: it takes connections and never says anything.
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = silent.local_addr().expect("an address").to_string();
    let unknown = world(&[("GCE_METADATA_IP", &address)], None);
    let begun = Instant::now();
    ask(&unknown, false);
    emit("the chain, nothing tells", "nothing found", "ms", &sorted(vec![begun.elapsed().as_secs_f64() * 1e3]));
}

/// Asks the chain of a process that knows nothing yet; it must find nothing.
fn ask(context: &Context, without_machine: bool) {
    let chain = Chain::default();
    let disabled = if without_machine { vec![Setting::from("gce")] } else { Vec::new() };
    let settings: Settings =
        [("scopes", Setting::from("cloud-platform")), ("disable", Setting::List(disabled))].into_iter().collect();
    let request = ChainRequest::from_settings(settings, &chain).expect("settings");
    let found = chain.fetch_with_context(context.clone(), &request, &(), &Nobody, &NoInterrupt);
    assert_eq!(found.err().map(|error| error.kind()), Some(Kind::NotConfigured), "there is something here");
}

/// This machine with these variables alone, and another name of the product.
fn world(variables: &[(&str, &str)], product: Option<&'static str>) -> Context {
    let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let system = Context::os();
    Context { env: Arc::new(Variables(variables)), files: Arc::new(Machine(system.files.clone(), product)), ..system }
}

struct Variables(HashMap<String, String>);

impl Env for Variables {
    fn var(&self, name: &str) -> Option<String> {
        self.0.get(name).cloned()
    }
}

struct Machine(Arc<dyn Files>, Option<&'static str>);

impl Files for Machine {
    fn read(&self, path: &Path, limit: usize) -> io::Result<Vec<u8>> {
        match self.1 {
            Some(product) if path == Path::new(PRODUCT_FILE) => {
                // The real file is read as well, if it is there: it is what this costs.
                drop(self.0.read(path, limit));
                Ok(product.into())
            }
            None if path == Path::new(PRODUCT_FILE) => Err(io::ErrorKind::NotFound.into()),
            _ => self.0.read(path, limit),
        }
    }

    fn is_file(&self, path: &Path) -> bool {
        self.0.is_file(path)
    }

    fn is_socket(&self, path: &Path, owner: Option<u32>) -> bool {
        self.0.is_socket(path, owner)
    }
}
