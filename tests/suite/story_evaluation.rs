//! The one evaluation of an ending is the applicant's.

use serde_json::{Value, json};

use crate::world::{Who, World, forms};
use gcrm::access::{Permission, Roles};

const FOOD: (&str, &str) = ("cn-110101", "market-supervision-food");

fn licence(disclosure: &str) -> Value {
    let mut body = forms::licence(forms::WHOLE);
    body["disclosure"] = json!(disclosure);
    body
}

/// A case that was handed in and refused acceptance.
async fn ended(world: &World, who: &Who, body: &Value) -> String {
    let id = world.file(who, body).await.expect(201).text("/id");
    let officer = world.staff("officer", Some(FOOD)).await;
    let refusal = json!({ "kind": "not_needed", "reasons": "No licence is needed for this." });
    world.act(&officer, &id, "rejection", &refusal).await.expect(200);
    id
}

/// Whether the case says that it can be evaluated.
async fn offered(world: &World, who: &Who, id: &str) -> bool {
    let ask = world.ask(Some(who), "GET", &format!("/api/v1/cases/{id}")).header("x-reason", "the caller asks");
    let case = ask.send().await.expect(200);
    case.json["availableActions"].as_array().unwrap().iter().any(|a| a["action"] == "evaluate")
}

#[actix_web::test]
async fn nobody_else_uses_up_the_evaluation_of_a_named_applicant() {
    let world = World::new().await;
    let (citizen, hotline) = (world.citizen().await, world.staff("hotline_agent", None).await);
    let good = json!({ "level": 1, "channel": "phone" });
    let id = ended(&world, &citizen, &licence("named")).await;
    assert!(!offered(&world, &hotline, &id).await);
    world.act(&hotline, &id, "evaluation", &good).await.expect(403);
    // Nor where the agent handed it in for them.
    let mut filed = licence("named");
    filed["customer"] = world.get(&citizen, &format!("/api/v1/cases/{id}")).await.json["customer"].clone();
    let filed = ended(&world, &hotline, &filed).await;
    assert!(!offered(&world, &hotline, &filed).await);
    world.act(&hotline, &filed, "evaluation", &good).await.expect(403);
    for id in [id, filed] {
        assert!(offered(&world, &citizen, &id).await);
        world.act(&citizen, &id, "evaluation", &good).await.expect(201);
    }
    world.deliver().await;
}

#[actix_web::test]
async fn a_hotline_agent_evaluates_by_phone_what_they_took_in_and_names_nobody() {
    let world = World::new().await;
    let (agent, another) = (world.staff("hotline_agent", None).await, world.staff("hotline_agent", None).await);
    let id = ended(&world, &agent, &licence("not_disclosed")).await;
    let good = json!({ "level": 2, "channel": "phone" });
    assert_eq!((offered(&world, &another, &id).await, offered(&world, &agent, &id).await), (false, true));
    world.act(&another, &id, "evaluation", &good).await.expect(403);
    world.act(&agent, &id, "evaluation", &good).await.expect(201);
    assert!(!offered(&world, &agent, &id).await);
    world.deliver().await;
}

#[test]
fn no_system_may_be_given_the_right_to_evaluate() {
    assert!(!Roles::embedded().unwrap().client_rights().contains_key(&Permission::CaseEvaluate));
}
