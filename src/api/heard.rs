//! Counts what a connection has said, until it is enough to know its protocol.

use std::io::{IoSlice, Result};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Bytes after which the protocol is known: the preface of HTTP/2. From then on the protocol's own
/// limits on time hold.
const PREFACE: usize = 24;

/// A stream whose first bytes are counted.
#[derive(Debug)]
pub struct Counted<S> {
    stream: S,
    bytes: usize,
    heard: Heard,
}

/// How much was heard.
#[derive(Clone, Debug, Default)]
pub struct Heard(Arc<AtomicUsize>);

impl Heard {
    /// Whether the connection has said what it speaks.
    pub fn enough(&self) -> bool {
        self.0.load(Ordering::Relaxed) >= PREFACE
    }
}

impl<S> Counted<S> {
    /// Counts what comes from `stream`.
    pub fn new(stream: S) -> (Self, Heard) {
        let heard = Heard::default();
        (Self { stream, bytes: 0, heard: heard.clone() }, heard)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Counted<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<Result<()>> {
        let before = buf.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, buf);
        if self.bytes < PREFACE {
            self.bytes += buf.filled().len().saturating_sub(before);
            self.heard.0.store(self.bytes, Ordering::Relaxed);
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Counted<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
