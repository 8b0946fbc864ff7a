//! A wire to the broker, to be cut in the middle of things.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use mesh_core::testing::amqp_url;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

/// A wire to the broker that can be cut.
pub(crate) struct Wire {
    port: u16,
    cut: Arc<std::sync::Mutex<CancellationToken>>,
    refuses: Arc<AtomicBool>,
}

impl Wire {
    pub(crate) async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("has one").port();
        let wire = Self { port, cut: Arc::default(), refuses: Arc::default() };
        let (cut, refuses) = (wire.cut.clone(), wire.refuses.clone());
        let uri: lapin::uri::AMQPUri = amqp_url().parse().expect("a good URL");
        let broker = (uri.authority.host, uri.authority.port);
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                if !refuses.load(Ordering::SeqCst) {
                    let now = cut.lock().expect("no test panicked here").clone();
                    tokio::spawn(carry(near, broker.clone(), now));
                }
            }
        });
        wire
    }

    /// The broker's URL at this end of the wire.
    pub(crate) fn url(&self) -> String {
        let mut uri: lapin::uri::AMQPUri = amqp_url().parse().expect("a good URL");
        uri.authority.host = "127.0.0.1".into();
        uri.authority.port = self.port;
        let user = &uri.authority.userinfo;
        format!(
            "amqp://{}:{}@127.0.0.1:{}/{}",
            user.username,
            user.password,
            self.port,
            uri.vhost.replace('/', "%2f")
        )
    }

    /// Cuts every connection.
    pub(crate) fn cut(&self) {
        std::mem::take(&mut *self.cut.lock().expect("no test panicked here")).cancel();
    }

    /// Lets nobody through, or everybody again.
    pub(crate) fn refuse(&self, refuse: bool) {
        self.refuses.store(refuse, Ordering::SeqCst);
        self.cut();
    }
}

async fn carry(mut near: TcpStream, broker: (String, u16), cut: CancellationToken) {
    let Ok(mut far) = TcpStream::connect(broker).await else {
        return;
    };
    // Ends when either side closes, or when cut: both sockets are dropped then.
    let _ = cut.run_until_cancelled(tokio::io::copy_bidirectional(&mut near, &mut far)).await;
}
