//! Defects, real ones and those that a caller asks for.
//!
//! A panic inside a call becomes the answer that its dialect has for a defect. With `server.faults` a caller may
//! ask for an error, so that clients can be tested against each; without it the parameter means nothing.

use std::{
    any::Any,
    panic::{self, AssertUnwindSafe, PanicHookInfo},
    pin::pin,
    task::Poll,
};

use wire::{
    content::Ret,
    query::{FAULT, ParameterError, Parameters},
    suggestions::Code,
};

use crate::http::App;

/// A call panicked. The hook has told where.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Defect;

/// A dialect's code.
pub(crate) trait Outcome: Copy {
    /// The number on the wire.
    fn number(self) -> i64;
    /// Whether it stands for a defect, which is provoked by a panic.
    fn is_defect(self) -> bool;
}

impl Outcome for Code {
    fn number(self) -> i64 {
        Code::number(self)
    }

    fn is_defect(self) -> bool {
        self == Code::Internal
    }
}

impl Outcome for Ret {
    fn number(self) -> i64 {
        Ret::number(self)
    }

    fn is_defect(self) -> bool {
        self == Ret::Internal
    }
}

/// The error among `codes` that the caller asks for, if callers may. To be called where parameters are read.
///
/// # Errors
/// When it asks for something else.
pub(crate) fn asked<C: Outcome>(
    app: &App,
    parameters: &Parameters,
    codes: &[C],
) -> Result<Option<C>, ParameterError> {
    if !app.shared.config.server.faults {
        return Ok(None);
    }
    let Some(asked) = parameters.get(FAULT) else { return Ok(None) };
    match codes.iter().find(|code| code.number().to_string() == asked) {
        Some(code) => Ok(Some(*code)),
        None => {
            let known: Vec<String> = codes.iter().map(|code| code.number().to_string()).collect();
            Err(ParameterError::new(FAULT, format!("must be one of {}", known.join(", "))))
        }
    }
}

/// Lets the error happen that a caller asked for: panics when that is a defect. To be called when a call was
/// admitted and just before it is answered.
#[expect(clippy::panic, reason = "a defect is provoked as defects happen")]
pub(crate) fn happen<C: Outcome>(asked: Option<C>) -> Option<C> {
    match asked {
        Some(code) if code.is_defect() => panic!("a caller asked for a defect"),
        asked => asked,
    }
}

/// What `call` ends with, or the refusal for a defect if it panics.
pub(crate) async fn caught<T, E: From<Defect>>(call: impl Future<Output = Result<T, E>>) -> Result<T, E> {
    let mut call = pin!(call);
    std::future::poll_fn(|context| {
        let polled = panic::catch_unwind(AssertUnwindSafe(|| call.as_mut().poll(context)));
        polled.unwrap_or_else(|_| Poll::Ready(Err(Defect.into())))
    })
    .await
}

/// Tells panics from now on by their place in the log. Their messages may quote what a caller sent, as that of a
/// wrong slice of a text does; only those that are literals of the source are told.
pub(crate) fn tell_panics_without_secrets() {
    panic::set_hook(Box::new(|info: &PanicHookInfo<'_>| {
        let place = info.location().map(ToString::to_string).unwrap_or_default();
        let thread = std::thread::current().name().unwrap_or_default().to_owned();
        let message = literal(info.payload()).unwrap_or("not told, it may hold what a caller sent");
        tracing::error!(place, thread, message, "the program panicked: this is a defect, please report it");
    }));
}

/// The message of a panic, if it was written into the source as it is.
fn literal(payload: &dyn Any) -> Option<&'static str> {
    payload.downcast_ref::<&'static str>().copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq)]
    struct Refused;

    impl From<Defect> for Refused {
        fn from(_: Defect) -> Refused {
            Refused
        }
    }

    #[tokio::test]
    async fn a_panic_becomes_a_refusal_and_everything_else_goes_through() {
        let text = String::from("美");
        let at_once = async { Ok::<_, Refused>(text[1..].len()) };
        assert_eq!(caught(at_once).await, Err(Refused));
        let late = async {
            tokio::task::yield_now().await;
            Ok::<_, Refused>(text[1..].len())
        };
        assert_eq!(caught(late).await, Err(Refused));
        assert_eq!(caught(async { Ok::<_, Refused>(1) }).await, Ok(1));
        assert_eq!(caught(async { Err::<u8, _>(Refused) }).await, Err(Refused));
    }

    #[test]
    fn only_literals_are_told() {
        let formatted =
            panic::catch_unwind(|| panic!("{}", String::from("hush"))).map_err(|payload| literal(&*payload));
        assert_eq!(formatted, Err::<(), _>(None));
        let written = panic::catch_unwind(|| panic!("as written")).map_err(|payload| literal(&*payload));
        assert_eq!(written, Err::<(), _>(Some("as written")));
    }
}
