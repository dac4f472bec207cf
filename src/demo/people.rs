//! The demonstration's people: obviously synthetic, with generated passwords that are shown once.

use std::sync::Arc;

use aws_lc_rs::rand;
use data_encoding::BASE32_NOPAD;
use secrecy::SecretString;

use crate::access::{Actor, Call, Permission};
use crate::accounts::{
    AdminKind, Another, Chosen, DisplayName, Login, NewAccount, NewClient, NewPassword, PasswordHash,
};
use crate::app::App;
use crate::catalogue::{DepartmentCode, JurisdictionCode};
use crate::customers::NewCustomer;
use crate::error::Failure;
use crate::ids::DepartmentId;
use crate::localized::Lang;
use crate::store::{Tx, meta};

/// Set once the people are there.
const DONE: &str = "demo:people";

/// The login of the demonstration's citizen.
pub const CITIZEN: &str = "citizen.one";

/// The login of the agency administrator who registers the demonstration's system.
const AGENCY_ADMIN: &str = "market.admin";

/// Who can log in, and how; shown once.
#[derive(Clone, Debug)]
pub struct Credential {
    /// What they are.
    pub what: String,
    /// Login, or client id.
    pub login: String,
    /// Password, or client secret.
    pub password: String,
}

/// A staff member: login, role, where (jurisdiction, department; none: on the platform).
struct Post {
    login: String,
    role: &'static str,
    place: Option<(&'static str, String)>,
}

/// A person of the demonstration before the transaction: everything slow is done.
struct Person {
    post: Option<Post>,
    account: NewAccount,
    credential: Credential,
}

const CN: &str = "cn-110101";
const LA: &str = "us-la";

/// The login of a bureau's import officer.
pub fn bureau_login(owner: &str) -> String {
    format!("la.{}", owner.to_lowercase())
}

fn posts(owners: &[String]) -> Vec<Post> {
    let post = |login: &str, role, place: Option<(&'static str, &str)>| Post {
        login: login.to_owned(),
        role,
        place: place.map(|(jurisdiction, code)| (jurisdiction, code.to_owned())),
    };
    let mut posts = vec![
        post("demo.auditor", "auditor", None),
        post("demo.hotline", "hotline_agent", None),
        post("food.officer", "officer", Some((CN, "market-supervision-food"))),
        post("food.clerk", "import_officer", Some((CN, "market-supervision-food"))),
        post("food.supervisor", "supervisor", Some((CN, "market-supervision-food"))),
        post(AGENCY_ADMIN, "agency_administrator", Some((CN, "market-supervision"))),
        post("info.officer", "officer", Some((CN, "government-office-information"))),
        post("info.supervisor", "supervisor", Some((CN, "government-office-information"))),
        post("dispatch.officer", "officer", Some((CN, "hotline-12345-dispatch"))),
    ];
    let bureaus = owners.iter().map(|owner| Post {
        login: bureau_login(owner),
        role: "import_officer",
        place: Some((LA, owner.clone())),
    });
    posts.extend(bureaus);
    posts
}

/// A password of 100 random bits.
fn password() -> Result<String, Failure> {
    let mut bytes = [0_u8; 15];
    rand::fill(&mut bytes).map_err(Failure::internal)?;
    let text = BASE32_NOPAD.encode(&bytes).to_lowercase();
    let groups: Vec<String> = text.as_bytes().chunks(6).map(|c| String::from_utf8_lossy(c).into_owned()).collect();
    Ok(groups.join("-"))
}

async fn person(app: &App, login: &str, what: String, post: Option<Post>) -> Result<Person, Failure> {
    let wrong = |e: crate::error::FieldError| Failure::Invalid(vec![e]);
    let password = password()?;
    let name = Login::parse(login).map_err(wrong)?;
    let new = NewPassword::parse(&SecretString::from(password.clone()), &name, "/password").map_err(wrong)?;
    let hash: PasswordHash = app.accounts.hasher().hash(new).await?;
    let account = NewAccount {
        login: name,
        display_name: DisplayName::parse(&format!("Demo {login}")).map_err(wrong)?,
        password: hash,
        chosen: Chosen::ByOwner,
        locale: Lang::ZhCn,
    };
    Ok(Person { post, account, credential: Credential { what, login: login.to_owned(), password } })
}

/// Creates the people once; gives their credentials the first time, none later.
///
/// # Errors
/// The database being away.
pub async fn ensure(app: &App, owners: &[String]) -> Result<Vec<Credential>, Failure> {
    if app.store.read(|db| meta::get(db, DONE)).await?.is_some() {
        return Ok(Vec::new());
    }
    let mut staff = Vec::new();
    for post in posts(owners) {
        let (login, what) = (post.login.clone(), post.role.replace('_', " "));
        staff.push(person(app, &login, what, Some(post)).await?);
    }
    let system = person(app, "demo.system", "system administrator".into(), None).await?;
    let security = person(app, "demo.security", "security administrator".into(), None).await?;
    let citizen = person(app, CITIZEN, "citizen".into(), None).await?;
    let enterprise = person(app, "enterprise.one", "enterprise representative".into(), None).await?;
    let people = Arc::new(People { staff, system, security, citizen, enterprise });
    let (inside, app) = (people.clone(), app.clone());
    let store = app.store.clone();
    let client = store
        .write(move |tx| {
            let client = inside.create(tx, &app)?;
            meta::put(tx, DONE, "yes");
            Ok(tx.unrecorded("everybody has their own fact", client))
        })
        .await?;
    Ok(people.credentials(client))
}

struct People {
    staff: Vec<Person>,
    system: Person,
    security: Person,
    citizen: Person,
    enterprise: Person,
}

impl People {
    fn create(&self, tx: &mut Tx<'_>, app: &App) -> Result<Credential, Failure> {
        let call = Call::system(app.clock.now());
        for (kind, person) in [(AdminKind::System, &self.system), (AdminKind::Security, &self.security)] {
            let _ = app.accounts.create_admin(tx, &call, kind, &person.account, Another::Refuse)?;
        }
        let granting = acting(tx, app, &self.security)?;
        for person in &self.staff {
            let Some(post) = &person.post else { continue };
            let department = post.place.as_ref().map(|(j, code)| department(app, j, code)).transpose()?;
            let agency = department.and_then(|d| app.tree.agency_of(d));
            let created = app.accounts.create_staff(tx, &granting, &person.account, agency)?;
            let _ = app.accounts.grant(tx, &granting, *created.value(), post.role, department)?;
        }
        self.customers(tx, app, &call)?;
        self.client(tx, app, &granting)
    }

    fn customers(&self, tx: &mut Tx<'_>, app: &App, call: &Call) -> Result<(), Failure> {
        let cards = [(&self.citizen, citizen_card()), (&self.enterprise, enterprise_card())];
        for (person, card) in cards {
            let _ = app.accounts.create_citizen(tx, call, &person.account)?;
            let own = acting(tx, app, person)?;
            let new: NewCustomer = serde_json::from_value(card).map_err(Failure::internal)?;
            let _ = app.customers.register(tx, &own, &new.check(Lang::ZhCn, call.now)?)?;
        }
        Ok(())
    }

    /// Registered by the agency, approved by the platform, as it is done in earnest.
    fn client(&self, tx: &mut Tx<'_>, app: &App, granting: &Call) -> Result<Credential, Failure> {
        let admin = self.staff.iter().find(|person| person.credential.login == AGENCY_ADMIN);
        let admin = admin.ok_or_else(|| Failure::internal("the demonstration has no agency administrator"))?;
        let registering = acting(tx, app, admin)?;
        let new = NewClient {
            name: "Demonstration follower".to_owned(),
            agency: department(app, CN, "market-supervision")?,
            scopes: vec![Permission::EventRead, Permission::CaseRead, Permission::CaseList],
        };
        let created = app.accounts.create_client(tx, &registering, &new)?;
        let (client, secret) = created.value();
        let _ = app.accounts.activate_client(tx, granting, client.id, None)?;
        Ok(Credential {
            what: "client (event:read case:read case:list)".to_owned(),
            login: client.id.to_string(),
            password: secret.expose().to_owned(),
        })
    }

    fn credentials(&self, client: Credential) -> Vec<Credential> {
        let people = [&self.system, &self.security, &self.citizen, &self.enterprise].into_iter().chain(&self.staff);
        people.map(|p| p.credential.clone()).chain([client]).collect()
    }
}

fn acting(tx: &mut Tx<'_>, app: &App, person: &Person) -> Result<Call, Failure> {
    let (_, actor): (_, Arc<Actor>) = app.accounts.acting(tx, &person.account.login)?;
    Ok(Call::new(actor, app.clock.now()))
}

fn department(app: &App, jurisdiction: &str, code: &str) -> Result<DepartmentId, Failure> {
    let jurisdiction: JurisdictionCode = jurisdiction.parse().map_err(Failure::internal)?;
    let code: DepartmentCode = code.parse().map_err(Failure::internal)?;
    let found = app.tree.by_code(&jurisdiction, &code);
    found.map(|d| d.id).ok_or_else(|| Failure::internal(format!("no department {code}")))
}

fn citizen_card() -> serde_json::Value {
    serde_json::json!({
        "name": "演示公民甲",
        "details": { "kind": "individual", "birthDate": "1900-01-01" },
        "preferredLanguage": "zh-CN",
        "preferredChannel": "email",
        "identifiers": [{ "scheme": "resident_id", "value": "110101190001010014" }],
        "contactPoints": [{ "contact": { "kind": "email", "value": "citizen.one@example.org" }, "preferred": true }]
    })
}

fn enterprise_card() -> serde_json::Value {
    serde_json::json!({
        "name": "Demo Enterprise One",
        "details": { "kind": "enterprise" },
        "preferredLanguage": "en",
        "preferredChannel": "email",
        "identifiers": [{ "scheme": "credit_code", "value": "91110101MA0000007T" }],
        "contactPoints": [{ "contact": { "kind": "email", "value": "enterprise.one@example.org" }, "preferred": true }]
    })
}
