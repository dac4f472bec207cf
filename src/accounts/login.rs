//! Logging in: counted first, then compared (outside any transaction), then opened.

use std::net::IpAddr;

use aws_lc_rs::rand;
use data_encoding::BASE64URL_NOPAD;

use super::model::{Account, Login, Status};
use super::password::{PasswordHash, Verdict};
use super::store::sessions::{self as rows, Session};
use super::throttle::Subject;
use super::{Accounts, own_entry, refresh, store};
use crate::access::{Call, Holder, Issued};
use crate::clock::Timestamp;
use crate::error::{Code, Failure};
use crate::ids::{AccountId, SessionId};
use crate::journal::Event;
use crate::seal::Keyring;
use crate::store::{Recorded, Tx};

const DEVICE: &str = "device-token";

/// One try to log in.
#[derive(Clone, Debug)]
pub struct LoginTry {
    /// Who.
    pub login: Login,
    /// The device token of an earlier login, if the client kept one.
    pub device: Option<String>,
    /// Where the caller is; what a header claims only behind a trusted proxy.
    pub peer: Option<IpAddr>,
}

/// An open session with its tokens.
#[derive(Clone, Debug)]
pub struct Opened {
    /// The session.
    pub session: SessionId,
    /// Whose it is.
    pub account: AccountId,
    /// The access token.
    pub access: Issued,
    /// The refresh token that is good now.
    pub refresh: String,
    /// Its generation.
    pub generation: i64,
    /// When the session ends, whatever happens.
    pub expires_at: Timestamp,
    /// For the next login from this device; only from a login.
    pub device: Option<String>,
}

/// What came of a login with the right password. To be looked at after the commit: that tries begin anew has to be
/// committed, too.
#[derive(Debug)]
pub enum LoggedIn {
    /// A session is open.
    Opened(Box<Opened>),
    /// Somebody else chose the password: none is opened before the owner chooses another.
    ChangeRequired,
}

impl LoggedIn {
    /// The open session.
    ///
    /// # Errors
    /// 403 `password_change_required`.
    pub fn opened(self) -> Result<Opened, Failure> {
        match self {
            Self::Opened(opened) => Ok(*opened),
            Self::ChangeRequired => Err(Failure::refused(Code::PasswordChangeRequired)),
        }
    }
}

impl Accounts {
    /// First step: counts the try and finds the account, if there is one. Then let the hasher compare the password, with none
    /// where there is no account, and go on to [`Accounts::finish_login`].
    ///
    /// # Errors
    /// 429 while too many tries failed.
    pub fn begin_login(
        &self,
        tx: &mut Tx<'_>,
        call: &Call,
        attempt: &LoginTry,
    ) -> Result<Recorded<Option<Account>>, Failure> {
        let account = store::by_login(tx, &attempt.login)?;
        let device = account.as_ref().and_then(|a| self.device_number(attempt, a.id));
        for subject in self.subjects(attempt, device.as_deref()) {
            store::attempts::take(tx, &subject, call.now)?;
        }
        Ok(tx.unrecorded("tries are counted in their own table, refusals in theirs", account))
    }

    /// Last step: opens the session. `account` is what the first step found, `verdict` what the hasher said, `new` the
    /// password that counts from now on, if another was chosen: then every other session of the account ends.
    ///
    /// # Errors
    /// 401 `bad_credentials`: wrong password, no such account, or disabled; never which.
    pub fn finish_login(
        &self,
        tx: &mut Tx<'_>,
        call: &Call,
        attempt: &LoginTry,
        account: Option<&Account>,
        verdict: &Verdict,
        new: Option<&PasswordHash>,
    ) -> Result<Recorded<LoggedIn>, Failure> {
        let wrong = || Failure::refused(Code::BadCredentials);
        let account = account.filter(|_| *verdict != Verdict::Wrong).ok_or_else(wrong)?;
        // Whoever changes the password or disables the account now comes after this session is there, and ends it.
        let now_there = store::locked(tx, account.id)?.ok_or_else(wrong)?;
        // Changed or disabled while the password was compared.
        if now_there.status != Status::Active || now_there.password != account.password {
            return Err(wrong());
        }
        self.forgive(tx, attempt, account.id)?;
        match (new, verdict) {
            (Some(new), _) => {
                let event = self.set_password(tx, call, account.id, new)?;
                tx.fact(own_entry(&event, call, account.id)?);
            }
            (None, _) if now_there.password_temporary => {
                return Ok(tx.unrecorded("the password was right, and nothing came of it", LoggedIn::ChangeRequired));
            }
            (None, Verdict::Outdated(hash)) => store::rehash(tx, account.id, &account.password, hash)?,
            (None, _) => {}
        }
        let opened = self.open_session(tx, call, account.id)?;
        Ok(opened.map(|opened| LoggedIn::Opened(Box::new(opened))))
    }

    /// Opens a session for an account whose owner is known.
    fn open_session(&self, tx: &mut Tx<'_>, call: &Call, account: AccountId) -> Result<Recorded<Opened>, Failure> {
        let session = Session {
            id: SessionId::new(),
            account_id: account,
            generation: 1,
            rotated_at: call.now,
            created_at: call.now,
            expires_at: call.now.plus(self.0.sessions.longest),
            revoked_at: None,
        };
        let device = Some(device_token(&self.0.keys, account)?);
        let opened = Opened { device, ..self.opened(&session, call.now)? };
        let event = Event::SessionOpened { session: session.id, account };
        rows::insert(tx, session);
        Ok(tx.record(own_entry(&event, call, account)?, opened))
    }

    /// The tokens of a session's generation.
    pub(super) fn opened(&self, session: &Session, now: Timestamp) -> Result<Opened, Failure> {
        let holder = Holder::Account { account: session.account_id, session: session.id };
        Ok(Opened {
            session: session.id,
            account: session.account_id,
            access: self.0.tokens.issue(&holder, now)?,
            refresh: refresh::token(&self.0.keys, session.id, session.generation),
            generation: session.generation,
            expires_at: session.expires_at,
            device: None,
        })
    }

    /// The password was right: tries begin anew.
    fn forgive(&self, tx: &mut Tx<'_>, attempt: &LoginTry, account: AccountId) -> Result<(), Failure> {
        if let Some(number) = self.device_number(attempt, account) {
            return store::attempts::clear(tx, &Subject::device(&number));
        }
        store::attempts::clear(tx, &Subject::login(&self.0.keys, &attempt.login))?;
        store::attempts::give_back(tx, &Subject::address(&self.0.keys, "source", attempt.peer))
    }

    fn subjects(&self, attempt: &LoginTry, device: Option<&str>) -> Vec<Subject> {
        let keys = &self.0.keys;
        match device {
            Some(number) => vec![Subject::device(number)],
            None => vec![Subject::login(keys, &attempt.login), Subject::address(keys, "source", attempt.peer)],
        }
    }

    fn device_number(&self, attempt: &LoginTry, account: AccountId) -> Option<String> {
        read_device(&self.0.keys, attempt.device.as_deref()?, account)
    }
}

/// `number.digest`, the digest over account and number: worth nothing for another account, and nothing without the password.
fn device_token(keys: &Keyring, account: AccountId) -> Result<String, Failure> {
    let mut number = [0; 16];
    rand::fill(&mut number).map_err(Failure::internal)?;
    let number = BASE64URL_NOPAD.encode(&number);
    let digest = keys.digest(DEVICE, &format!("{account}.{number}"));
    Ok(format!("{number}.{digest}"))
}

fn read_device(keys: &Keyring, token: &str, account: AccountId) -> Option<String> {
    let (number, digest) = token.split_once('.')?;
    let ours = keys.digest_matches(DEVICE, &format!("{account}.{number}"), digest).unwrap_or(false);
    ours.then(|| number.to_owned())
}
