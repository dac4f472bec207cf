//! The access matrix, walked off the OpenAPI document: every operation states its permission; nobody in particular gets
//! 401; a token with everything but that permission gets 403; a token with only it gets neither.

use std::collections::BTreeMap;

use gcrm::access::{Permission, Roles};
use serde_json::{Value, json};

use crate::world::{Who, World};

/// Operations that are public, each for the reason in its signature. This list may only shrink.
const PUBLIC: &[&str] = &[
    "createAnonymousCase",
    "getClientToken",
    "getDepartment",
    "getJurisdiction",
    "getJwks",
    "getLiveness",
    "getOpenApi",
    "getProblemKind",
    "getReadiness",
    "getServiceItem",
    "getServiceItemStatistics",
    "listDepartments",
    "listJurisdictions",
    "listServiceItems",
    "logIn",
    "refreshSession",
    "registerAccount",
];

struct Operation {
    id: String,
    method: String,
    path: String,
    needs: Vec<Permission>,
    has_body: bool,
}

fn operations() -> Vec<Operation> {
    let document = gcrm::http::document(&gcrm::app::about(), gcrm::app::document_routes);
    let mut found = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        // Paths stand below the document's server, unless they name their own.
        let base = if methods.get("servers").is_some() { "" } else { "/api/v1" };
        for (method, operation) in methods.as_object().unwrap() {
            let Some(id) = operation.get("operationId").and_then(Value::as_str) else { continue };
            let needs = match &operation["x-permission"] {
                Value::Null => Vec::new(),
                Value::String(one) => vec![one.parse().unwrap()],
                Value::Array(any) => any.iter().map(|p| p.as_str().unwrap().parse().unwrap()).collect(),
                other => panic!("{id}: x-permission {other}"),
            };
            let has_body = operation.get("requestBody").is_some();
            let path = filled(&format!("{base}{path}"));
            found.push(Operation { id: id.to_owned(), method: method.to_uppercase(), path, needs, has_body });
        }
    }
    assert!(found.len() > 60, "{} operations", found.len());
    found
}

/// A path with ids that read and exist nowhere.
fn filled(path: &str) -> String {
    path.split('/').map(|part| if part.starts_with('{') { "nowhere" } else { part }).collect::<Vec<_>>().join("/")
}

async fn status(world: &World, who: Option<&Who>, operation: &Operation) -> u16 {
    let mut ask = world.ask(who, &operation.method, &operation.path);
    if operation.has_body {
        ask = ask.body(&json!({}));
    }
    ask.send().await.status
}

/// The roles of the service, and for each permission one that has nothing else and one that has everything else.
fn roles() -> Roles {
    let mut text = include_str!("../../config/roles.toml").to_owned();
    for permission in Permission::ALL {
        let others = Permission::ALL.iter().filter(|p| *p != permission).map(|p| format!("\"{p}\" = \"all\"\n"));
        let name = permission.code().replace([':', '-'], "_");
        let head = "names = { zh-CN = \"合成\", en = \"Synthetic\" }\nheld = \"platform\"\n";
        text.push_str(&format!("[role.only_{name}]\n{head}[role.only_{name}.may]\n\"{permission}\" = \"all\"\n"));
        text.push_str(&format!("[role.but_{name}]\n{head}[role.but_{name}.may]\n{}", others.collect::<String>()));
    }
    Roles::parse("test", &text).unwrap()
}

/// Staff with exactly the permission, and with exactly all others. An operation that needs one of two permissions is tried
/// without both by whoever holds only a third.
struct Holders(BTreeMap<Permission, (Who, Who)>);

async fn holders(world: &World) -> Holders {
    let mut all = BTreeMap::new();
    for permission in Permission::ALL {
        let name = permission.code().replace([':', '-'], "_");
        let only = world.staff(&format!("only_{name}"), None).await;
        let but = world.staff(&format!("but_{name}"), None).await;
        all.insert(*permission, (only, but));
    }
    Holders(all)
}

#[actix_web::test]
async fn every_operation_states_a_permission_or_stands_in_the_list_of_public_ones() {
    let public: Vec<_> = operations().into_iter().filter(|o| o.needs.is_empty()).map(|o| o.id).collect();
    let mut public = public;
    public.sort();
    assert_eq!(public, PUBLIC);
}

#[actix_web::test]
async fn nobody_in_particular_gets_401_from_every_guarded_operation() {
    let world = World::new().await;
    for operation in operations().iter().filter(|o| !o.needs.is_empty()) {
        assert_eq!(status(&world, None, operation).await, 401, "{}", operation.id);
    }
    world.deliver().await;
}

#[actix_web::test]
async fn a_token_with_everything_but_the_permission_gets_403_and_one_with_only_it_is_let_in() {
    let world = World::with_roles("2026-02-05T01:30:00Z", roles()).await;
    let Holders(holders) = holders(&world).await;
    let system = world.system(("cn-110101", "market-supervision"), &[Permission::EventRead]).await;
    for operation in operations().iter().filter(|o| !o.needs.is_empty()) {
        let without = match operation.needs.as_slice() {
            // Every person has this for their own account; a system never has.
            [Permission::AccountSelf] => &system,
            [one] => &holders[one].1,
            several => &holders.iter().find(|(p, _)| !several.contains(p)).unwrap().1.0,
        };
        assert_eq!(status(&world, Some(without), operation).await, 403, "{} without its permission", operation.id);
        for need in &operation.needs {
            let status = status(&world, Some(&holders[need].0), operation).await;
            assert!(status != 401 && status != 403, "{} with only {need}: {status}", operation.id);
        }
    }
    world.deliver().await;
}
