//! Answers that wait for their neighbours.
//!
//! Handing an answer to the kernel wakes whoever waits for it, which costs the server more than writing does when
//! answers are small. So a connection whose answer was made quickly lets the other requests that came together with it
//! be answered first, and their answers are then written one right after the other: the first wakes the client, the
//! others find it awake. Where nothing else is ready this changes nothing. See docs/PERFORMANCE.md for what it saves.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    task::{Context, Poll},
    time::{Duration, Instant},
};

use axum_server::accept::Accept;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};

/// An answer that took longer is written at once: its neighbours may take as long, and waiting for them all would cost
/// it more than waking costs the server.
const LONGEST_MADE: Duration = Duration::from_micros(500);

/// Accepts TCP connections without Nagle's delay, each as a [`Gathering`].
#[derive(Clone, Copy, Debug)]
pub(super) struct GatheringAcceptor;

impl<S: Send + 'static> Accept<TcpStream, S> for GatheringAcceptor {
    type Stream = Gathering<TcpStream>;
    type Service = S;
    type Future = std::future::Ready<io::Result<(Self::Stream, S)>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        let accepted = stream.set_nodelay(true).map(|()| (Gathering::new(stream), service));
        std::future::ready(accepted)
    }
}

/// A stream that lets others run once between the last bytes it read and the first it writes.
#[derive(Debug)]
pub(super) struct Gathering<S> {
    stream: S,
    /// When bytes were read last, until the turn was given to others.
    asked: Option<Instant>,
}

impl<S> Gathering<S> {
    fn new(stream: S) -> Gathering<S> {
        Gathering { stream, asked: None }
    }

    /// Whether this is the moment at which others come first; the task is then polled again after them.
    fn gives_way(&mut self, context: &Context<'_>) -> bool {
        let gives_way = self.asked.take().is_some_and(|asked| asked.elapsed() < LONGEST_MADE);
        if gives_way {
            context.waker().wake_by_ref();
        }
        gives_way
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Gathering<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        if before < buffer.filled().len() {
            self.asked = Some(Instant::now());
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Gathering<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.gives_way(context) {
            return Poll::Pending;
        }
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if self.gives_way(context) {
            return Poll::Pending;
        }
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
