//! Customers: sealed, masked, unique when verified, reached by few.

mod change;
mod contacts;
mod http;
mod identifiers;

use std::sync::Arc;

use futures_util::future::join;
use gcrm::access::{Bearer, Call, Post, Roles};
use gcrm::agencies::Tree;
use gcrm::clock::Timestamp;
use gcrm::customers::identifier::Scheme;
use gcrm::customers::*;
use gcrm::error::{Code, Failure};
use gcrm::ids::{AccountId, ContactId, CustomerId, DepartmentId, IdentifierId, SessionId};
use gcrm::localized::Lang;
use gcrm::seal::{KeyFile, Keyring};
use gcrm::store::{Recorded, Tx};
use serde_json::{Value, json};

use crate::world::db::{TestDb, fresh_database};

/// Synthetic: born 1900-01-01, in no register.
const NUMBER: &str = "110101190001010014";
const MASK: &str = "110101********0014";

/// Remembers what was linked.
#[derive(Default)]
struct Links(std::sync::Mutex<Vec<(AccountId, CustomerId)>>);

impl AccountLinks for Links {
    fn link(&self, _: &mut Tx<'_>, _: &Call, account: AccountId, customer: CustomerId) -> Result<(), Failure> {
        self.0.lock().unwrap().push((account, customer));
        Ok(())
    }
}

struct World {
    db: TestDb,
    customers: Customers,
    links: Arc<Links>,
}

fn now() -> Timestamp {
    "2026-02-12T01:30:00Z".parse().unwrap()
}

fn world() -> World {
    world_with(Keyring::generate().unwrap())
}

fn world_with(keys: Keyring) -> World {
    let links = Arc::new(Links::default());
    let customers = Customers::new(Arc::new(keys), links.clone());
    World { db: fresh_database(), customers, links }
}

fn call(bearer: &Bearer) -> Call {
    let actor = Roles::embedded().unwrap().actor(bearer, &Tree::default());
    Call::new(Arc::new(actor), now())
}

fn citizen(customer: Option<CustomerId>) -> Call {
    call(&Bearer::Citizen { account: AccountId::new(), session: SessionId::new(), customer })
}

fn staff(role: &str) -> Call {
    let department = (role != "auditor").then(DepartmentId::new);
    let posts = vec![Post { role: role.to_owned(), department }];
    call(&Bearer::Staff { account: AccountId::new(), session: SessionId::new(), posts })
}

fn person(number: &str) -> Value {
    json!({
        "name": "样例甲",
        "details": { "kind": "individual", "birthDate": "1900-01-01" },
        "preferredChannel": "email",
        "identifiers": [{ "scheme": "resident_id", "value": number }],
        "contactPoints": [
            { "contact": { "kind": "email", "value": "sample.person@example.org" } },
            { "contact": { "kind": "mobile", "value": "13800000000" } },
        ],
    })
}

impl World {
    async fn write<T: Send + 'static>(
        &self,
        call: &Call,
        work: impl Fn(&Customers, &mut Tx<'_>, &Call) -> Result<Recorded<T>, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        let (customers, call) = (self.customers.clone(), call.clone());
        self.db.store.write(move |tx| work(&customers, tx, &call)).await
    }

    async fn register(&self, call: &Call, new: Value) -> Result<CustomerView, Failure> {
        let new: NewCustomer = serde_json::from_value(new).unwrap();
        let new = new.check(Lang::ZhCn, now())?;
        self.write(call, move |customers, tx, call| customers.register(tx, call, &new)).await
    }

    /// A citizen who has registered, with their own rights.
    async fn registered(&self, number: &str) -> (Call, CustomerView) {
        let view = self.register(&citizen(None), person(number)).await.unwrap();
        (citizen(Some(view.id)), view)
    }

    async fn get(&self, call: &Call, id: CustomerId) -> Result<CustomerView, Failure> {
        let (customers, call) = (self.customers.clone(), call.clone());
        self.db.store.read(move |db| customers.get(db, &call, id)).await
    }

    async fn patch(
        &self,
        call: &Call,
        id: CustomerId,
        expected: Option<i64>,
        patch: Value,
    ) -> Result<CustomerView, Failure> {
        self.write(call, move |customers, tx, call| {
            customers.change(tx, call, id, expected, &serde_json::from_value(patch.clone()).unwrap())
        })
        .await
    }

    async fn add_identifier(
        &self,
        call: &Call,
        id: CustomerId,
        scheme: &str,
        value: &str,
    ) -> Result<CustomerView, Failure> {
        let new = NewIdentifier { scheme: scheme.parse().unwrap(), value: value.to_owned() };
        let added = self.write(call, move |customers, tx, call| customers.add_identifier(tx, call, id, &new)).await;
        added.map(|(_, view)| view)
    }

    async fn verify(&self, call: &Call, view: &CustomerView) -> Result<CustomerView, Failure> {
        let (id, identifier) = (view.id, view.identifiers[0].id);
        self.write(call, move |customers, tx, call| customers.verify_identifier(tx, call, id, identifier, None)).await
    }

    async fn add_contact(&self, call: &Call, id: CustomerId, new: Value) -> Result<(ContactId, CustomerView), Failure> {
        self.write(call, move |customers, tx, call| {
            customers.add_contact(tx, call, id, &serde_json::from_value(new.clone()).unwrap())
        })
        .await
    }

    async fn search(&self, call: &Call, value: &str) -> Result<CustomerMatches, Failure> {
        let (customers, call) = (self.customers.clone(), call.clone());
        let query = IdentifierQuery { scheme: Scheme::ResidentId, value: value.to_owned() };
        self.db.store.read(move |db| customers.search(db, &call, &query)).await.map(|(found, _)| found)
    }

    /// Everything that the tables of this room and the journal hold, as texts.
    fn everything(&self) -> String {
        let columns = [
            ("customers", "id || kind || name || name_folded || details || preferred_language || preferred_channel"),
            ("identifiers", "id || scheme || sealed || blind_index || COALESCE(verified_index, '') || masked"),
            ("contact_points", "id || kind || sealed || masked"),
            ("journal", "event || COALESCE(subject, '') || actor || facts || COALESCE(request_id, '')"),
        ];
        let texts = columns
            .iter()
            .flat_map(|(table, columns)| self.db.texts(&format!("SELECT {columns} AS value FROM {table}")));
        texts.collect()
    }
}

fn with_reason(mut call: Call) -> Call {
    call.reason = Some("counter visit".to_owned());
    call
}

fn refusal<T: std::fmt::Debug>(result: Result<T, Failure>) -> Code {
    result.unwrap_err().code()
}

fn first_error<T: std::fmt::Debug>(result: Result<T, Failure>) -> (String, String) {
    match result {
        Err(Failure::Invalid(errors)) => (errors[0].pointer.clone(), errors[0].code.clone()),
        other => panic!("{other:?}"),
    }
}

#[actix_web::test]
async fn who_registers_sees_themselves_whole_but_for_the_middle_of_identifiers() {
    let world = world();
    let (me, registered) = world.registered(NUMBER).await;
    let seen = serde_json::to_value(world.get(&me, registered.id).await.unwrap()).unwrap();
    assert_eq!(seen, serde_json::to_value(&registered).unwrap());
    assert_eq!(seen["identifiers"][0]["masked"], MASK);
    assert_eq!(seen["details"], json!({ "kind": "individual", "birthDate": "1900-01-01" }));
    assert_eq!(seen["contactPoints"][0]["contact"]["value"], "sample.person@example.org");
    assert_eq!(seen["contactPoints"][0]["masked"], "s***@example.org");
    assert_eq!((seen["preferredLanguage"].as_str(), seen["version"].as_i64()), (Some("zh-CN"), Some(1)));
    assert!(!seen.to_string().contains(NUMBER));
}

#[actix_web::test]
async fn a_citizen_is_linked_to_the_customer_and_registers_once() {
    let world = world();
    let (me, registered) = world.registered(NUMBER).await;
    assert_eq!(world.links.0.lock().unwrap().iter().map(|(_, c)| *c).collect::<Vec<_>>(), [registered.id]);
    assert_eq!(refusal(world.register(&me, person(NUMBER)).await), Code::AlreadyLinked);
}

#[actix_web::test]
async fn staff_register_others_and_are_linked_to_nobody() {
    let world = world();
    let view = world.register(&staff("officer"), person(NUMBER)).await.unwrap();
    assert_eq!(*world.links.0.lock().unwrap(), []);
    assert_eq!(view.details, CustomerDetails::Individual { birth_date: None });
    assert_eq!(view.contact_points[0].contact, None);
}

#[actix_web::test]
async fn nothing_that_identifies_or_reaches_a_person_is_stored_in_the_clear() {
    let world = world();
    let (me, registered) = world.registered(NUMBER).await;
    let postal = json!({ "contact": { "kind": "postal", "lines": ["Sample Street 1"], "postalCode": "100000", "country": "CN" } });
    world.add_contact(&me, registered.id, postal).await.unwrap();
    world.verify(&staff("officer"), &registered).await.unwrap();
    let mut bytes = world.everything();
    assert!(bytes.contains(MASK) && bytes.contains("样例甲"), "this test reads nothing");
    if let gcrm::store::DatabaseUrl::Sqlite(path) = &world.db.url {
        for file in std::fs::read_dir(path.parent().unwrap()).unwrap() {
            bytes += &String::from_utf8_lossy(&std::fs::read(file.unwrap().path()).unwrap());
        }
    }
    for secret in [NUMBER, "sample.person", "13800000000", "1900-01-01", "Sample Street"] {
        assert!(!bytes.contains(secret), "{secret}");
    }
}

#[actix_web::test]
async fn a_sealed_value_opens_in_its_own_row_only() {
    let world = world();
    let (me, registered) = world.registered(NUMBER).await;
    let (_, other) = world.registered("110101190001010022").await;
    let of = |view: &CustomerView| view.contact_points[0].id;
    world.db.execute(&format!(
        "UPDATE contact_points SET sealed = (SELECT sealed FROM contact_points WHERE id = '{}') WHERE id = '{}'",
        of(&other),
        of(&registered),
    ));
    assert_eq!(refusal(world.get(&me, registered.id).await), Code::Internal);
}

#[actix_web::test]
async fn nobody_but_themselves_and_staff_finds_a_customer() {
    let world = world();
    let (_, registered) = world.registered(NUMBER).await;
    let (stranger, _) = world.registered("110101190001010022").await;
    for call in [citizen(None), stranger.clone()] {
        assert_eq!(refusal(world.get(&call, registered.id).await), Code::NotFound);
        let patched = world.patch(&call, registered.id, None, json!({ "name": "x" })).await;
        assert_eq!(refusal(patched), Code::NotFound);
        let added = world.add_identifier(&call, registered.id, "passport", "E12345678").await;
        assert_eq!(refusal(added), Code::NotFound);
    }
    assert_eq!(refusal(world.get(&stranger, CustomerId::new()).await), Code::NotFound);
}

#[actix_web::test]
async fn staff_see_a_masked_record() {
    let world = world();
    let (_, registered) = world.registered(NUMBER).await;
    let seen = serde_json::to_value(world.get(&staff("officer"), registered.id).await.unwrap()).unwrap();
    assert_eq!(seen["name"], "样**");
    assert_eq!(seen["details"], json!({ "kind": "individual" }));
    assert_eq!(seen["identifiers"][0]["masked"], MASK);
    assert_eq!(seen["contactPoints"][1]["masked"], "138****0000");
    for secret in ["样例甲", "13800000000", "sample.person", "1900"] {
        assert!(!seen.to_string().contains(secret), "{secret}");
    }
}

#[actix_web::test]
async fn staff_change_no_record_of_a_customer() {
    let world = world();
    let (_, registered) = world.registered(NUMBER).await;
    let patched = world.patch(&staff("officer"), registered.id, None, json!({ "name": "x" })).await;
    assert_eq!(refusal(patched), Code::Forbidden);
}

#[actix_web::test]
async fn a_snapshot_stays_as_filed() {
    let world = world();
    let (me, registered) = world.registered(NUMBER).await;
    let (customers, id) = (world.customers.clone(), registered.id);
    let filed = world.db.store.read(move |db| customers.snapshot(db, id)).await.unwrap();
    world.patch(&me, id, None, json!({ "name": "样例乙" })).await.unwrap();
    let kept: ApplicantSnapshot = serde_json::from_value(serde_json::to_value(&filed).unwrap()).unwrap();
    assert_eq!(kept, filed);
    let json = serde_json::to_value(&kept).unwrap();
    assert_eq!(json["name"], "样例甲");
    assert_eq!(json["identifiers"], json!([{ "scheme": "resident_id", "masked": MASK, "verified": false }]));
    assert_eq!(json["contacts"][0], json!({ "kind": "email", "masked": "s***@example.org", "preferred": false }));
    assert_eq!(kept.with_masked_name().name, "样**");
}

#[actix_web::test]
async fn another_room_is_told_the_masked_name() {
    let world = world();
    let (_, person) = world.registered(NUMBER).await;
    let company = json!({ "name": "Sample Company", "details": { "kind": "enterprise" } });
    let company = world.register(&citizen(None), company).await.unwrap();
    let customers = world.customers.clone();
    let names = world.db.store.read(move |db| {
        [person.id, company.id, CustomerId::new()].into_iter().map(|id| customers.addressee(db, id)).collect()
    });
    let names: Vec<Option<Addressee>> = names.await.unwrap();
    let names: Vec<_> = names.into_iter().map(|addressee| addressee.map(|a| a.name)).collect();
    // What an organisation is called is public.
    assert_eq!(names, [Some("样**".into()), Some("Sample Company".into()), None]);
}
