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
const LONGEST_MADE: Duration = Duration::from_millis(2);

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

#[cfg(test)]
mod tests {
    use std::{
        sync::{
            Arc,
            atomic::{AtomicUsize, Ordering},
        },
        task::{Wake, Waker},
    };

    use tokio::io::{Join, join};

    use super::*;

    /// Counts how often the task was woken.
    #[derive(Default)]
    struct Woken(AtomicUsize);

    impl Wake for Woken {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    type Stream = Gathering<Join<&'static [u8], Vec<u8>>>;

    /// A stream that a request was read from.
    fn asked(context: &mut Context<'_>) -> Stream {
        let mut stream = Gathering::new(join(&b"GET /"[..], Vec::new()));
        let mut bytes = [0; 16];
        let mut buffer = ReadBuf::new(&mut bytes);
        assert!(Pin::new(&mut stream).poll_read(context, &mut buffer).is_ready());
        assert_eq!(buffer.filled(), b"GET /");
        stream
    }

    fn write(stream: &mut Stream, context: &mut Context<'_>) -> Poll<usize> {
        Pin::new(stream).poll_write(context, b"200 OK").map(Result::unwrap)
    }

    #[test]
    fn a_quick_answer_lets_others_run_once() {
        let woken = Arc::new(Woken::default());
        let waker = Waker::from(Arc::clone(&woken));
        let mut context = Context::from_waker(&waker);
        let mut stream = asked(&mut context);
        assert_eq!(write(&mut stream, &mut context), Poll::Pending);
        assert_eq!(woken.0.load(Ordering::Relaxed), 1, "it is polled again");
        assert_eq!(write(&mut stream, &mut context), Poll::Ready(6));
        assert_eq!(write(&mut stream, &mut context), Poll::Ready(6), "the rest of a long answer");
        assert_eq!(woken.0.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn an_answer_that_took_long_is_written_at_once() {
        let mut context = Context::from_waker(Waker::noop());
        let mut stream = asked(&mut context);
        stream.asked = Instant::now().checked_sub(LONGEST_MADE * 2);
        assert_eq!(write(&mut stream, &mut context), Poll::Ready(6));
    }
}
