//! Wires clock, store, keys, mail and rooms: the one file that names every room.

mod about;
mod running;

use std::sync::Arc;

use actix_web::web;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::access::{Call, Permission, Roles};
use crate::accounts::{self, Accounts, Authenticator};
use crate::agencies::{self, Agencies, Tree};
use crate::calendar::Calendars;
use crate::cases::routes::CaseRoutes;
use crate::cases::{self, Cases, Numbers, Sweeper};
use crate::catalogue::{self, Items, Jurisdiction, JurisdictionCode, Places, Starter};
use crate::clock::Clock;
use crate::config::Settings;
use crate::customers::{self, AccountLinks, Customers};
use crate::error::Failure;
use crate::http::{self, Door};
use crate::ids::{AccountId, CustomerId, DepartmentId};
use crate::journal::{self, Checkpoints, Ledger, Sign};
use crate::localized::Lang;
use crate::outbox::{self, Letters, Mailer, Outbox};
use crate::recipients::Applicants;
use crate::seal::Keyring;
use crate::store::{Store, Tx};

pub use about::about;

/// What an app is made of, besides its rooms.
pub struct Parts {
    /// The database, migrated.
    pub store: Store,
    /// The time.
    pub clock: Clock,
    /// The master keys.
    pub keys: Arc<Keyring>,
    /// Who may what.
    pub roles: Roles,
    /// Working days.
    pub calendars: Calendars,
    /// `iss` of tokens.
    pub issuer: String,
    /// `aud` of tokens.
    pub audience: String,
    /// How long a login lasts.
    pub sessions: accounts::SessionPolicy,
    /// Cost of password hashes.
    pub strength: accounts::Strength,
    /// Sizes, deadlines, connections.
    pub limits: http::Limits,
    /// The language of a caller who asks for none.
    pub lang: Lang,
}

/// The rooms, wired. Cheap to clone.
#[derive(Clone)]
pub struct App {
    /// The database.
    pub store: Store,
    /// The time.
    pub clock: Clock,
    /// The department tree.
    pub tree: Tree,
    /// Agencies.
    pub agencies: Agencies,
    /// Logins.
    pub accounts: Accounts,
    /// Customers.
    pub customers: Customers,
    /// Published service items.
    pub items: Items,
    /// Cases.
    pub cases: Cases,
    /// The door.
    pub door: Door,
}

impl App {
    /// Wires the rooms over a migrated database.
    ///
    /// # Errors
    /// The database being away; stored definitions or keys that do not read.
    pub async fn open(parts: Parts) -> Result<Self, Failure> {
        let Parts { store, clock, keys, roles, calendars, issuer, audience, sessions, strength, limits, lang } = parts;
        let tree = store.read(|db| Tree::load(db)).await?;
        let setup = accounts::Setup {
            keys: keys.clone(),
            issuer,
            audience,
            roles: Arc::new(roles),
            tree: Arc::new(tree.clone()),
            strength,
            sessions,
        };
        let accounts = Accounts::open(&store, &clock, setup).await?;
        let customers = Customers::new(keys.clone(), Arc::new(Links(accounts.clone())));
        let items = Items::new(Arc::new(TreePlaces(tree.clone())));
        items.refresh(&store).await?;
        let cases = Cases {
            keys: keys.clone(),
            items: items.clone(),
            calendars: Arc::new(calendars),
            numbers: Numbers::new(store.clone()),
            customers: customers.clone(),
            figures: cases::PublicFigures::default(),
        };
        let door = Door::new(http::Setup {
            store: store.clone(),
            clock: clock.clone(),
            authenticate: Arc::new(Authenticator::new(accounts.clone(), store.clone(), clock.clone())),
            keys,
            lag: lag_probe(clock.clone()),
            limits,
            lang,
            about: about(),
        })?;
        let agencies = Agencies::new(tree.clone());
        Ok(Self { store, clock, tree, agencies, accounts, customers, items, cases, door })
    }

    /// All routes, grouped by who calls them.
    pub fn routes(&self) -> impl http::Configure {
        let app = self.clone();
        move |config: &mut ServiceConfig| app.mount(config)
    }

    fn mount(&self, config: &mut ServiceConfig) {
        config.app_data(web::Data::new(self.items.clone()));
        config.app_data(web::Data::new(self.accounts.clone()));
        config.app_data(web::Data::new(self.agencies.clone()));
        config.app_data(web::Data::new(self.customers.clone()));
        config.app_data(web::Data::new(self.case_routes()));
        document_routes(config);
    }

    fn case_routes(&self) -> CaseRoutes {
        let accounts = self.accounts.clone();
        let works_in = move |tx: &mut Tx<'_>, account, department| {
            accounts.reaches(tx, account, Permission::CaseClaim, department)
        };
        CaseRoutes { cases: self.cases.clone(), works_in: Arc::new(works_in) }
    }

    /// The ledger: makes order, and puts the messages that follow beside it.
    pub fn ledger(&self) -> Ledger {
        Ledger::new(outbox::Subscriptions)
    }

    /// Writes signed checkpoints of the journal, also to a file where one is named.
    pub fn checkpoints(&self, file: Option<std::path::PathBuf>) -> Checkpoints {
        Checkpoints::new(self.signer(), self.clock.clone(), file)
    }

    /// Signs and verifies checkpoints with the keys that sign tokens.
    pub fn signer(&self) -> Arc<dyn Sign> {
        Arc::new(Signer(self.accounts.clone()))
    }

    /// Gives every journal row its position, and signs the end.
    ///
    /// # Errors
    /// The database being away.
    pub async fn settle_journal(&self) -> Result<(), Failure> {
        self.ledger().drain(&self.store).await?;
        self.checkpoints(None).write(&self.store).await?;
        Ok(())
    }

    /// The worker that sends messages by `mailer`.
    ///
    /// # Errors
    /// A template that does not read: a defect.
    pub fn outbox(&self, mailer: Mailer, settings: &Settings) -> Result<Outbox, Failure> {
        let recipients = Applicants {
            store: self.store.clone(),
            cases: self.cases.clone(),
            customers: self.customers.clone(),
            tree: self.tree.clone(),
        };
        let letters = Letters::new(&settings.mail.portal)?;
        let (store, clock) = (self.store.clone(), self.clock.clone());
        Ok(Outbox::new(store, clock, Arc::new(recipients), letters, mailer, &settings.deliveries))
    }

    /// The sweeper over this app's cases.
    pub fn sweeper(&self) -> Sweeper {
        Sweeper::new(self.cases.clone(), self.store.clone(), self.clock.clone())
    }

    /// Loads catalogues: jurisdictions, departments and service items; what is there already stays as it is.
    ///
    /// # Errors
    /// A catalogue the linter finds fault with; a published version with another definition; the database being away.
    pub async fn load_catalogues(&self, starter: &Starter) -> Result<(), Failure> {
        let calendars = &self.cases.calendars;
        let problems = catalogue::lint::lint(starter, |code| calendars.get(code.as_str()).is_some());
        if let Some(problem) = problems.first() {
            let more = problems.len().saturating_sub(1);
            return Err(Failure::internal(format!("catalogue: {problem:?} and {more} more")));
        }
        for catalogue in &starter.catalogues {
            let (agencies, catalogue, now) = (self.agencies.clone(), catalogue.clone(), self.clock.now());
            let publish = catalogue.clone();
            let load = move |tx: &mut Tx<'_>| {
                agencies.load(tx, &Call::system(now), &catalogue.jurisdiction, &catalogue.departments)
            };
            self.store.write(load).await?;
            self.refresh_tree().await?;
            let tree = self.tree.clone();
            let items = move |tx: &mut Tx<'_>| {
                for item in &publish.items {
                    let department = tree.by_code(&item.jurisdiction, &item.department);
                    let department = department.ok_or_else(|| Failure::internal("an item of no department"))?;
                    let _ = catalogue::publish(tx, &Call::system(now), item, department.id)?;
                }
                Ok(tx.unrecorded("each published version has its own fact", ()))
            };
            self.store.write(items).await?;
        }
        self.items.refresh(&self.store).await
    }

    /// Reads the department tree anew.
    ///
    /// # Errors
    /// The database being away.
    pub async fn refresh_tree(&self) -> Result<(), Failure> {
        let tree = self.tree.clone();
        self.store.read(move |db| tree.refresh(db)).await
    }
}

/// The routes below `/api/v1`, grouped by who calls them.
fn mount_api(api: &mut ServiceConfig) {
    // Everybody.
    api.configure(accounts::routes).configure(agencies::routes::routes).configure(catalogue::routes::routes);
    // Applicants and staff.
    api.configure(customers::routes::routes).configure(cases::routes::routes);
    // Systems and auditors.
    api.configure(journal::routes);
    // Administrators.
    api.configure(outbox::routes);
}

/// All routes; the data behind them is mounted by [`App::routes`].
pub fn document_routes(config: &mut ServiceConfig) {
    config.configure(accounts::root_routes);
    http::api(config, mount_api);
}

fn lag_probe(clock: Clock) -> http::LagProbe {
    Arc::new(move |db| {
        let lag = journal::lag(db)?;
        let age = lag.oldest.map_or(0, |at| (clock.now().utc() - at.utc()).num_seconds());
        Ok(http::Lag { rows: lag.rows, oldest_seconds: age })
    })
}

/// The rooms of customers and logins meet here.
struct Links(Accounts);

impl AccountLinks for Links {
    fn link(&self, tx: &mut Tx<'_>, call: &Call, account: AccountId, customer: CustomerId) -> Result<(), Failure> {
        self.0.link_customer(tx, call, account, customer)
    }
}

/// The journal and the keys of the room of logins meet here.
struct Signer(Accounts);

impl Sign for Signer {
    fn sign(&self, bytes: &[u8]) -> Result<(String, Vec<u8>), Failure> {
        Ok(self.0.tokens().keys().sign(bytes))
    }

    fn verify(&self, kid: &str, bytes: &[u8], signature: &[u8]) -> bool {
        self.0.tokens().keys().verify(kid, bytes, signature)
    }
}

/// The rooms of agencies and the catalogue meet here.
struct TreePlaces(Tree);

impl Places for TreePlaces {
    fn jurisdiction(&self, code: &str) -> Option<Arc<Jurisdiction>> {
        let code: JurisdictionCode = code.parse().ok()?;
        self.0.jurisdiction(&code).map(|held| Arc::new(held.definition))
    }

    fn agency(&self, department: DepartmentId) -> Option<DepartmentId> {
        self.0.agency_of(department)
    }

    fn jurisdiction_of(&self, department: DepartmentId) -> Option<JurisdictionCode> {
        self.0.get(department).map(|d| d.jurisdiction.clone())
    }
}
