//! Systems that call under their own identity: registered, given scopes, shut out; and their tokens (RFC 6749 §4.4).

use std::net::IpAddr;

use aws_lc_rs::rand;
use data_encoding::BASE64URL_NOPAD;
use secrecy::{ExposeSecret, SecretString};

use super::model::{Client, ClientStatus};
use super::store::{self, clients as rows};
use super::throttle::Subject;
use super::{Accounts, entry};
use crate::access::{Call, Holder, Issued, Permission, Principal, Units};
use crate::error::{Code, Failure, FieldError};
use crate::ids::{ClientId, DepartmentId};
use crate::journal::{Author, Entry, Event, Subjects};
use crate::store::{Db, Recorded, Tx};

/// A client that is to be.
#[derive(Clone, Debug)]
pub struct NewClient {
    /// What people call it: 1–100 characters.
    pub name: String,
    /// The agency it is bound to: its reach.
    pub agency: DepartmentId,
    /// What it may do.
    pub scopes: Vec<Permission>,
}

/// A client's secret: 32 random bytes. Told once; only its digest is stored.
#[derive(Clone, Debug)]
pub struct Secret(SecretString);

impl Secret {
    fn generate() -> Result<Self, Failure> {
        let mut bytes = [0; 32];
        rand::fill(&mut bytes).map_err(Failure::internal)?;
        Ok(Self(format!("gcrm_secret_{}", BASE64URL_NOPAD.encode(&bytes)).into()))
    }

    /// The text, to be shown once.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

/// A client's request for a token.
#[derive(Clone, Debug)]
pub struct ClientTry {
    /// As it came: `client_…`, or not.
    pub id: String,
    /// As it came.
    pub secret: SecretString,
    /// The scopes it asks for; none: all it has.
    pub scopes: Option<Vec<Permission>>,
    /// Where the caller is.
    pub peer: Option<IpAddr>,
}

/// A token with its scopes, or why there is none.
pub type ClientToken = Result<(Issued, Vec<Permission>), Failure>;

impl Accounts {
    /// Registers a client and makes its secret. It waits until somebody else, of the platform, approves it: whoever holds
    /// its secret reaches what those who register systems, and those who approve them, may not reach themselves.
    ///
    /// # Errors
    /// 400 for an agency that is none, no scope, or a scope no system may have; 403 beyond one's reach.
    pub fn create_client(
        &self,
        tx: &mut Tx<'_>,
        call: &Call,
        new: &NewClient,
    ) -> Result<Recorded<(Client, Secret)>, Failure> {
        call.require_in(Permission::ClientManage, new.agency)?;
        let scopes = self.check_client(new)?;
        let secret = Secret::generate()?;
        let client = Client {
            id: ClientId::new(),
            name: new.name.trim().to_owned(),
            agency: new.agency,
            secret_hash: self.0.keys.token_digest(&secret.0),
            scopes,
            status: ClientStatus::Pending,
            registered_by: call.actor.account(),
            version: 1,
            created_at: call.now,
        };
        rows::insert(tx, &client);
        let scopes = client.scopes.iter().map(ToString::to_string).collect();
        let event = Event::ClientRegistered { client: client.id, scopes };
        Ok(tx.record(entry(&event, call, about(&client))?, (client, secret)))
    }

    /// A client within reach of `permission`.
    ///
    /// # Errors
    /// 404.
    pub fn client(
        &self,
        db: &mut impl Db,
        call: &Call,
        permission: Permission,
        id: ClientId,
    ) -> Result<Client, Failure> {
        let units = call.actor.scope(permission).units;
        let found = rows::by_id(db, id)?.filter(|client| units.contain(client.agency));
        found.ok_or_else(Failure::not_found)
    }

    /// Clients within the caller's reach, in the order of their making.
    ///
    /// # Errors
    /// The database being away.
    pub fn clients(
        &self,
        db: &mut impl Db,
        call: &Call,
        after: Option<ClientId>,
        limit: i64,
    ) -> Result<Vec<Client>, Failure> {
        match call.actor.scope(Permission::ClientManage).units {
            Units::All => rows::list(db, None, after, limit),
            Units::Some(units) => rows::list(db, Some(&units), after, limit),
        }
    }

    /// Approves a client that waits. Nobody approves what they registered: then one person alone would hold the secret of
    /// a system that reads what they may not. `version` is what the caller saw.
    ///
    /// # Errors
    /// 404; 403 `out_of_reach` for whoever reaches an agency only, `second_person_required` for whoever registered it; 409
    /// `conflict` for one that does not wait; 412 `stale`.
    pub fn activate_client(
        &self,
        tx: &mut Tx<'_>,
        call: &Call,
        id: ClientId,
        version: Option<i64>,
    ) -> Result<Recorded<Client>, Failure> {
        let client = self.client(tx, call, Permission::ClientManage, id)?;
        if call.actor.scope(Permission::ClientManage).units != Units::All {
            let params = vec![("permission", Permission::ClientManage.to_string())];
            return Err(Failure::refused_with(Code::OutOfReach, params));
        }
        if client.registered_by.is_some() && client.registered_by == call.actor.account() {
            return Err(Failure::refused(Code::SecondPersonRequired));
        }
        if client.status != ClientStatus::Pending {
            return Err(Failure::refused(Code::Conflict));
        }
        rows::activate(tx, id, version)?;
        self.0.cache.forget(Principal::Client(id));
        let version = client.version.saturating_add(1);
        let client = Client { status: ClientStatus::Active, version, ..client };
        Ok(tx.record(entry(&Event::ClientActivated { client: id }, call, about(&client))?, client))
    }

    /// Makes a new secret; the old one is refused from now on. Tokens issued with it last at most 15 minutes more. `version`
    /// is what the caller saw.
    ///
    /// # Errors
    /// 404; 409 `conflict` for a client that is shut out; 412 `stale`.
    pub fn rotate_secret(
        &self,
        tx: &mut Tx<'_>,
        call: &Call,
        id: ClientId,
        version: Option<i64>,
    ) -> Result<Recorded<(Client, Secret)>, Failure> {
        let client = self.client(tx, call, Permission::ClientRotate, id)?;
        if client.status == ClientStatus::Disabled {
            return Err(Failure::refused(Code::Conflict));
        }
        let secret = Secret::generate()?;
        let secret_hash = self.0.keys.token_digest(&secret.0);
        rows::set_secret(tx, id, &secret_hash, version)?;
        let client = Client { secret_hash, version: client.version.saturating_add(1), ..client };
        let event = Event::ClientSecretRotated { client: id };
        Ok(tx.record(entry(&event, call, about(&client))?, (client, secret)))
    }

    /// Shuts a client out for good; its tokens are refused within a second. `version` is what the caller saw.
    ///
    /// # Errors
    /// 404; 412 `stale`, also for one that is shut out already.
    pub fn disable_client(
        &self,
        tx: &mut Tx<'_>,
        call: &Call,
        id: ClientId,
        version: Option<i64>,
    ) -> Result<Recorded<()>, Failure> {
        let client = self.client(tx, call, Permission::ClientManage, id)?;
        rows::disable(tx, id, version)?;
        self.0.cache.forget(Principal::Client(id));
        Ok(tx.record(entry(&Event::ClientDisabled { client: id }, call, about(&client))?, ()))
    }

    /// A token for a client that knows its secret. A right one is never held up: nobody guesses 256 random bits, so wrong
    /// ones are counted only where they come from, against the noise. The refusal comes inside, since the try has to be
    /// counted all the same.
    ///
    /// # Errors
    /// 429 for a wrong secret while too many came from that address.
    pub fn client_token(
        &self,
        tx: &mut Tx<'_>,
        call: &Call,
        attempt: &ClientTry,
    ) -> Result<Recorded<ClientToken>, Failure> {
        let id: Option<ClientId> = attempt.id.parse().ok();
        let known = id.map(|id| rows::by_id(tx, id)).transpose()?.flatten();
        let Some(client) = known.filter(|client| self.is_secret_of(client, &attempt.secret)) else {
            let address = Subject::address(&self.0.keys, "client-source", attempt.peer);
            store::attempts::take(tx, &address, call.now)?;
            let refused = Err(Failure::refused(Code::InvalidClient));
            return Ok(tx.unrecorded("tries are counted in their own table, refusals in theirs", refused));
        };
        self.issue_to(tx, call, &client, attempt)
    }

    fn issue_to(
        &self,
        tx: &mut Tx<'_>,
        call: &Call,
        client: &Client,
        attempt: &ClientTry,
    ) -> Result<Recorded<ClientToken>, Failure> {
        let scopes = attempt.scopes.clone().unwrap_or_else(|| client.scopes.clone());
        if let Some(beyond) = scopes.iter().find(|scope| !client.scopes.contains(scope)) {
            let detail = format!("this client has no scope {beyond}");
            let errors = vec![FieldError::new("/scope", "invalid_scope", detail)];
            let refused = Err(Failure::Refused { code: Code::BadGrant, params: Vec::new(), errors });
            return Ok(tx.unrecorded("the secret was right, the scope was not: nothing happened", refused));
        }
        let issued = self.0.tokens.issue(&Holder::Client { client: client.id, scopes: scopes.clone() }, call.now)?;
        let author = Author { actor: client.id.to_string(), ..call.author() };
        let event = Event::ClientTokenIssued { client: client.id };
        let entry = Entry::new(&event, &author, about(client), call.now, call.now)?;
        Ok(tx.record(entry, Ok((issued, scopes))))
    }

    fn is_secret_of(&self, client: &Client, secret: &SecretString) -> bool {
        // Digests of random secrets: comparing them tells nothing about the secret.
        client.status == ClientStatus::Active && self.0.keys.token_digests(secret).contains(&client.secret_hash)
    }

    fn check_client(&self, new: &NewClient) -> Result<Vec<Permission>, Failure> {
        let mut errors = Vec::new();
        let name = new.name.trim();
        if !(1..=100).contains(&name.chars().count()) || name.chars().any(char::is_control) {
            errors.push(FieldError::new("/name", "bad_name", "give a name of 1 to 100 characters"));
        }
        if self.0.tree.agency_of(new.agency) != Some(new.agency) {
            errors.push(FieldError::new("/agency", "not_an_agency", "name an agency: a root of the department tree"));
        }
        let mut scopes = new.scopes.clone();
        scopes.sort_unstable();
        scopes.dedup();
        if scopes.is_empty() {
            errors.push(FieldError::new("/scopes", "required", "give at least one scope"));
        }
        let rights = self.0.roles.client_rights();
        for (index, scope) in new.scopes.iter().enumerate().filter(|(_, scope)| !rights.contains_key(scope)) {
            let detail = format!("no system may have {scope}");
            errors.push(FieldError::new(format!("/scopes/{index}"), "invalid_scope", detail));
        }
        if errors.is_empty() { Ok(scopes) } else { Err(Failure::Invalid(errors)) }
    }
}

fn about(client: &Client) -> Subjects {
    Subjects { agency: Some(client.agency), ..Subjects::client(client.id) }
}
