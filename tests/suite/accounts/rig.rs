//! The room behind the door, on a database of its own, with two agencies: one with a department, one without.

use std::net::SocketAddr;
use std::sync::Arc;

use actix_web::body::to_bytes;
use actix_web::http::Method;
use actix_web::http::header::HeaderMap;
use actix_web::test::{TestRequest, call_service, init_service};
use actix_web::web;
use chrono::TimeDelta;
use gcrm::access::{Call, DepartmentTree, Roles};
use gcrm::accounts::{
    self, Accounts, Authenticator, Chosen, DisplayName, Login, NewAccount, NewPassword, SessionPolicy, Strength,
};
use gcrm::clock::Clock;
use gcrm::http::{self, About, Contact, Door, Lag, Limits};
use gcrm::ids::{AccountId, DepartmentId};
use gcrm::localized::Lang;
use gcrm::seal::Keyring;
use serde_json::{Value, json};

use crate::world::db::{TestDb, fresh_database};

pub const PASSWORD: &str = "lamp oven river glass";

#[derive(Clone, Copy)]
pub struct Departments {
    pub agency: DepartmentId,
    pub department: DepartmentId,
    pub other_agency: DepartmentId,
}

impl DepartmentTree for Departments {
    fn subtree(&self, department: DepartmentId) -> Vec<DepartmentId> {
        match department {
            d if d == self.agency => vec![self.agency, self.department],
            d if d == self.department || d == self.other_agency => vec![d],
            _ => Vec::new(),
        }
    }
    fn agency_of(&self, department: DepartmentId) -> Option<DepartmentId> {
        match department {
            d if d == self.agency || d == self.department => Some(self.agency),
            d if d == self.other_agency => Some(d),
            _ => None,
        }
    }
}

pub struct Rig {
    pub db: TestDb,
    pub clock: Clock,
    pub keys: Arc<Keyring>,
    pub accounts: Accounts,
    pub departments: Departments,
    pub door: Door,
}

pub struct Answered {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Value,
}

impl Answered {
    pub fn text(&self, name: &str) -> String {
        self.body[name].as_str().unwrap_or_else(|| panic!("no {name} in {} {}", self.status, self.body)).to_owned()
    }
    pub fn code(&self) -> (u16, &str) {
        (self.status, self.body["code"].as_str().unwrap_or_default())
    }
    pub fn header(&self, name: &str) -> String {
        self.headers.get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default()
    }
}

impl Rig {
    pub async fn new() -> Self {
        Self::with(Limits::default()).await
    }

    /// A service with limits of its own.
    pub async fn with(limits: Limits) -> Self {
        let db = fresh_database();
        let clock = Clock::fixed("2026-02-12T01:30:00Z".parse().unwrap());
        let departments = departments(&db);
        let keys = Arc::new(Keyring::generate().unwrap());
        let accounts = open(&db, &clock, &keys, departments).await;
        let door = door(&db, &clock, &keys, &accounts, limits);
        Self { db, clock, keys, accounts, departments, door }
    }

    /// Another instance on the same database.
    pub async fn another(&self) -> (Accounts, Door) {
        let accounts = open(&self.db, &self.clock, &self.keys, self.departments).await;
        let door = door(&self.db, &self.clock, &self.keys, &accounts, Limits::default());
        (accounts, door)
    }

    pub fn pass(&self, time: TimeDelta) {
        self.clock.set(self.clock.now().plus(time));
    }

    pub fn system(&self) -> Call {
        Call::system(self.clock.now())
    }

    pub fn new_account(&self, login: &str) -> NewAccount {
        let login = Login::parse(login).unwrap();
        let password = NewPassword::parse(&PASSWORD.into(), &login, "/password").unwrap();
        let password = self.accounts.hasher().hash_here(&password).unwrap();
        let display_name = DisplayName::parse("Somebody").unwrap();
        NewAccount { login, display_name, password, chosen: Chosen::ByOwner, locale: Lang::En }
    }

    pub async fn citizen(&self, login: &str) -> AccountId {
        let (accounts, call, new) = (self.accounts.clone(), self.system(), self.new_account(login));
        self.db.store.write(move |tx| accounts.create_citizen(tx, &call, &new)).await.unwrap()
    }

    /// A staff account with roles.
    pub async fn staff(&self, login: &str, roles: &[(&'static str, Option<DepartmentId>)]) -> AccountId {
        let (accounts, call, new) = (self.accounts.clone(), self.system(), self.new_account(login));
        let id = self.db.store.write(move |tx| accounts.create_staff(tx, &call, &new, None)).await.unwrap();
        for (role, department) in roles.iter().copied() {
            let (accounts, call) = (self.accounts.clone(), self.system());
            self.db.store.write(move |tx| accounts.grant(tx, &call, id, role, department)).await.unwrap();
        }
        id
    }

    /// An access token of a new session.
    pub async fn token(&self, login: &str) -> String {
        let opened = self.log_in(login, PASSWORD).await;
        assert_eq!(opened.status, 201, "{}", opened.body);
        opened.text("accessToken")
    }

    pub async fn log_in(&self, login: &str, password: &str) -> Answered {
        self.post("/api/v1/sessions", "", json!({"login": login, "password": password})).await
    }

    pub async fn get(&self, path: &str, token: &str) -> Answered {
        self.send(Method::GET, path, token, None, &[]).await
    }

    pub async fn post(&self, path: &str, token: &str, body: Value) -> Answered {
        self.send(Method::POST, path, token, Some(body), &[]).await
    }

    pub async fn delete(&self, path: &str, token: &str) -> Answered {
        self.send(Method::DELETE, path, token, None, &[("if-match", "*")]).await
    }

    pub async fn put(&self, path: &str, token: &str, body: Value) -> Answered {
        self.send(Method::PUT, path, token, Some(body), &[("if-match", "*")]).await
    }

    pub async fn send(
        &self,
        method: Method,
        path: &str,
        token: &str,
        body: Option<Value>,
        headers: &[(&str, &str)],
    ) -> Answered {
        let mut request = TestRequest::default().method(method).uri(path).peer_addr(peer("192.0.2.1:1000"));
        if let Some(body) = body {
            request = request.set_json(body);
        }
        self.perform(&self.door, with(request, token, headers)).await
    }

    /// A form, as OAuth sends it.
    pub async fn form(&self, fields: &[(&str, &str)], headers: &[(&str, &str)]) -> Answered {
        let request = TestRequest::post().uri("/oauth/token").peer_addr(peer("192.0.2.1:1000")).set_form(fields);
        self.perform(&self.door, with(request, "", headers)).await
    }

    pub async fn perform(&self, door: &Door, request: TestRequest) -> Answered {
        let accounts = if std::ptr::eq(door, &self.door) { self.accounts.clone() } else { self.another().await.0 };
        let app = init_service(http::app(door, |config| {
            config.app_data(web::Data::new(accounts));
            http::api(config, |api| {
                api.configure(accounts::routes);
            });
            config.configure(accounts::root_routes);
        }))
        .await;
        let response = call_service(&app, request.to_request()).await;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let bytes = to_bytes(response.into_body()).await.unwrap();
        // What is no JSON (the figures) is not looked at here.
        let body = serde_json::from_slice(&bytes).unwrap_or_default();
        Answered { status, headers, body }
    }

    /// How often an event stands in the journal.
    pub fn events(&self, name: &str) -> usize {
        self.db.texts(&format!("SELECT event AS value FROM journal WHERE event = '{name}'")).len()
    }
}

fn with(mut request: TestRequest, token: &str, headers: &[(&str, &str)]) -> TestRequest {
    if !token.is_empty() {
        request = request.insert_header(("authorization", format!("Bearer {token}")));
    }
    for header in headers {
        request = request.insert_header(*header);
    }
    request
}

pub fn peer(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

async fn open(db: &TestDb, clock: &Clock, keys: &Arc<Keyring>, departments: Departments) -> Accounts {
    let setup = accounts::Setup {
        keys: keys.clone(),
        issuer: "https://service.example".into(),
        audience: "https://service.example/api/v1".into(),
        roles: Arc::new(Roles::embedded().unwrap()),
        tree: Arc::new(departments),
        // Weak, so that tests are quick; password.rs tests the strength.
        strength: Strength { memory: 64, passes: 1, lanes: 1 },
        sessions: SessionPolicy::default(),
    };
    Accounts::open(&db.store, clock, setup).await.unwrap()
}

fn door(db: &TestDb, clock: &Clock, keys: &Arc<Keyring>, accounts: &Accounts, limits: Limits) -> Door {
    Door::new(http::Setup {
        store: db.store.clone(),
        clock: clock.clone(),
        authenticate: Arc::new(Authenticator::new(accounts.clone(), db.store.clone(), clock.clone())),
        keys: keys.clone(),
        lag: Arc::new(|_| Ok(Lag::default())),
        limits,
        lang: Lang::En,
        about: about(),
    })
    .unwrap()
}

pub fn about() -> About {
    let tag = |name: &str| (name.to_owned(), "Described.".to_owned());
    let text = |text: &str| text.to_owned();
    About {
        title: text("Test"),
        description: text("Test."),
        contact: Contact { name: text("Test"), email: text("a@example.org"), url: text("https://example.org") },
        tags: vec![tag("accounts"), tag("staff"), tag("clients")],
    }
}

fn departments(db: &TestDb) -> Departments {
    let [agency, department, other_agency] = std::array::from_fn(|_| DepartmentId::new());
    db.execute("INSERT INTO jurisdictions (code, definition, version) VALUES ('test', '{}', 1)");
    for (id, code, parent, root) in [
        (agency, "a", "NULL".to_owned(), agency),
        (department, "b", format!("'{agency}'"), agency),
        (other_agency, "c", "NULL".to_owned(), other_agency),
    ] {
        db.execute(&format!(
            "INSERT INTO departments (id, jurisdiction, code, parent_id, agency_id, names, version) \
             VALUES ('{id}', 'test', '{code}', {parent}, '{root}', '{{}}', 1)"
        ));
    }
    Departments { agency, department, other_agency }
}
