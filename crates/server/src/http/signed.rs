//! Contract 2: who calls, whether they may, and what it costs them: everything before a call is answered.

use std::sync::Arc;

use axum::http::{Method, request::Parts};
use engine::{Application, Caller, Engine, NonceTaken, Permit, SignedParts};
use wire::{
    access_token,
    content::{self, Ret},
    query::Parameters,
    signature,
};

use crate::faults;

use super::{
    content::{Refusal, SEARCH},
    state::App,
};

/// A signed call by somebody who may call.
pub(super) struct Call<'a> {
    pub(super) engine: &'a Engine,
    pub(super) parameters: Parameters,
    pub(super) application: u32,
    pub(super) user: u64,
    caller: Arc<Caller>,
    /// Its nonce, where that may be used once only.
    nonce: Option<NonceTaken>,
}

/// What a call took to be let in. Dropped without [`Admitted::succeed`] it gives everything back.
pub(super) struct Admitted {
    permit: Permit,
    nonce: Option<NonceTaken>,
}

impl Admitted {
    /// The answer is made.
    pub(super) fn succeed(self) {
        self.permit.succeed();
        if let Some(nonce) = self.nonce {
            nonce.keep();
        }
    }
}

impl Call<'_> {
    /// Rate, quota, cap and balance, in this order; to be asked once the call's own parameters are right, and just
    /// before it is answered. `codes` are the errors that a caller may ask for where `server.faults` is on.
    pub(super) async fn admit(&mut self, app: &App, codes: &[Ret]) -> Result<Admitted, Refusal> {
        let fault = faults::asked(app, &self.parameters, codes)?;
        let admission = self.engine.admission();
        let permit = admission.admit(self.engine.registry(), &self.caller, SEARCH).await?;
        let admitted = Admitted { permit, nonce: self.nonce.take() };
        match faults::happen(fault) {
            Some(ret) => Err(Refusal::new(ret)),
            None => Ok(admitted),
        }
    }
}

/// Everything that is checked before a call's own parameters, in the contract's order: partner, timestamp, signature,
/// nonce, permission, access token. Sets who calls as soon as that is known.
pub(super) fn identified<'a>(
    app: &'a App,
    request: &Parts,
    caller: &mut Option<Arc<Caller>>,
) -> Result<Call<'a>, Refusal> {
    if !matches!(request.method, Method::GET | Method::HEAD) {
        return Err(Refusal::parameter(&"the method must be GET"));
    }
    let engine = app.engine()?;
    let parameters = Parameters::parse(request.uri.query().unwrap_or_default())?;
    let now = engine.clock().unix_seconds();
    let (application, signed) = signed_by(engine, &parameters, (now, app.timestamp_window()))?;
    let Signed { timestamp, nonce, signature, .. } = signed;
    let signs = |key: &str| signature::verify(key, timestamp, nonce, signature);
    if !application.keys(engine.clock().unix_ms()).any(signs) {
        return Err(Refusal::new(Ret::Signature));
    }
    let caller = Arc::clone(caller.insert(Arc::clone(&application.caller)));
    let nonce = take_nonce(engine, &application, &signed, (now, app.timestamp_window()))?;
    may_call(&caller)?;
    let user = authorised_user(engine, &application, &parameters, now)?;
    Ok(Call { engine, application: application.number, user, caller, nonce, parameters })
}

/// Whether an application has the permission for the API.
pub(super) fn may_call(caller: &Caller) -> Result<(), Refusal> {
    if caller.limits(SEARCH).allowed { Ok(()) } else { Err(Refusal::new(Ret::NotPermitted)) }
}

/// The parts of a signed request that the signature is worked out from.
pub(super) struct Signed<'a> {
    pub(super) timestamp: &'a str,
    /// The timestamp as a number, Unix seconds.
    seconds: i64,
    pub(super) nonce: &'a str,
    pub(super) signature: &'a str,
}

/// Partner, timestamp and the form of signature and nonce, in the contract's order.
pub(super) fn signed_by<'a>(
    engine: &Engine,
    parameters: &'a Parameters,
    (now, window): (i64, u32),
) -> Result<(Arc<Application>, Signed<'a>), Refusal> {
    let partner = content::partner(parameters)?;
    let application = engine.registry().application(partner).ok_or_else(|| Refusal::new(Ret::Partner))?;
    let timestamp = content::timestamp(parameters)?;
    if timestamp.seconds.abs_diff(now) > u64::from(window) {
        let message = format!("timestamp is more than {window} seconds away from the server's clock");
        return Err(Refusal::saying(Ret::Timestamp, message));
    }
    let signature = content::signature(parameters)?;
    let nonce = content::nonce(parameters)?;
    let signed = Signed { timestamp: timestamp.text, seconds: timestamp.seconds, nonce, signature };
    Ok((application, signed))
}

/// Takes the nonce and the signature of a request whose signature is right, where the application may use each but once.
pub(super) fn take_nonce(
    engine: &Engine,
    application: &Application,
    signed: &Signed<'_>,
    (now, window): (i64, u32),
) -> Result<Option<NonceTaken>, Refusal> {
    if !application.refuse_repeated_nonce {
        return Ok(None);
    }
    let parts = SignedParts { timestamp: signed.seconds, nonce: signed.nonce, signature: signed.signature };
    let taken = engine.nonces().take(application.number, parts, now, window);
    taken.map(Some).ok_or_else(|| Refusal::new(Ret::Nonce))
}

/// The user whose access token came with the request. Expiry and authenticity need no look-up at all.
fn authorised_user(
    engine: &Engine,
    application: &Application,
    parameters: &Parameters,
    now: i64,
) -> Result<u64, Refusal> {
    let refuse = || Refusal::new(Ret::AccessToken);
    let token = content::access_token(parameters).ok_or_else(refuse)?;
    let key = engine.secrets().access_token_key();
    let token = access_token::verify(key, token, now).map_err(|_| refuse())?;
    let dead = token.application != application.number
        || engine.registry().revoked(application, token.user, token.issued);
    if dead { Err(refuse()) } else { Ok(token.user) }
}
