//! What is offered is what is done: `availableActions` and the verbs answer alike.

use serde_json::{Value, json};

use crate::world::{Answer, Who, World, forms};

const FOOD: (&str, &str) = ("cn-110101", "market-supervision-food");

fn licence() -> Value {
    forms::licence(forms::WHOLE)
}

async fn filed(world: &World, who: &Who, body: &Value) -> String {
    world.file(who, body).await.expect(201).text("/id")
}

async fn case_of(world: &World, who: &Who, id: &str) -> Answer {
    world.get(who, &format!("/api/v1/cases/{id}")).await.expect(200)
}

fn offered(case: &Answer, action: &str) -> Option<Value> {
    let actions = case.json["availableActions"].as_array().unwrap();
    actions.iter().find(|a| a["action"] == action).cloned()
}

/// Every verb of a supervisor with a body that it takes.
fn verbs() -> Vec<(&'static str, &'static str, Value)> {
    vec![
        ("accept", "acceptance", json!({})),
        ("reject", "rejection", json!({ "kind": "not_needed", "reasons": "No licence is needed." })),
        ("request_correction", "correction", json!({ "notice": "Something is missing." })),
        ("claim", "claim", json!({})),
        ("suspend", "suspension", json!({ "reason": "inspection" })),
        ("extend", "extension", json!({ "reasons": "Much to read." })),
        ("decide", "decision", json!({ "outcome": "granted" })),
        ("deliver", "delivery", json!({ "method": "counter" })),
        ("close", "closure", json!({})),
        ("terminate", "termination", json!({ "referral": "The next district." })),
    ]
}

/// No verb that is not offered does anything.
async fn what_is_not_offered_is_refused(world: &World, who: &Who, id: &str) {
    for (action, verb, body) in verbs() {
        let case = case_of(world, who, id).await;
        if offered(&case, action).is_none() {
            let refused = world.act(who, id, verb, &body).await;
            assert!([403, 409].contains(&refused.status), "{action} at {}: {}", case.text("/stage"), refused.json);
        }
    }
}

#[actix_web::test]
async fn no_verb_does_what_was_not_offered() {
    let world = World::new().await;
    let (citizen, supervisor) = (world.citizen().await, world.staff("supervisor", Some(FOOD)).await);
    let id = filed(&world, &citizen, &licence()).await;
    let way = ["claim", "request_correction", "", "accept", "extend", "decide", "deliver", "close"];
    for next in way {
        what_is_not_offered_is_refused(&world, &supervisor, &id).await;
        let Some((action, verb, body)) = verbs().into_iter().find(|(action, ..)| *action == next) else {
            world.act(&citizen, &id, "supplement", &json!({ "materials": ["application"] })).await.expect(200);
            continue;
        };
        assert!(offered(&case_of(&world, &supervisor, &id).await, action).is_some(), "{action} is not offered");
        world.act(&supervisor, &id, verb, &body).await.expect(200);
    }
    what_is_not_offered_is_refused(&world, &supervisor, &id).await;
    world.deliver().await;
    let delivered = world.db.texts("SELECT id AS value FROM journal WHERE event = 'case.delivered'");
    assert_eq!(delivered.len(), 1);
}

#[actix_web::test]
async fn an_extension_is_offered_until_the_statutory_term_is_over() {
    let world = World::new().await;
    let (citizen, supervisor) = (world.citizen().await, world.staff("supervisor", Some(FOOD)).await);
    let id = filed(&world, &citizen, &licence()).await;
    world.act(&supervisor, &id, "acceptance", &json!({})).await.expect(200);
    // 20 working days from Thursday 02-05 end with Wednesday 03-11, 24:00 in Shanghai.
    world.set("2026-03-11T15:59:59Z");
    assert!(offered(&case_of(&world, &supervisor, &id).await, "extend").is_some());
    world.set("2026-03-11T16:00:00Z");
    assert!(offered(&case_of(&world, &supervisor, &id).await, "extend").is_none());
    let late = world.act(&supervisor, &id, "extension", &json!({ "reasons": "Much to read." })).await;
    assert_eq!(late.expect(409).code(), "term_over");
    world.deliver().await;
}

#[actix_web::test]
async fn an_item_that_finishes_by_closure_offers_a_decision_and_can_do_without() {
    let world = World::new().await;
    let crew = world.staff("supervisor", Some(("us-la", "OCB"))).await;
    let report = json!({
        "jurisdiction": "us-la", "serviceItem": "Graffiti Removal", "disclosure": "not_disclosed", "form": {}
    });
    let officer = world.staff("officer", Some(("us-la", "OCB"))).await;
    for decided in [true, false] {
        let id = filed(&world, &officer, &report).await;
        world.act(&crew, &id, "acceptance", &json!({})).await.expect(200);
        let case = case_of(&world, &crew, &id).await;
        assert!(offered(&case, "decide").is_some() && offered(&case, "close").is_some(), "{}", case.json);
        if decided {
            world.act(&crew, &id, "decision", &json!({ "outcome": "completed" })).await.expect(200);
            assert!(offered(&case_of(&world, &crew, &id).await, "deliver").is_none(), "there is no term to deliver in");
        }
        world.act(&crew, &id, "closure", &json!({})).await.expect(200);
    }
    world.deliver().await;
}

#[actix_web::test]
async fn what_only_some_kinds_and_outcomes_need_is_told_beforehand() {
    let world = World::new().await;
    let (citizen, supervisor) = (world.citizen().await, world.staff("supervisor", Some(FOOD)).await);
    let id = filed(&world, &citizen, &licence()).await;
    let reject = offered(&case_of(&world, &supervisor, &id).await, "reject").unwrap();
    assert_eq!(reject["requires"], json!(["kind", "reasons"]));
    let kinds = json!(["not_competent", "out_of_scope", "duplicate"]);
    assert_eq!(reject["requiresWhen"], json!([{ "member": "referral", "when": "kind", "isOneOf": kinds }]));
    world.act(&supervisor, &id, "acceptance", &json!({})).await.expect(200);
    let decide = offered(&case_of(&world, &supervisor, &id).await, "decide").unwrap();
    assert_eq!(decide["requires"], json!(["outcome"]));
    let of = |member: &str| json!({ "member": member, "when": "outcome", "isOneOf": ["refused"] });
    assert_eq!(decide["requiresWhen"], json!([of("reasons"), of("appealRoute")]));
    world.deliver().await;
}

#[actix_web::test]
async fn closing_too_early_names_the_step_that_comes_first() {
    let world = World::new().await;
    let (citizen, supervisor) = (world.citizen().await, world.staff("supervisor", Some(FOOD)).await);
    let id = filed(&world, &citizen, &licence()).await;
    world.act(&supervisor, &id, "acceptance", &json!({})).await.expect(200);
    for (missing, verb, body) in [
        ("decide", "decision", json!({ "outcome": "granted" })),
        ("deliver", "delivery", json!({ "method": "counter" })),
    ] {
        let early = world.act(&supervisor, &id, "closure", &json!({})).await.expect(409);
        assert_eq!(early.code(), "step_missing");
        assert!(early.text("/detail").starts_with(&format!("The step {missing} has to come first.")), "{}", early.json);
        world.act(&supervisor, &id, verb, &body).await.expect(200);
    }
    world.act(&supervisor, &id, "closure", &json!({})).await.expect(200);
    world.deliver().await;
}

#[actix_web::test]
async fn a_case_is_given_only_to_who_works_on_cases_of_its_department() {
    let world = World::new().await;
    let (citizen, supervisor) = (world.citizen().await, world.staff("supervisor", Some(FOOD)).await);
    let id = filed(&world, &citizen, &licence()).await;
    let elsewhere = ("cn-110101", "government-office-information");
    for (role, place, status) in [
        ("auditor", None, 409),
        ("hotline_agent", None, 409),
        ("officer", Some(elsewhere), 409),
        ("officer", Some(FOOD), 200),
    ] {
        let who = world.staff(role, place).await;
        let account = world.get(&who, "/api/v1/accounts/me").await.expect(200).text("/id");
        let ask = world.ask(Some(&supervisor), "PUT", &format!("/api/v1/cases/{id}/assignment")).if_match("*");
        let answer = ask.body(&json!({ "assignee": account })).send().await.expect(status);
        if status == 409 {
            assert_eq!(answer.code(), "assignee_elsewhere", "{role}");
        }
    }
    world.deliver().await;
}

#[actix_web::test]
async fn a_case_goes_back_to_its_department_only_by_an_assignee_that_is_null() {
    let world = World::new().await;
    let (citizen, supervisor) = (world.citizen().await, world.staff("supervisor", Some(FOOD)).await);
    let id = filed(&world, &citizen, &licence()).await;
    world.act(&supervisor, &id, "claim", &json!({})).await.expect(200);
    let assign = async |body: Value| {
        let ask = world.ask(Some(&supervisor), "PUT", &format!("/api/v1/cases/{id}/assignment")).if_match("*");
        ask.body(&body).send().await
    };
    let refused = assign(json!({})).await.expect(400);
    let told = (refused.text("/errors/0/pointer"), refused.text("/errors/0/code"));
    assert_eq!(told, ("/assignee".into(), "required".into()));
    assert!(!case_of(&world, &supervisor, &id).await.json["assignee"].is_null(), "it stays with its officer");
    assert!(assign(json!({ "assignee": null })).await.expect(200).json["assignee"].is_null());
    world.deliver().await;
}
