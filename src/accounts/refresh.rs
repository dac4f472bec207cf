//! Refresh tokens 刷新令牌: good once, and their reuse ends the session (RFC 9700 §4.14.2).
//!
//! A token is the session, a generation, and a keyed digest of both; nothing of it is stored but the number of the generation
//! that is good. So the successor of a token is always the same text, and a client that lost our answer may ask again for ten
//! seconds and gets that very successor, never a second one.

use chrono::TimeDelta;

use super::login::Opened;
use super::store::sessions::{self as rows, Session};
use super::{Accounts, own_entry};
use crate::access::{Call, Principal};
use crate::error::{Code, Failure};
use crate::ids::SessionId;
use crate::journal::Event;
use crate::seal::Keyring;
use crate::store::{Recorded, Tx};

/// How long a lost answer can be asked for again.
const RETRY: TimeDelta = TimeDelta::seconds(10);
const PURPOSE: &str = "refresh-token";

/// What came of a refresh. To be looked at after the commit: the end of a family has to be committed, too.
#[derive(Debug)]
pub enum Refreshed {
    /// New tokens.
    Opened(Box<Opened>),
    /// The token had been used before: the session is over.
    Reused,
}

impl Refreshed {
    /// The new tokens.
    ///
    /// # Errors
    /// 401 where the token had been used before.
    pub fn opened(self) -> Result<Opened, Failure> {
        match self {
            Self::Opened(opened) => Ok(*opened),
            Self::Reused => Err(over()),
        }
    }
}

/// The refresh token of a generation of a session.
pub(super) fn token(keys: &Keyring, session: SessionId, generation: i64) -> String {
    let body = format!("{session}.{generation}");
    format!("{body}.{}", keys.digest(PURPOSE, &body))
}

/// Session and generation of a token we made.
fn read(keys: &Keyring, token: &str) -> Option<(SessionId, i64)> {
    let mut parts = token.splitn(3, '.');
    let (session, generation, digest) = (parts.next()?, parts.next()?, parts.next()?);
    let body = format!("{session}.{generation}");
    if !keys.digest_matches(PURPOSE, &body, digest).unwrap_or(false) {
        return None;
    }
    Some((session.parse().ok()?, generation.parse().ok()?))
}

fn over() -> Failure {
    Failure::refused(Code::Unauthenticated)
}

impl Accounts {
    /// Uses a refresh token.
    ///
    /// # Errors
    /// 401 for whatever is not the good token of a session that lasts.
    pub fn refresh(&self, tx: &mut Tx<'_>, call: &Call, token: &str) -> Result<Recorded<Refreshed>, Failure> {
        let (id, generation) = read(&self.0.keys, token).ok_or_else(over)?;
        let session = self.lasting(tx, call, id)?;
        if generation == session.generation && rows::rotate(tx, id, generation, call.now)? {
            let opened = self.opened(&Session { generation: generation.saturating_add(1), ..session }, call.now)?;
            let event = Event::SessionRefreshed { session: id, generation: opened.generation };
            let entry = own_entry(&event, call, opened.account)?;
            return Ok(tx.record(entry, Refreshed::Opened(Box::new(opened))));
        }
        // Used before: a moment ago (by us or by somebody beside us), or long ago.
        let session = self.lasting(tx, call, id)?;
        let just_now = call.now <= session.rotated_at.plus(RETRY);
        if generation.saturating_add(1) == session.generation && just_now {
            let opened = self.opened(&session, call.now)?;
            return Ok(tx.unrecorded("the same answer once more", Refreshed::Opened(Box::new(opened))));
        }
        self.end_family(tx, call, &session)
    }

    fn end_family(&self, tx: &mut Tx<'_>, call: &Call, session: &Session) -> Result<Recorded<Refreshed>, Failure> {
        rows::revoke(tx, session.id, call.now)?;
        self.0.cache.forget(Principal::Account(session.account_id));
        tracing::warn!(session = %session.id, "a refresh token was used twice; its session is over");
        let event = Event::SessionRevoked { session: session.id, cause: "reuse".to_owned() };
        Ok(tx.record(own_entry(&event, call, session.account_id)?, Refreshed::Reused))
    }

    /// A session that may be refreshed now.
    fn lasting(&self, tx: &mut Tx<'_>, call: &Call, id: SessionId) -> Result<Session, Failure> {
        let session = rows::find(tx, id)?.ok_or_else(over)?;
        let idle_until = session.rotated_at.plus(self.0.sessions.idle);
        let alive = rows::standing(tx, id, session.account_id, call.now)?.is_some();
        if alive && call.now < idle_until { Ok(session) } else { Err(over()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refresh_token_is_read_only_as_it_was_made() {
        let keys = Keyring::generate().unwrap();
        let session = SessionId::new();
        let good = token(&keys, session, 3);
        assert_eq!(read(&keys, &good), Some((session, 3)));
        assert_eq!(token(&keys, session, 3), good, "the successor is always the same");
        let forged = [
            good.replace(".3.", ".4."),
            good.replace(".3.", ".03."),
            good.replace(&session.to_string(), &SessionId::new().to_string()),
            format!("{good}A"),
            good.trim_end_matches(|c: char| c != '.').to_owned(),
            String::new(),
            token(&Keyring::generate().unwrap(), session, 3),
        ];
        for text in forged {
            assert_eq!(read(&keys, &text), None, "{text}");
        }
    }
}
