//! The whole service in process, on a fresh database, with a clock that stands still until it is moved.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use actix_web::dev::ServiceResponse;
use actix_web::http::Method;
use actix_web::test::{self, TestRequest};
use futures_util::future::LocalBoxFuture;
use gcrm::access::{Call, Permission, Roles};
use gcrm::accounts::{
    AdminKind, Another, Chosen, DisplayName, Login, NewAccount, NewClient, NewPassword, SessionPolicy, Strength,
};
use gcrm::app::{App, Parts};
use gcrm::calendar::Calendars;
use gcrm::catalogue::Starter;
use gcrm::clock::{Clock, Timestamp};
use gcrm::config::{Filing, Settings, Sources};
use gcrm::error::Failure;
use gcrm::ids::DepartmentId;
use gcrm::localized::Lang;
use gcrm::outbox::{Mailer, MemoryMailbox, Outbox};
use gcrm::seal::Keyring;
use serde_json::{Value, json};

use super::db::{TestDb, fresh_database};

type Service = Rc<dyn Fn(TestRequest) -> LocalBoxFuture<'static, ServiceResponse>>;

/// A password that the policy takes.
pub const PASSWORD: &str = "lantern orchard velvet canyon";

/// The service, and hands to move it.
pub struct World {
    pub app: App,
    pub clock: Clock,
    pub db: TestDb,
    pub mailbox: MemoryMailbox,
    outbox: Outbox,
    service: Service,
    people: RefCell<u32>,
    tokens: RefCell<BTreeMap<String, (Timestamp, String)>>,
}

/// A caller; logs in anew whenever the clock has moved past the token.
#[derive(Clone)]
pub struct Who {
    /// Login, or client id.
    pub login: String,
    /// The client's secret; none for a person.
    secret: Option<String>,
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub json: Value,
}

impl Answer {
    /// A header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The answer, if its status is this.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.json);
        self
    }

    /// A text of the body.
    #[track_caller]
    pub fn text(&self, pointer: &str) -> String {
        let found = self.json.pointer(pointer).and_then(Value::as_str);
        found.unwrap_or_else(|| panic!("no text {pointer} in {}", self.json)).to_owned()
    }

    /// The problem's code.
    #[track_caller]
    pub fn code(&self) -> String {
        self.text("/code")
    }
}

/// A request to be sent.
pub struct Ask<'w> {
    world: &'w World,
    who: Option<Who>,
    request: TestRequest,
}

impl Ask<'_> {
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.request = self.request.insert_header((name.to_owned(), value.to_owned()));
        self
    }

    pub fn body(mut self, body: &Value) -> Self {
        self.request = self.request.insert_header(("content-type", "application/json")).set_payload(body.to_string());
        self
    }

    pub fn raw(mut self, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let body: Vec<u8> = body.into();
        self.request = self.request.insert_header(("content-type", content_type)).set_payload(body);
        self
    }

    pub fn if_match(self, etag: &str) -> Self {
        self.header("if-match", etag)
    }

    pub async fn send(mut self) -> Answer {
        if let Some(who) = &self.who {
            let token = self.world.token(who).await;
            self.request = self.request.insert_header(("authorization", format!("Bearer {token}")));
        }
        self.send_once().await
    }

    /// Sends without a token.
    async fn send_once(self) -> Answer {
        let response = (self.world.service)(self.request).await;
        let status = response.status().as_u16();
        let text = |v: &actix_web::http::header::HeaderValue| String::from_utf8_lossy(v.as_bytes()).into_owned();
        let headers = response.headers().iter().map(|(n, v)| (n.to_string(), text(v))).collect();
        let body = test::read_body(response).await;
        let json = serde_json::from_slice(&body)
            .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&body).into_owned()));
        Answer { status, headers, json }
    }
}

/// The settings of every world.
fn settings() -> Settings {
    Settings::load(&Sources::defaults().variable("GCRM__MAIL__BACKEND", "memory")).unwrap()
}

async fn start(
    db: &TestDb,
    clock: &Clock,
    keys: Arc<Keyring>,
    roles: Roles,
    calendars: Calendars,
    filing: Filing,
) -> Result<App, Failure> {
    let parts = Parts {
        store: db.store.clone(),
        clock: clock.clone(),
        keys,
        roles,
        calendars,
        entry_days: 1,
        issuer: "http://127.0.0.1".into(),
        audience: "gcrm".into(),
        sessions: SessionPolicy::default(),
        strength: Strength { memory: 64, passes: 1, lanes: 1 },
        limits: gcrm::http::Limits::default(),
        filing,
        lang: Lang::En,
    };
    App::open(parts).await
}

impl World {
    /// A world on Thursday 2026-02-05, 09:30 in Shanghai, with both starter catalogues.
    pub async fn new() -> Self {
        Self::at("2026-02-05T01:30:00Z").await
    }

    /// A world at an instant.
    pub async fn at(now: &str) -> Self {
        Self::with_roles(now, Roles::embedded().unwrap()).await
    }

    /// A world at an instant with roles of its own.
    pub async fn with_roles(now: &str, roles: Roles) -> Self {
        Self::with(now, roles, settings().filing).await
    }

    /// A world where the public files so often an hour.
    pub async fn with_filing(per_account: u32, anonymous_per_address: u32) -> Self {
        let filing = Filing { per_account: Some(per_account), anonymous_per_address: Some(anonymous_per_address) };
        Self::with("2026-02-05T01:30:00Z", Roles::embedded().unwrap(), filing).await
    }

    async fn with(now: &str, roles: Roles, filing: Filing) -> Self {
        let db = fresh_database();
        let clock = Clock::fixed(now.parse().unwrap());
        let keys = Arc::new(Keyring::generate().unwrap());
        let app = start(&db, &clock, keys, roles, Calendars::embedded().unwrap(), filing).await.unwrap();
        app.load_catalogues(&Starter::embedded().unwrap()).await.unwrap();
        let settings = settings();
        let mailer = Mailer::new(&settings.mail).unwrap();
        let mailbox = mailer.mailbox().unwrap();
        let outbox = app.outbox(mailer, &settings).unwrap();
        let service = test::init_service(gcrm::http::app(&app.door, app.routes())).await;
        let service = Rc::new(service);
        let service: Service = Rc::new(move |request: TestRequest| {
            let service = service.clone();
            Box::pin(async move { test::call_service(service.as_ref(), request.to_request()).await })
        });
        Self { app, clock, db, mailbox, outbox, service, people: RefCell::new(0), tokens: RefCell::default() }
    }

    /// The service started again beside this one, over the same database, with these calendars.
    pub async fn restarted(&self, calendars: Calendars) -> Result<App, Failure> {
        let (keys, roles) = (self.app.cases.keys.clone(), Roles::embedded().unwrap());
        start(&self.db, &self.clock, keys, roles, calendars, settings().filing).await
    }

    /// Moves the clock.
    pub fn set(&self, now: &str) {
        self.clock.set(now.parse::<Timestamp>().unwrap());
    }

    /// A request.
    pub fn ask(&self, who: Option<&Who>, method: &str, path: &str) -> Ask<'_> {
        self.ask_from("127.0.0.1:40000", who, method, path)
    }

    /// A request from an address.
    pub fn ask_from(&self, peer: &str, who: Option<&Who>, method: &str, path: &str) -> Ask<'_> {
        let method: Method = method.parse().unwrap();
        let request = TestRequest::with_uri(path).method(method).peer_addr(peer.parse().unwrap());
        Ask { world: self, who: who.cloned(), request }
    }

    pub async fn get(&self, who: &Who, path: &str) -> Answer {
        self.ask(Some(who), "GET", path).send().await
    }

    pub async fn post(&self, who: &Who, path: &str, body: &Value) -> Answer {
        self.ask(Some(who), "POST", path).body(body).send().await
    }

    /// Files a case, with the reason that staff have to give.
    pub async fn file(&self, who: &Who, body: &Value) -> Answer {
        let ask = self.ask(Some(who), "POST", "/api/v1/cases");
        ask.header("x-reason", "came to the counter").body(body).send().await
    }

    /// A verb on a case in the version that is there.
    pub async fn act(&self, who: &Who, case: &str, verb: &str, body: &Value) -> Answer {
        self.ask(Some(who), "POST", &format!("/api/v1/cases/{case}/{verb}")).if_match("*").body(body).send().await
    }

    /// Runs the ledger and the outbox until nothing is left.
    pub async fn deliver(&self) {
        self.app.ledger().drain(&self.db.store).await.unwrap();
        while self.outbox.step().await.unwrap() > 0 {}
        self.app.ledger().drain(&self.db.store).await.unwrap();
    }

    /// Runs the sweeper until nothing is due.
    pub async fn sweep(&self) {
        while self.app.sweeper().step().await.unwrap() > 0 {}
    }

    /// A department of the starter catalogues.
    pub fn department(&self, jurisdiction: &str, code: &str) -> DepartmentId {
        self.app.tree.by_code(&jurisdiction.parse().unwrap(), &code.parse().unwrap()).unwrap().id
    }

    fn new_account(&self, login: &str) -> NewAccount {
        let login = Login::parse(login).unwrap();
        let password = NewPassword::parse(&PASSWORD.to_owned().into(), &login, "/password").unwrap();
        NewAccount {
            display_name: DisplayName::parse("Synthetic").unwrap(),
            password: self.app.accounts.hasher().hash_here(&password).unwrap(),
            chosen: Chosen::ByOwner,
            login,
            locale: Lang::En,
        }
    }

    fn next_login(&self, what: &str) -> String {
        let mut people = self.people.borrow_mut();
        *people += 1;
        format!("{what}{}@example.org", *people)
    }

    /// The caller's access token, from a login over HTTP within the last minutes of the world's clock.
    pub async fn token(&self, who: &Who) -> String {
        let now = self.clock.now();
        let fresh = |since: Timestamp| now < since.plus(chrono::TimeDelta::minutes(5)) && now >= since;
        if let Some((since, token)) = self.tokens.borrow().get(&who.login)
            && fresh(*since)
        {
            return token.clone();
        }
        let token = match &who.secret {
            None => {
                let body = json!({ "login": who.login, "password": PASSWORD });
                self.ask(None, "POST", "/api/v1/sessions")
                    .body(&body)
                    .send_once()
                    .await
                    .expect(201)
                    .text("/accessToken")
            }
            Some(secret) => {
                let form = format!("grant_type=client_credentials&client_id={}&client_secret={secret}", who.login);
                let ask = self.ask(None, "POST", "/oauth/token").raw("application/x-www-form-urlencoded", form);
                ask.send_once().await.expect(200).text("/access_token")
            }
        };
        self.tokens.borrow_mut().insert(who.login.clone(), (now, token.clone()));
        token
    }

    fn person(&self, login: String) -> Who {
        Who { login, secret: None }
    }

    /// A citizen with an account and no customer record yet.
    pub async fn stranger(&self) -> Who {
        let login = self.next_login("citizen");
        let new = self.new_account(&login);
        let (accounts, now) = (self.app.accounts.clone(), self.clock.now());
        self.db.store.write(move |tx| accounts.create_citizen(tx, &Call::system(now), &new)).await.unwrap();
        self.person(login)
    }

    /// A citizen with a customer record and an e-mail address.
    pub async fn citizen(&self) -> Who {
        let who = self.stranger().await;
        let card = json!({
            "name": "样例甲",
            "details": { "kind": "individual", "birthDate": "1900-01-01" },
            "preferredLanguage": "en",
            "preferredChannel": "email",
            "identifiers": [{ "scheme": "resident_id", "value": "110101190001010014" }],
            "contactPoints": [{ "contact": { "kind": "email", "value": who.login }, "preferred": true }]
        });
        self.post(&who, "/api/v1/customers", &card).await.expect(201);
        who
    }

    /// Somebody of the staff with a role, at a department (or on the platform).
    pub async fn staff(&self, role: &str, place: Option<(&str, &str)>) -> Who {
        let login = self.next_login(&role.replace('_', "-"));
        let department = place.map(|(jurisdiction, code)| self.department(jurisdiction, code));
        let new = self.new_account(&login);
        let (accounts, now, role) = (self.app.accounts.clone(), self.clock.now(), role.to_owned());
        let create = move |tx: &mut gcrm::store::Tx<'_>| {
            let call = Call::system(now);
            let id = *accounts.create_staff(tx, &call, &new, None)?.value();
            accounts.grant(tx, &call, id, &role, department)
        };
        self.db.store.write(create).await.unwrap();
        self.person(login)
    }

    /// One role more for somebody of the staff.
    pub async fn also(&self, who: &Who, role: &str, place: Option<(&str, &str)>) {
        let id = self.db.text(&format!("SELECT id AS value FROM accounts WHERE login = '{}'", who.login));
        let department = place.map(|(jurisdiction, code)| self.department(jurisdiction, code));
        let (accounts, now, role) = (self.app.accounts.clone(), self.clock.now(), role.to_owned());
        let grant = move |tx: &mut gcrm::store::Tx<'_>| {
            accounts.grant(tx, &Call::system(now), id.parse().unwrap(), &role, department)
        };
        self.db.store.write(grant).await.unwrap();
    }

    /// The first administrator of a kind.
    pub async fn admin(&self, kind: AdminKind) -> Who {
        let login = self.next_login("admin");
        let new = self.new_account(&login);
        let (accounts, now) = (self.app.accounts.clone(), self.clock.now());
        let create = move |tx: &mut gcrm::store::Tx<'_>| {
            accounts.create_admin(tx, &Call::system(now), kind, &new, Another::Create)
        };
        self.db.store.write(create).await.unwrap();
        self.person(login)
    }

    /// A system bound to an agency, registered and approved, with a token for these scopes.
    pub async fn system(&self, agency: (&str, &str), scopes: &[Permission]) -> Who {
        let new = NewClient {
            name: "Synthetic system".into(),
            agency: self.department(agency.0, agency.1),
            scopes: scopes.to_vec(),
        };
        let (accounts, now) = (self.app.accounts.clone(), self.clock.now());
        let create = move |tx: &mut gcrm::store::Tx<'_>| {
            let created = accounts.create_client(tx, &Call::system(now), &new)?;
            let _ = accounts.activate_client(tx, &Call::system(now), created.value().0.id, None)?;
            Ok(created)
        };
        let (client, secret) = self.db.store.write(create).await.unwrap();
        Who { login: client.id.to_string(), secret: Some(secret.expose().to_owned()) }
    }
}

impl Drop for World {
    /// A test that leaves facts unplaced or messages unsent has not looked at all it did.
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        let open = self.db.text(
            "SELECT CAST((SELECT COUNT(*) FROM journal WHERE position IS NULL) \
             + (SELECT COUNT(*) FROM deliveries WHERE state IN ('pending', 'leased')) AS TEXT) AS value",
        );
        assert_eq!(open, "0", "undelivered rows are left: call world.deliver()");
    }
}
