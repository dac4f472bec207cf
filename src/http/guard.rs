//! The only ways from a handler to the database: [`Guard`] with a permission, [`Open`] with a reason why there is none.
//!
//! Both are synchronous extractors and must be a handler's first parameter: actix polls extractors in order, so a missing
//! permission answers before the body is read.

use std::future::{Ready, ready};
use std::marker::PhantomData;
use std::net::IpAddr;
use std::ops::Deref;
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage, HttpRequest, web};

use crate::access::{Actor, Call, Looked, Permission, Place};
use crate::error::{Code, Failure};
use crate::journal::{Entry, Event, Reason, Subjects};
use crate::localized::Lang;
use crate::seal::Keyring;
use crate::store::{Reader, Recorded, Tx};

use super::door::Door;
use super::envelope::Context;
use super::headers;
use super::need::Need;
use super::operations::Operations;
use super::why::{Token, Why};

/// A caller who was let in: what [`Guard`] and [`Open`] have in common.
pub struct Caller {
    pub(super) door: Door,
    pub(super) call: Arc<Call>,
    pub(super) request: HttpRequest,
    lang: Lang,
}

impl Caller {
    /// Who calls, when, with which request and reason.
    pub fn call(&self) -> &Call {
        &self.call
    }

    /// The language the caller wants.
    pub fn lang(&self) -> Lang {
        self.lang
    }

    /// Where the caller is, for throttling: the address at the other end of the connection, or behind a trusted proxy the
    /// one that it tells. `X-Forwarded-For` of anybody else is not believed.
    pub fn address(&self) -> Option<IpAddr> {
        let peer = self.request.peer_addr()?.ip();
        let lines = self.request.headers().get_all("x-forwarded-for").map(|line| line.to_str().unwrap_or("unreadable"));
        let chain = lines.collect::<Vec<_>>().join(",");
        Some(self.door.limits().trusted_proxies.caller(peer, &chain))
    }

    /// Reads, and leaves no access row: own data, lists, the catalogue.
    ///
    /// # Errors
    /// Whatever `work` fails with; the database being away.
    pub async fn read<T, F>(&self, work: F) -> Result<T, Failure>
    where
        T: Send + 'static,
        F: FnOnce(&mut Reader<'_>, &Call) -> Result<T, Failure> + Send + 'static,
    {
        let call = self.call.clone();
        self.door.0.store.read(move |db| work(db, &call)).await
    }

    /// One transaction, recorded. For PUT, PATCH, DELETE, and for POSTs that take no `Idempotency-Key`.
    ///
    /// # Errors
    /// Whatever `work` fails with, then nothing of it stays; a violated constraint; the database being away.
    pub async fn write<T, F>(&self, work: F) -> Result<T, Failure>
    where
        T: Send + 'static,
        F: Fn(&mut Tx<'_>, &Call) -> Result<Recorded<T>, Failure> + Send + 'static,
    {
        self.write_about(work, |_| Subjects::default()).await
    }

    /// As [`Caller::write`]; a reason that had to be given is a fact of the same transaction, about whatever `about` says.
    ///
    /// # Errors
    /// As [`Caller::write`].
    pub async fn write_about<T, F>(&self, work: F, about: fn(&T) -> Subjects) -> Result<T, Failure>
    where
        T: Send + 'static,
        F: Fn(&mut Tx<'_>, &Call) -> Result<Recorded<T>, Failure> + Send + 'static,
    {
        let (call, reason) = (self.call.clone(), self.reason()?);
        let work = move |tx: &mut Tx<'_>| {
            let done = work(tx, &call)?;
            // Only now is it known which permissions were used on what.
            let used = call.used_with_reason();
            let Some(reason) = reason.as_ref().filter(|_| !used.is_empty()) else { return Ok(done) };
            reason.keep(tx);
            for permission in used {
                let event = Event::ReasonStated { permission: permission.to_string(), reason: reason.reference() };
                tx.fact(Entry::new(&event, &call.author(), about(done.value()), call.now, call.now)?);
            }
            Ok(done)
        };
        self.door.0.store.write(work).await
    }

    /// The reason that the caller gave, ready to be kept.
    fn reason(&self) -> Result<Option<Reason>, Failure> {
        let seal = |words| Reason::seal(&self.door.0.keys, &self.call.author(), words, self.call.now);
        self.call.reason.as_deref().map(seal).transpose()
    }

    /// What sealed words are opened with.
    pub fn keys(&self) -> Arc<Keyring> {
        self.door.0.keys.clone()
    }

    /// The caller uses this permission: whoever has to say why, whatever it is used for, must have done so.
    fn using(self, permission: Permission) -> Result<Self, Failure> {
        self.call.require_reason(permission)?;
        Ok(self)
    }

    fn new(request: &HttpRequest, door: &Door, actor: Arc<Actor>) -> Result<Self, Failure> {
        let (request_id, lang) = {
            let extensions = request.extensions();
            let context = extensions.get::<Context>().ok_or_else(without_envelope)?;
            (context.request_id.in_journal(&door.0.keys), context.lang)
        };
        refuse_undocumented_query(request)?;
        let reason = headers::reason(request)?;
        let call = Call::new(actor, door.0.clock.now()).with(Some(request_id), reason);
        Ok(Self { door: door.clone(), call: Arc::new(call), request: request.clone(), lang })
    }
}

/// A caller who holds a permission (any one of `N`).
pub struct Guard<N> {
    caller: Caller,
    need: PhantomData<N>,
}

impl<N> Deref for Guard<N> {
    type Target = Caller;
    fn deref(&self) -> &Caller {
        &self.caller
    }
}

impl<N: Need> Guard<N> {
    /// The first permission of the need that the caller holds.
    pub fn permission(&self) -> Permission {
        N::ANY_OF.iter().copied().find(|p| self.call.actor.may(*p)).unwrap_or(N::FIRST)
    }

    /// Reads somebody's record. `work` says where it stands: whoever has to give a reason for that gives one here, or reads
    /// nothing. When the caller reads as staff, an access row (`record.read`, with `purpose`, such as `case.detail`, and the
    /// reason) is committed before this answers; one's own reads leave none.
    ///
    /// # Errors
    /// As [`Caller::read`]; 400 `reason_required`.
    pub async fn read_recorded<T, F>(&self, purpose: &'static str, work: F) -> Result<T, Failure>
    where
        T: Send + 'static,
        F: FnOnce(&mut Reader<'_>, &Call) -> Result<(T, Looked), Failure> + Send + 'static,
    {
        let each = move |db: &mut Reader<'_>, call: &Call| work(db, call).map(|(value, looked)| (value, vec![looked]));
        self.read_recorded_each(purpose, each).await
    }

    /// As [`Guard::read_recorded`], with an access row for each record that was read; one that names none where none was.
    ///
    /// # Errors
    /// As [`Guard::read_recorded`].
    pub async fn read_recorded_each<T, F>(&self, purpose: &'static str, work: F) -> Result<T, Failure>
    where
        T: Send + 'static,
        F: FnOnce(&mut Reader<'_>, &Call) -> Result<(T, Vec<Looked>), Failure> + Send + 'static,
    {
        let permission = self.permission();
        let (value, looked) = self.read(work).await?;
        looked.iter().try_for_each(|looked| self.call.explain(permission, looked.place))?;
        if self.call.actor.beyond_own(permission) {
            self.record_read(purpose, looked.into_iter().map(|looked| looked.about).collect()).await?;
        }
        Ok(value)
    }

    /// Reads a list of what the permission reaches. Whoever sees something in it only with a reason gives one, and leaves an
    /// access row; others' lists leave none.
    ///
    /// # Errors
    /// As [`Caller::read`]; 400 `reason_required`.
    pub async fn read_list<T, F>(&self, purpose: &'static str, work: F) -> Result<T, Failure>
    where
        T: Send + 'static,
        F: FnOnce(&mut Reader<'_>, &Call) -> Result<T, Failure> + Send + 'static,
    {
        let permission = self.permission();
        self.call.explain(permission, Place::Everywhere)?;
        let value = self.read(work).await?;
        if self.call.actor.needs_reason_at(permission, Place::Everywhere) {
            self.record_read(purpose, Vec::new()).await?;
        }
        Ok(value)
    }

    async fn record_read(&self, purpose: &'static str, mut subjects: Vec<Subjects>) -> Result<(), Failure> {
        let (call, reason) = (self.call.clone(), self.reason()?);
        let stated = reason.as_ref().map(Reason::reference);
        let event = Event::RecordRead { purpose: purpose.to_owned(), reason: stated };
        let last = subjects.pop().unwrap_or_default();
        let record = move |tx: &mut Tx<'_>| {
            if let Some(reason) = &reason {
                reason.keep(tx);
            }
            let entry = |about: &Subjects| Entry::new(&event, &call.author(), about.clone(), call.now, call.now);
            for about in &subjects {
                tx.fact(entry(about)?);
            }
            Ok(tx.record(entry(&last)?, ()))
        };
        self.door.0.store.write(record).await
    }
}

impl<N: Need> FromRequest for Guard<N> {
    type Error = Failure;
    type Future = Ready<Result<Self, Failure>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(guard::<N>(request).map(|caller| Self { caller, need: PhantomData }))
    }
}

fn guard<N: Need>(request: &HttpRequest) -> Result<Caller, Failure> {
    let door = door(request)?;
    let actor = identified(request)?.ok_or_else(|| Failure::refused(Code::Unauthenticated))?;
    if !N::ANY_OF.iter().any(|p| actor.may(*p)) {
        let needed: Vec<_> = N::ANY_OF.iter().map(|p| p.code()).collect();
        return Err(Failure::refused_with(Code::Forbidden, vec![("permission", needed.join(" / "))]));
    }
    let held = N::ANY_OF.iter().copied().filter(|p| actor.may(*p));
    // One of several permissions that asks for no reason is enough; what it is used for is looked at later.
    let used = held.min_by_key(|p| actor.needs_reason(*p)).unwrap_or(N::FIRST);
    Caller::new(request, door, actor)?.using(used)
}

/// A caller of a public endpoint; `call().actor` is nobody unless `W` honours tokens and one was given.
pub struct Open<W> {
    caller: Caller,
    why: PhantomData<W>,
}

impl<W> Deref for Open<W> {
    type Target = Caller;
    fn deref(&self) -> &Caller {
        &self.caller
    }
}

impl<W: Why> Open<W> {
    /// With a permission: a caller who holds it and has to give a reason for it gives one here, too.
    ///
    /// # Errors
    /// 400 `reason_required`.
    pub fn using(self, permission: Permission) -> Result<Self, Failure> {
        Ok(Self { caller: self.caller.using(permission)?, ..self })
    }
}

impl<W: Why> FromRequest for Open<W> {
    type Error = Failure;
    type Future = Ready<Result<Self, Failure>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(open::<W>(request).map(|caller| Self { caller, why: PhantomData }))
    }
}

fn open<W: Why>(request: &HttpRequest) -> Result<Caller, Failure> {
    let door = door(request)?;
    let actor = match W::TOKEN {
        Token::Ignored => None,
        Token::Honoured => identified(request)?,
    };
    Caller::new(request, door, actor.unwrap_or_else(|| Arc::new(Actor::anonymous())))
}

/// Who the envelope found behind the token; none without a token.
fn identified(request: &HttpRequest) -> Result<Option<Arc<Actor>>, Failure> {
    let extensions = request.extensions();
    let context = extensions.get::<Context>().ok_or_else(without_envelope)?;
    context.identity.clone().transpose()
}

pub(super) fn door(request: &HttpRequest) -> Result<&Door, Failure> {
    request.app_data::<web::Data<Door>>().map(|data| data.get_ref()).ok_or_else(without_envelope)
}

/// An operation without documented query parameters takes none.
fn refuse_undocumented_query(request: &HttpRequest) -> Result<(), Failure> {
    let query = request.query_string();
    let Some(operations) = request.app_data::<web::Data<Operations>>() else { return Ok(()) };
    if query.is_empty() || operations.takes_query(request) {
        return Ok(());
    }
    let name = query.split(['=', '&']).next().unwrap_or_default();
    Err(super::query::unknown_parameter(name))
}

fn without_envelope() -> Failure {
    Failure::internal("a handler was reached without the door")
}
