//! The public port: accepts, speaks TLS or plaintext, HTTP/1.1 and HTTP/2, keeps connections
//! young, and drains them when the service is told to stop.

use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::door::Door;
use super::heard::Counted;
use super::tls::Tls;
use crate::config::limits::Limits;
use crate::telemetry::metrics::Metrics;

/// How long a caller may take to shake hands.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// How long headers may take to arrive.
const HEADERS: Duration = Duration::from_secs(10);
/// How often an idle HTTP/2 connection is asked whether it lives, and how long it may take.
const KEEPALIVE: (Duration, Duration) = (Duration::from_secs(20), Duration::from_secs(10));
/// How often the certificate files are looked at.
const REFRESH: Duration = Duration::from_secs(15);

/// The public port, ready to accept.
#[derive(Debug)]
pub struct Port {
    listener: TcpListener,
    tls: Option<Arc<Tls>>,
    door: Door,
    limits: Limits,
    metrics: Arc<Metrics>,
}

/// Told to stop in two steps: first no new calls, then no calls at all.
#[derive(Clone, Debug, Default)]
pub struct Stop {
    /// Finish what was begun and take nothing new.
    pub drain: CancellationToken,
    /// The time to finish is over.
    pub cut: CancellationToken,
}

impl Port {
    /// Binds the address.
    pub async fn bind(
        listen: SocketAddr,
        tls: Option<Tls>,
        door: Door,
        limits: Limits,
        metrics: Arc<Metrics>,
    ) -> std::io::Result<Self> {
        let listener = TcpListener::bind(listen).await?;
        Ok(Self { listener, tls: tls.map(Arc::new), door, limits, metrics })
    }

    /// The address in use; the port is the system's choice where 0 was asked for.
    pub fn address(&self) -> std::io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Accepts until told to stop, and returns when the last connection is gone.
    pub async fn serve(self, stop: Stop) {
        let builder = Arc::new(builder(&self.limits));
        let places = Arc::new(Semaphore::new(self.limits.max_connections));
        let open = TaskTracker::new();
        if let Some(tls) = &self.tls {
            open.spawn(refresh(Arc::clone(tls), stop.clone()));
        }
        loop {
            let accepted = tokio::select! {
                biased;
                () = stop.drain.cancelled() => break,
                accepted = accept(&self.listener, &places) => accepted,
            };
            let Some((stream, peer, place)) = accepted else { continue };
            let connection = Connection {
                builder: Arc::clone(&builder),
                door: self.door.clone(),
                stop: stop.clone(),
                age: spread(self.limits.connection_age(), peer),
            };
            let tls = self.tls.clone();
            let gauge = self.metrics.connections.clone();
            open.spawn(async move {
                gauge.inc();
                connection.open(stream, tls).await;
                gauge.dec();
                drop(place);
            });
        }
        drop(self.listener);
        open.close();
        open.wait().await;
    }
}

type Accepted = (TcpStream, SocketAddr, tokio::sync::OwnedSemaphorePermit);

async fn accept(listener: &TcpListener, places: &Arc<Semaphore>) -> Option<Accepted> {
    let place = Arc::clone(places).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, peer)) => {
            stream.set_nodelay(true).ok()?;
            Some((stream, peer, place))
        }
        Err(why) => {
            // Out of descriptors, or the peer was gone already: waiting a little is all that helps.
            tracing::warn!(%why, "a connection was not accepted");
            tokio::time::sleep(Duration::from_millis(50)).await;
            None
        }
    }
}

fn builder(limits: &Limits) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    let buffer = usize::try_from(limits.max_header_bytes).unwrap_or(16_384).max(8_192);
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADERS)
        .max_buf_size(buffer)
        .keep_alive(true);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(limits.max_streams)
        .max_header_list_size(limits.max_header_bytes)
        .keep_alive_interval(KEEPALIVE.0)
        .keep_alive_timeout(KEEPALIVE.1);
    builder
}

/// Connections that began together must not end together: each lives a little longer or shorter.
fn spread(age: Duration, peer: SocketAddr) -> Duration {
    age.mul_f64(0.9 + f64::from(peer.port() % 201) / 1_000.0)
}

async fn refresh(tls: Arc<Tls>, stop: Stop) {
    let mut tick = tokio::time::interval(REFRESH);
    loop {
        tokio::select! {
            () = stop.drain.cancelled() => return,
            _ = tick.tick() => {}
        }
        let again = Arc::clone(&tls);
        match tokio::task::spawn_blocking(move || again.refresh()).await {
            Ok(Ok(true)) => tracing::info!("a new certificate is in force"),
            Ok(Ok(false)) => {}
            Ok(Err(why)) => tracing::error!(%why, "the certificate was not renewed"),
            Err(why) => tracing::error!(%why, "the certificate was not looked at"),
        }
    }
}

struct Connection {
    builder: Arc<Builder<TokioExecutor>>,
    door: Door,
    stop: Stop,
    age: Duration,
}

impl Connection {
    async fn open(self, stream: TcpStream, tls: Option<Arc<Tls>>) {
        let Some(tls) = tls else {
            return self.speak(stream).await;
        };
        match tokio::time::timeout(HANDSHAKE, tls.acceptor().accept(stream)).await {
            Ok(Ok(stream)) => self.speak(stream).await,
            Ok(Err(why)) => tracing::debug!(%why, "a TLS handshake failed"),
            Err(_elapsed) => tracing::debug!("a TLS handshake took too long"),
        }
    }

    async fn speak<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(self, stream: S) {
        let Self { builder, door, stop, age } = self;
        let (stream, heard) = Counted::new(stream);
        let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), door));
        let mut old = pin!(tokio::time::sleep(age));
        // Until the protocol is known it has no limits of its own: silence would keep the place.
        let mut first = pin!(tokio::time::sleep(HEADERS));
        let mut known = false;
        let mut leaving = false;
        loop {
            tokio::select! {
                done = connection.as_mut() => {
                    if let Err(why) = done {
                        tracing::debug!(%why, "a connection broke");
                    }
                    return;
                }
                () = stop.cut.cancelled() => return,
                () = first.as_mut(), if !known => {
                    known = heard.enough();
                    if !known {
                        tracing::debug!("a connection did not say what it speaks");
                        return;
                    }
                }
                () = stop.drain.cancelled(), if !leaving => {
                    leaving = true;
                    connection.as_mut().graceful_shutdown();
                }
                () = old.as_mut(), if !leaving => {
                    leaving = true;
                    connection.as_mut().graceful_shutdown();
                }
            }
        }
    }
}
