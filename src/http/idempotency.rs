//! `Idempotency-Key`: the same request twice has one effect. The key's row is written in the transaction of the effect,
//! so two at once cannot both happen: the loser's transaction fails as a whole, and it replays the winner's answer.

use std::sync::Arc;

use actix_web::{HttpMessage, HttpRequest};
use chrono::TimeDelta;
use serde::Serialize;
use utoipa::IntoParams;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Type};

use crate::access::{Call, Principal};
use crate::clock::Timestamp;
use crate::error::{Code, Failure};
use crate::ids::CaseId;
use crate::journal::Subjects;
use crate::store::{Reader, Recorded, Store, Tx};

use super::body::BodyDigest;
use super::guard::Caller;
use super::reply::{Answer, Reply};
use super::store::{self, KeyRow};

/// How long a key is remembered, in hours.
const HOURS: i64 = 24;
/// What the keys are used for here.
const PURPOSE: &str = "idempotent-request";
/// As well: who may use a key again, and where.
const SCOPE: &str = "idempotent-scope";

/// What a mutating request brought about, and how to tell it.
#[derive(Debug, Clone)]
pub struct Effect<V> {
    status: u16,
    reference: String,
    version: Option<i64>,
    location: Option<String>,
    view: V,
}

impl<V> Effect<V> {
    /// 201: something new, at `location` (a path), known by `reference` (its id), with its version if it has one.
    pub fn created(
        reference: impl ToString,
        location: impl Into<String>,
        version: impl Into<Option<i64>>,
        view: V,
    ) -> Self {
        let (reference, location) = (reference.to_string(), Some(location.into()));
        Self { status: 201, reference, version: version.into(), location, view }
    }

    /// 200: something was done to what `reference` names.
    pub fn done(reference: impl ToString, version: impl Into<Option<i64>>, view: V) -> Self {
        Self { status: 200, reference: reference.to_string(), version: version.into(), location: None, view }
    }

    /// What the reference names.
    fn about(&self) -> Subjects {
        match self.reference.parse::<CaseId>() {
            Ok(case) => Subjects { case: Some(case), ..Subjects::default() },
            Err(_) => Subjects { other: Some(self.reference.clone()), ..Subjects::default() },
        }
    }
}

impl<V: Serialize> Effect<V> {
    fn reply(self) -> Answer {
        Reply::effect(self.status, self.location, &self.view, self.version)
    }
}

/// The header `Idempotency-Key`, for `params(…)` of every operation that uses [`Caller::effect`].
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// The name of the header.
    pub const HEADER: &'static str = "Idempotency-Key";

    fn of(request: &HttpRequest) -> Result<Option<Self>, Failure> {
        let mut values = request.headers().get_all(Self::HEADER);
        let Some(value) = values.next() else { return Ok(None) };
        let bad = || Failure::refused(Code::BadIdempotencyKey);
        let text = value.to_str().map_err(|_| bad())?;
        let visible = (16..=255).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
        if !visible || values.next().is_some() {
            return Err(bad());
        }
        Ok(Some(Self(text.to_owned())))
    }
}

impl IntoParams for IdempotencyKey {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let schema = ObjectBuilder::new()
            .schema_type(Type::String)
            .min_length(Some(16))
            .max_length(Some(255))
            .pattern(Some("^[!-~]{16,255}$"))
            .examples(["7d5f1a90-3c7e-4e0b-9a55-0f2b1f0e6c11"]);
        let parameter = ParameterBuilder::new()
            .name(Self::HEADER)
            .parameter_in(ParameterIn::Header)
            .description(Some(
                "A random value (at least 128 bits) that makes a repetition harmless: the same key with the same request \
                 within 24 hours is answered again and has no second effect.",
            ))
            .schema(Some(schema));
        vec![parameter.build()]
    }
}

/// A key with what it was used for.
#[derive(Clone)]
struct Slot {
    /// Who may use the key again, and where, as blind indexes: in the clear the row would tell for a day who had the effect
    /// that it refers to, even of an anonymous case. The first is what is stored; the others, under older master keys, are
    /// looked for.
    scopes: Vec<String>,
    key: String,
    /// What was asked: method, address and the digest of the body.
    request: String,
    /// A keyed digest of it: a body may hold a password, and a plain digest would be one to guess at.
    fingerprint: String,
}

/// What happens to a row of the same key from long ago.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Old {
    Keep,
    Forget,
}

enum Found {
    Nothing,
    Expired,
    Fresh(KeyRow),
}

impl Caller {
    /// One transaction, recorded, that a repetition with the same `Idempotency-Key` does not run again. `work` has the
    /// effect; `render` shows it anew for a repetition, by its reference and under the caller's own rights. Without the
    /// header this is [`Caller::write`].
    ///
    /// # Errors
    /// 400 `bad_idempotency_key`; 422 `key_reused` when the key came with another request; as [`Caller::write`].
    pub async fn effect<V, W, R>(&self, work: W, render: R) -> Answer
    where
        V: Serialize + Send + 'static,
        W: Fn(&mut Tx<'_>, &Call) -> Result<Recorded<Effect<V>>, Failure> + Send + Sync + 'static,
        R: FnOnce(&mut Reader<'_>, &Call, &str) -> Result<Effect<V>, Failure> + Send + 'static,
    {
        let Some(slot) = self.slot()? else { return self.write_about(work, Effect::about).await?.reply() };
        // While master keys are exchanged, the row of a first request may stand where nothing collides with it.
        if slot.scopes.len() > 1
            && let Found::Fresh(row) = self.find(&slot).await?
        {
            return self.replay(&slot, row, render).await;
        }
        let work = Arc::new(work);
        // Tried before it is looked up: a first request, which nearly all are, costs no question.
        let failure = match self.once(slot.clone(), Old::Keep, work.clone()).await {
            Ok(effect) => return effect.reply(),
            Err(failure @ (Failure::Refused { .. } | Failure::Invalid(_))) => failure,
            Err(failure) => return Err(failure),
        };
        // A twin may have won, and its effect may be what this one stumbled over.
        match self.find(&slot).await? {
            Found::Fresh(row) => self.replay(&slot, row, render).await,
            Found::Expired => self.once(slot, Old::Forget, work).await?.reply(),
            Found::Nothing => Err(failure),
        }
    }

    async fn once<V, W>(&self, slot: Slot, old: Old, work: Arc<W>) -> Result<Effect<V>, Failure>
    where
        V: Send + 'static,
        W: Fn(&mut Tx<'_>, &Call) -> Result<Recorded<Effect<V>>, Failure> + Send + Sync + 'static,
    {
        let once = move |tx: &mut Tx<'_>, call: &Call| {
            let scope = slot.scopes.first().cloned().unwrap_or_default();
            if old == Old::Forget {
                store::forget_key(tx, &scope, &slot.key, oldest(call.now))?;
            }
            let recorded = work(tx, call)?;
            let effect = recorded.value();
            // Last of all: PostgreSQL tries the last insert first, and a twin is found out before anything else.
            store::keep_key(
                tx,
                KeyRow {
                    scope,
                    key: slot.key.clone(),
                    fingerprint: slot.fingerprint.clone(),
                    status: i32::from(effect.status),
                    reference: effect.reference.clone(),
                    version: effect.version,
                    created_at: call.now,
                },
            );
            Ok(recorded)
        };
        self.write_about(once, Effect::about).await
    }

    async fn find(&self, slot: &Slot) -> Result<Found, Failure> {
        let (scopes, key) = (slot.scopes.clone(), slot.key.clone());
        let row = self.read(move |db, _| store::find_key(db, &scopes, &key)).await?;
        Ok(match row {
            None => Found::Nothing,
            Some(row) if row.created_at < oldest(self.call.now) => Found::Expired,
            Some(row) => Found::Fresh(row),
        })
    }

    async fn replay<V, R>(&self, slot: &Slot, row: KeyRow, render: R) -> Answer
    where
        V: Serialize + Send + 'static,
        R: FnOnce(&mut Reader<'_>, &Call, &str) -> Result<Effect<V>, Failure> + Send + 'static,
    {
        if !self.door.0.keys.digest_matches(PURPOSE, &slot.request, &row.fingerprint).unwrap_or(false) {
            return Err(Failure::refused(Code::KeyReused));
        }
        let status = u16::try_from(row.status).map_err(Failure::internal)?;
        let reference = row.reference;
        let effect = self.read(move |db, call| render(db, call, &reference)).await?;
        let effect = Effect { status, ..effect };
        Ok(effect.reply()?.replayed())
    }

    fn slot(&self) -> Result<Option<Slot>, Failure> {
        let Some(IdempotencyKey(key)) = IdempotencyKey::of(&self.request)? else { return Ok(None) };
        let method = self.request.method().as_str();
        let route = self.request.match_pattern().unwrap_or_default();
        let body = self.request.extensions().get::<BodyDigest>().map(|d| d.0.clone()).unwrap_or_default();
        let keys = &self.door.0.keys;
        let principal = self.call.actor.principal();
        let scope = match principal {
            // Strangers share one scope: the body sets them apart.
            Principal::Anonymous => format!("anonymous {method} {route} {body}"),
            _ => format!("{principal} {method} {route}"),
        };
        let request = format!("{method} {} {body}", self.request.uri());
        let fingerprint = keys.digest(PURPOSE, &request);
        Ok(Some(Slot { scopes: keys.blind_indexes(SCOPE, &scope), key, request, fingerprint }))
    }
}

fn oldest(now: Timestamp) -> Timestamp {
    now.plus(TimeDelta::hours(-HOURS))
}

/// How many keys are removed in one transaction: few enough for a statement of PostgreSQL, and for whoever waits behind it
/// at SQLite's one writer.
const PURGED: i64 = 2000;

/// Removes keys older than 24 hours, some thousand at a time; returns how many.
pub(super) async fn purge(store: &Store, now: Timestamp) -> Result<usize, Failure> {
    let before = oldest(now);
    store
        .write(move |tx| {
            let removed = store::purge_keys(tx, before, PURGED)?;
            Ok(tx.unrecorded("expired keys mean nothing to anybody", removed))
        })
        .await
}
