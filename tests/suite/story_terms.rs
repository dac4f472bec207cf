//! The terms of the law on whole cases: what an extension adds, what a pause takes out, what each kind of matter counts from.
//! The days are those worked out by hand in the design's chapter on the law, with the calendar of 2026.

use serde_json::{Value, json};

use crate::world::{Answer, Who, World, forms};

const FOOD: &str = "market-supervision-food";
const INFORMATION: &str = "government-office-information";
const HOTLINE: &str = "hotline-12345-dispatch";
const PETITIONS: &str = "letters-and-calls-reception";

fn of(item: &str, form: Value) -> Value {
    json!({ "jurisdiction": "cn-110101", "serviceItem": item, "form": form })
}

fn information_request() -> Value {
    of(
        "information-request",
        json!({ "information": "The budget of 2025", "wantedForm": "paper", "handOver": "window" }),
    )
}

/// A case that was just filed, with its applicant and the supervisor of the department.
async fn filed(world: &World, department: &str, body: &Value) -> (Who, Who, String) {
    let (citizen, supervisor) =
        (world.citizen().await, world.staff("supervisor", Some(("cn-110101", department))).await);
    let id = world.file(&citizen, body).await.expect(201).text("/id");
    (citizen, supervisor, id)
}

async fn case_of(world: &World, who: &Who, id: &str) -> Answer {
    world.get(who, &format!("/api/v1/cases/{id}")).await.expect(200)
}

fn clocks(case: &Answer, kind: &str) -> Vec<Value> {
    case.json["clocks"].as_array().unwrap().iter().filter(|c| c["kind"] == kind).cloned().collect()
}

/// The last day of the newest clock of a kind.
async fn due_on(world: &World, who: &Who, id: &str, kind: &str) -> Value {
    clocks(&case_of(world, who, id).await, kind).pop().unwrap_or_else(|| panic!("no {kind} clock"))["dueOn"].clone()
}

async fn accept(world: &World, who: &Who, id: &str) {
    world.act(who, id, "acceptance", &json!({})).await.expect(200);
}

async fn extend(world: &World, who: &Who, id: &str) {
    world.act(who, id, "extension", &json!({ "reasons": "Much to read." })).await.expect(200);
}

#[actix_web::test]
async fn an_extension_adds_to_the_promise_and_to_the_laws_term_alike() {
    // Thursday 02-12: ten working days end with Wednesday 03-04, twenty with 03-18, thirty with 04-01.
    let world = World::at("2026-02-12T02:00:00Z").await;
    let (_, supervisor, id) = filed(&world, FOOD, &forms::licence(forms::WHOLE)).await;
    accept(&world, &supervisor, &id).await;
    assert_eq!(due_on(&world, &supervisor, &id, "promise").await, "2026-03-04");
    assert_eq!(due_on(&world, &supervisor, &id, "statutory").await, "2026-03-18");
    extend(&world, &supervisor, &id).await;
    assert_eq!(due_on(&world, &supervisor, &id, "promise").await, "2026-03-18");
    assert_eq!(due_on(&world, &supervisor, &id, "statutory").await, "2026-04-01");
    let again = world.act(&supervisor, &id, "extension", &json!({ "reasons": "Still more." })).await;
    assert_eq!(again.expect(409).code(), "already_extended");
    world.deliver().await;
}

#[actix_web::test]
async fn an_information_request_is_extended_by_twenty_working_days_from_receipt() {
    // Monday 09-21: twenty working days end with 10-26, forty with 11-23.
    let world = World::at("2026-09-21T02:00:00Z").await;
    let (_, supervisor, id) = filed(&world, INFORMATION, &information_request()).await;
    accept(&world, &supervisor, &id).await;
    extend(&world, &supervisor, &id).await;
    assert_eq!(due_on(&world, &supervisor, &id, "statutory").await, "2026-11-23");
    world.deliver().await;
}

#[actix_web::test]
async fn the_time_of_a_consultation_is_not_counted_and_ends_the_day_before_the_resumption() {
    let world = World::at("2026-09-21T02:00:00Z").await;
    let (_, supervisor, id) = filed(&world, INFORMATION, &information_request()).await;
    accept(&world, &supervisor, &id).await;
    world.set("2026-10-08T02:00:00Z");
    world
        .act(&supervisor, &id, "suspension", &json!({ "reason": "consultation", "expectedDays": 5 }))
        .await
        .expect(200);
    world.set("2026-10-15T02:00:00Z");
    let path = format!("/api/v1/cases/{id}/suspension");
    world.ask(Some(&supervisor), "DELETE", &path).if_match("*").body(&json!({})).send().await.expect(200);
    let pause = case_of(&world, &supervisor, &id).await.json["pauses"][0].clone();
    assert_eq!((&pause["firstPausedDay"], &pause["lastPausedDay"]), (&json!("2026-10-08"), &json!("2026-10-14")));
    // Six working days were paused (Saturday 10-10 is worked), and come after 10-26.
    assert_eq!(due_on(&world, &supervisor, &id, "statutory").await, "2026-11-03");
    world.deliver().await;
}

#[actix_web::test]
async fn the_intake_of_an_information_request_begins_anew_with_the_corrected_one() {
    let world = World::at("2026-09-21T02:00:00Z").await;
    let (citizen, supervisor, id) = filed(&world, INFORMATION, &information_request()).await;
    assert_eq!(due_on(&world, &supervisor, &id, "intake").await, "2026-10-08");
    world.set("2026-09-22T02:00:00Z");
    world.act(&supervisor, &id, "correction", &json!({ "notice": "Which year do you mean?" })).await.expect(200);
    world.set("2026-10-08T03:00:00Z");
    world.act(&citizen, &id, "supplement", &json!({ "form": { "information": "That of 2024" } })).await.expect(200);
    let intake = clocks(&case_of(&world, &supervisor, &id).await, "intake");
    let [first, anew] = intake.as_slice() else { panic!("{intake:?}") };
    assert_eq!(first["stoppedAt"], "2026-09-22T02:00:00.000000Z");
    // Seven working days from 10-08: 10-09, 10-10 (a Saturday that is worked), 10-12…10-16.
    let begun = (&anew["startedAt"], &anew["dueOn"], &anew["stoppedAt"]);
    assert_eq!(begun, (&json!("2026-10-08T03:00:00.000000Z"), &json!("2026-10-16"), &Value::Null));
    world.deliver().await;
}

#[actix_web::test]
async fn a_complaint_to_the_hotline_counts_from_its_dispatch() {
    let world = World::at("2026-04-28T02:00:00Z").await;
    let complaint = of("hotline-complaint", json!({ "matter": "A noisy yard" }));
    let (_, supervisor, id) = filed(&world, HOTLINE, &complaint).await;
    let case = case_of(&world, &supervisor, &id).await;
    assert!(clocks(&case, "promise").is_empty() && clocks(&case, "statutory").is_empty(), "{}", case.json);
    // Dispatched on Thursday 04-30: five working days end with 05-11, ten with 05-18 (Saturday 05-09 is worked).
    world.set("2026-04-30T02:00:00Z");
    accept(&world, &supervisor, &id).await;
    for (kind, days) in [("promise", "2026-05-11"), ("statutory", "2026-05-11")] {
        assert_eq!(due_on(&world, &supervisor, &id, kind).await, days, "{kind}");
    }
    extend(&world, &supervisor, &id).await;
    assert_eq!(due_on(&world, &supervisor, &id, "statutory").await, "2026-05-18");
    world.deliver().await;
}

#[actix_web::test]
async fn a_petition_has_sixty_days_from_its_acceptance_and_ninety_when_extended() {
    let world = World::at("2026-03-06T02:00:00Z").await;
    let petition = of("petition", json!({ "matter": "A noisy yard", "request": "Quiet at night" }));
    let (_, supervisor, id) = filed(&world, PETITIONS, &petition).await;
    world.set("2026-03-10T02:00:00Z");
    accept(&world, &supervisor, &id).await;
    assert_eq!(due_on(&world, &supervisor, &id, "statutory").await, "2026-05-09");
    extend(&world, &supervisor, &id).await;
    assert_eq!(due_on(&world, &supervisor, &id, "statutory").await, "2026-06-08");
    world.deliver().await;
}
