//! The little HTTP that providers are asked by: one request a connection, ten seconds, one megabyte, no redirects.

use std::{fmt, sync::Arc, time::Duration};

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::{
    Method, Request, StatusCode,
    client::conn::http1,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HOST, HeaderValue, USER_AGENT},
    http,
    rt::{Read, Write},
};
use hyper_util::rt::TokioIo;
use mesh_core::error::BoxError;
use rustls_platform_verifier::ConfigVerifierExt;
use serde_json::Value;
use tokio::{net::TcpStream, sync::OnceCell, time::timeout};
use tokio_rustls::{
    TlsConnector,
    rustls::{ClientConfig, pki_types::ServerName},
};
use url::{Host, Position, Url};

use super::Fault;

/// How long one answer may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// Bytes an answer may have.
const LARGEST: usize = 1024 * 1024;

/// Asks providers.
#[derive(Default)]
pub(super) struct Http {
    /// Trusts whom the machine trusts (`SSL_CERT_FILE` may add to that); made when it is first needed.
    tls: OnceCell<TlsConnector>,
}

/// What came back.
pub(super) struct Reply {
    pub(super) status: StatusCode,
    pub(super) json: Value,
}

impl fmt::Debug for Http {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Http(…)")
    }
}

/// The address, if what is said there stays secret: by `https`, or by `http` within this machine.
pub(super) fn confidential(address: &str) -> Option<Url> {
    let url = Url::parse(address).ok()?;
    let within = match url.host()? {
        Host::Domain(name) => name == "localhost",
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    };
    let plain = url.username().is_empty() && url.password().is_none();
    (plain && (url.scheme() == "https" || (url.scheme() == "http" && within))).then_some(url)
}

impl Http {
    /// The JSON at an address, asked for with a bearer token unless that is empty.
    pub(super) async fn get(&self, url: &Url, bearer: &str) -> Result<Value, Fault> {
        let mut request = Request::get(&url[Position::BeforePath..]);
        if !bearer.is_empty() {
            request = request.header(AUTHORIZATION, format!("Bearer {bearer}"));
        }
        let Reply { status, json } = self.send(url, request.body(Full::default())).await?;
        if status == StatusCode::OK { Ok(json) } else { Err(refused(url, status)) }
    }

    /// What an address answers to a form, whatever its status.
    pub(super) async fn post(&self, url: &Url, form: String, authorization: &str) -> Result<Reply, Fault> {
        let mut request = Request::builder().method(Method::POST).uri(&url[Position::BeforePath..]);
        request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        if !authorization.is_empty() {
            request = request.header(AUTHORIZATION, authorization);
        }
        self.send(url, request.body(Full::from(form))).await
    }

    async fn send(&self, url: &Url, request: http::Result<Request<Full<Bytes>>>) -> Result<Reply, Fault> {
        let request = request.map_err(|_| Fault::Wrong(format!("{url} is no address that can be asked")))?;
        match timeout(PATIENCE, self.exchange(url, request)).await {
            Ok(answered) => answered,
            Err(_) => Err(Fault::Silent(format!("{url} did not answer within {} s", PATIENCE.as_secs()))),
        }
    }

    async fn exchange(&self, url: &Url, mut request: Request<Full<Bytes>>) -> Result<Reply, Fault> {
        let silent = |error: BoxError| Fault::Silent(format!("{url} can't be reached: {error}"));
        let authority = url[Position::BeforeHost..Position::AfterPort].parse();
        request.headers_mut().insert(HOST, authority.map_err(|_| silent("it has no host".into()))?);
        let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
        let port = url.port_or_known_default().unwrap_or_default();
        let stream = TcpStream::connect((host, port)).await.map_err(|error| silent(error.into()))?;
        let (status, body) = if url.scheme() == "https" {
            let name = ServerName::try_from(host.to_owned()).map_err(|error| silent(error.into()))?;
            let stream =
                self.tls().await?.connect(name, stream).await.map_err(|error| silent(error.into()))?;
            talk(TokioIo::new(stream), request).await.map_err(silent)?
        } else {
            talk(TokioIo::new(stream), request).await.map_err(silent)?
        };
        // Errors may come as a page; what counts of them is their status.
        match serde_json::from_slice(&body) {
            Ok(json) => Ok(Reply { status, json }),
            Err(_) if status != StatusCode::OK => Err(refused(url, status)),
            Err(_) => Err(Fault::Wrong(format!("{url} does not answer with JSON; check the address"))),
        }
    }

    async fn tls(&self) -> Result<&TlsConnector, Fault> {
        let make = || async {
            let config = ClientConfig::with_platform_verifier()?;
            Ok(TlsConnector::from(Arc::new(config)))
        };
        self.tls.get_or_try_init(make).await.map_err(|error: tokio_rustls::rustls::Error| {
            Fault::Silent(format!(
                "this machine trusts no certificate authority ({error}); install ca-certificates"
            ))
        })
    }
}

/// One request over a connection, and the whole answer.
async fn talk<S>(stream: S, mut request: Request<Full<Bytes>>) -> Result<(StatusCode, Bytes), BoxError>
where
    S: Read + Write + Unpin + Send + 'static,
{
    let headers = request.headers_mut();
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    headers.insert(USER_AGENT, HeaderValue::from_static("ticketmesh"));
    let (mut sender, connection) = http1::handshake(stream).await?;
    // It ends with the sender, and what goes wrong with it is told to the sender.
    tokio::spawn(connection);
    let (head, body) = sender.send_request(request).await?.into_parts();
    Ok((head.status, Limited::new(body, LARGEST).collect().await?.to_bytes()))
}

fn refused(url: &Url, status: StatusCode) -> Fault {
    let remedy =
        if status.is_redirection() { "; give the address it leads to" } else { "; check the address" };
    Fault::Wrong(format!("{url} answered {status}{remedy}"))
}

#[cfg(test)]
mod tests {
    use super::confidential;

    #[test]
    fn what_is_said_is_encrypted_or_stays_on_this_machine() {
        for good in
            ["https://id.example.com/tenant", "http://127.0.0.1:9000", "http://[::1]/", "http://localhost:1"]
        {
            assert!(confidential(good).is_some(), "{good}");
        }
        for bad in
            ["http://id.example.com", "http://10.0.0.1", "ftp://localhost", "id.example.com", "https://", ""]
        {
            assert!(confidential(bad).is_none(), "{bad}");
        }
        assert!(
            confidential("https://user:word@id.example.com").is_none(),
            "a secret in an address is shown too often"
        );
    }
}
