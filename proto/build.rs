//! Compiles the contract without `protoc`: every `.proto` below `ticketmesh/` becomes messages, client and server stubs, its methods as
//! values, and the descriptor set behind reflection and `/api`.

use std::{
    error::Error,
    fs,
    path::{Path, PathBuf},
};

use prost::Message as _;
use prost_build::{Method, Service, ServiceGenerator};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=ticketmesh");
    let mut files = Vec::new();
    collect(Path::new("ticketmesh"), &mut files)?;
    files.sort();
    let descriptors = protox::compile(&files, ["."])?;
    let out = PathBuf::from(std::env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?);
    fs::write(out.join("descriptors.bin"), descriptors.encode_to_vec())?;
    let stubs = tonic_prost_build::configure().build_transport(false).generate_default_stubs(true);
    let mut config = prost_build::Config::new();
    // Maps in order, so that the same message always has the same bytes: request ids are checked against them.
    config
        .enable_type_names()
        .btree_map(["."])
        .service_generator(Box::new(Services(stubs.service_generator())));
    Ok(config.compile_fds(descriptors)?)
}

/// Every `.proto` file below `folder`.
fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "proto") {
            files.push(path);
        }
    }
    Ok(())
}

/// The stubs, and before them each service's methods as values.
struct Services(Box<dyn ServiceGenerator>);

impl ServiceGenerator for Services {
    fn generate(&mut self, service: Service, out: &mut String) {
        let unary =
            service.methods.iter().filter(|method| !method.client_streaming && !method.server_streaming);
        let methods: String = unary.map(|method| value(&service, method)).collect();
        let name = snake(&service.name);
        out.extend(["/// The methods of `", &service.name, "` with one answer.\npub mod ", &name, " {\n"]);
        out.extend([methods.as_str(), "}\n"]);
        self.0.generate(service, out);
    }

    fn finalize(&mut self, out: &mut String) {
        self.0.finalize(out);
    }

    fn finalize_package(&mut self, package: &str, out: &mut String) {
        self.0.finalize_package(package, out);
    }
}

/// A method as a constant of its service's module.
fn value(service: &Service, method: &Method) -> String {
    let (name, asked, answer) =
        (method.name.to_uppercase(), in_module(&method.input_type), in_module(&method.output_type));
    let path = format!("/{}.{}/{}", service.package, service.proto_name, method.proto_name);
    format!(
        "    /// `{}`.\n    pub const {name}: crate::method::Method<{asked}, {answer}> = crate::method::Method::new(\"{path}\");\n",
        method.proto_name
    )
}

/// A type's name one module further in.
fn in_module(name: &str) -> String {
    if name.starts_with("::") || name == "()" { name.to_owned() } else { format!("super::{name}") }
}

/// `TicketService` as `ticket_service`.
fn snake(name: &str) -> String {
    let mut snake = String::new();
    for (at, letter) in name.char_indices() {
        if letter.is_ascii_uppercase() && at > 0 {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}
