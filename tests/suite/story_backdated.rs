//! What was entered with a past time: the sweeper shows that terms were missed, and draws no consequence from it.

use serde_json::{Value, json};

use crate::world::{Who, World, forms};
use gcrm::access::Permission;

const FOOD: (&str, &str) = ("cn-110101", "market-supervision-food");
const AGENCY: (&str, &str) = ("cn-110101", "market-supervision");

fn licence() -> Value {
    forms::licence(forms::INCOMPLETE)
}

fn received(at: &str) -> Value {
    let mut body = licence();
    body["disclosure"] = json!("not_disclosed");
    body["effectiveAt"] = json!(at);
    body
}

async fn filed(world: &World, who: &Who, body: &Value) -> String {
    let filing = world.ask(Some(who), "POST", "/api/v1/cases").header("x-reason", "paper file").body(body);
    filing.send().await.expect(201).text("/id")
}

async fn stage(world: &World, who: &Who, id: &str) -> String {
    world.get(who, &format!("/api/v1/cases/{id}")).await.expect(200).text("/stage")
}

/// Which clocks have breached.
fn breached(world: &World) -> Vec<String> {
    let facts = world.db.texts("SELECT facts AS value FROM journal WHERE event = 'clock.breached' ORDER BY seq");
    facts.iter().map(|f| serde_json::from_str::<Value>(f).unwrap()["kind"].as_str().unwrap().to_owned()).collect()
}

#[actix_web::test]
async fn a_time_that_no_case_can_have_been_received_at_is_refused_and_holds_nothing_up() {
    let world = World::new().await;
    let clerk = world.staff("import_officer", Some(FOOD)).await;
    let file = async |at: &str, intent: &str| {
        let mut body = received(at);
        body["intent"] = json!(intent);
        let filing = world.ask(Some(&clerk), "POST", "/api/v1/cases").header("x-reason", "paper file").body(&body);
        filing.send().await
    };
    for intent in ["draft", "submit"] {
        // In UTC the first is of a year before 1; the second is of 1899 in Beijing, of no number's year.
        for (at, code) in [("0000-01-01T00:00:00+08:00", "invalid_value"), ("1899-12-31T12:00:00+08:00", "too_early")] {
            let refused = file(at, intent).await.expect(400);
            let told = (refused.text("/errors/0/pointer"), refused.text("/errors/0/code"));
            assert_eq!(told, ("/effectiveAt".into(), code.into()), "{intent} {at}");
        }
        let id = file("1900-01-02T00:00:00+08:00", intent).await.expect(201).text("/id");
        world.get(&clerk, &format!("/api/v1/cases/{id}")).await.expect(200);
    }
    // The journal goes on.
    world.deliver().await;
}

#[actix_web::test]
async fn a_case_entered_after_its_intake_term_is_overdue_and_not_deemed_accepted() {
    let world = World::new().await;
    let clerk = world.staff("import_officer", Some(FOOD)).await;
    // Received on Monday 2026-01-26: five working days ended with Monday 02-02. Entered on Thursday 02-05.
    let id = filed(&world, &clerk, &received("2026-01-26T02:00:00Z")).await;
    world.sweep().await;
    assert_eq!(stage(&world, &clerk, &id).await, "submitted");
    assert_eq!(breached(&world), ["intake"]);
    world.deliver().await;
}

#[actix_web::test]
async fn a_case_entered_within_its_intake_term_is_deemed_accepted_as_any_other() {
    let world = World::new().await;
    let clerk = world.staff("import_officer", Some(FOOD)).await;
    // Received on Tuesday 2026-02-03: five working days end with Tuesday 02-10.
    let id = filed(&world, &clerk, &received("2026-02-03T02:00:00Z")).await;
    world.set("2026-02-11T16:00:00Z");
    world.sweep().await;
    assert_eq!(stage(&world, &clerk, &id).await, "in_progress");
    world.deliver().await;
}

#[actix_web::test]
async fn a_correction_notice_entered_after_its_term_withdraws_nothing() {
    let world = World::new().await;
    let (citizen, clerk) = (world.citizen().await, world.staff("import_officer", Some(FOOD)).await);
    let id = filed(&world, &citizen, &licence()).await;
    // The notice of Thursday 02-05 gives 30 natural days, until Monday 03-09. Entered on Tuesday 03-10; on Wednesday there
    // is nothing left to wait for.
    world.set("2026-03-10T02:00:00Z");
    let notice = json!({ "notice": "The plan is missing.", "effectiveAt": "2026-02-05T02:00:00Z" });
    world.act(&clerk, &id, "correction", &notice).await.expect(200);
    world.set("2026-03-11T02:00:00Z");
    world.sweep().await;
    assert_eq!(stage(&world, &citizen, &id).await, "correction");
    assert_eq!(breached(&world), ["correction"]);
    world.deliver().await;
}

#[actix_web::test]
async fn a_supplement_entered_after_the_rest_of_the_intake_term_accepts_nothing() {
    let world = World::new().await;
    let (citizen, officer) = (world.citizen().await, world.staff("officer", Some(FOOD)).await);
    let rights = [Permission::CaseRead, Permission::CaseSupplement, Permission::CaseBackdate];
    let counter = world.system(AGENCY, &rights).await;
    let id = filed(&world, &citizen, &licence()).await;
    world.act(&officer, &id, "correction", &json!({ "notice": "The plan is missing." })).await.expect(200);
    // Handed in on Monday 02-09, entered on Monday 03-02: of the five working days from 02-05, 02-06 was paused, so that
    // they ended with Friday 02-13.
    world.set("2026-03-02T02:00:00Z");
    let supplement = json!({ "materials": ["premises-layout"], "effectiveAt": "2026-02-09T02:00:00Z" });
    world.act(&counter, &id, "supplement", &supplement).await.expect(200);
    world.sweep().await;
    assert_eq!(stage(&world, &citizen, &id).await, "submitted");
    assert_eq!(breached(&world), ["intake"]);
    world.deliver().await;
}

#[actix_web::test]
async fn no_step_counts_from_before_the_latest_fact_of_the_case() {
    // Monday 03-02: five working days of intake end with Monday 03-09.
    let world = World::at("2026-03-02T01:30:00Z").await;
    let (citizen, clerk) = (world.citizen().await, world.staff("import_officer", Some(FOOD)).await);
    let id = filed(&world, &citizen, &licence()).await;
    world.set("2026-03-10T02:00:00Z");
    let at = |day: &str| json!({ "effectiveAt": format!("2026-03-{day}T02:00:00Z") });
    let told = |mut body: Value, day: &str| {
        body["effectiveAt"] = at(day)["effectiveAt"].clone();
        body
    };
    let notice = json!({ "notice": "The plan is missing." });
    world.act(&clerk, &id, "correction", &told(notice, "03")).await.expect(200);
    let early = world.act(&clerk, &id, "withdrawal", &at("02")).await.expect(400);
    assert_eq!(early.text("/errors/0/code"), "before_latest_fact");
    let rights = [Permission::CaseRead, Permission::CaseSupplement, Permission::CaseBackdate];
    let counter = world.system(AGENCY, &rights).await;
    let plan = json!({ "materials": ["premises-layout"] });
    world.act(&counter, &id, "supplement", &told(plan.clone(), "02")).await.expect(400);
    world.act(&counter, &id, "supplement", &told(plan, "04")).await.expect(200);
    world.act(&clerk, &id, "acceptance", &at("03")).await.expect(400);
    world.act(&clerk, &id, "acceptance", &at("05")).await.expect(200);
    world.act(&clerk, &id, "withdrawal", &at("04")).await.expect(400);
    let referral = json!({ "referral": "The next district." });
    world.act(&clerk, &id, "termination", &told(referral, "04")).await.expect(400);
    world.act(&clerk, &id, "withdrawal", &at("05")).await.expect(200);
    world.deliver().await;
}

#[actix_web::test]
async fn a_notice_that_was_given_in_time_counts_although_it_is_entered_after_the_term() {
    let world = World::new().await;
    let (citizen, clerk) = (world.citizen().await, world.staff("import_officer", Some(FOOD)).await);
    let id = filed(&world, &citizen, &licence()).await;
    // The intake ends with Thursday 02-12. The notice of that afternoon is entered on Friday, after whoever enters it has
    // taken the case, and long after the sweeper has looked.
    world.set("2026-02-12T16:00:00Z");
    world.sweep().await;
    world.set("2026-02-13T02:00:00Z");
    world.sweep().await;
    world.act(&world.staff("officer", Some(FOOD)).await, &id, "claim", &json!({})).await.expect(200);
    let notice = json!({ "notice": "The plan is missing.", "effectiveAt": "2026-02-12T08:00:00Z" });
    world.act(&clerk, &id, "correction", &notice).await.expect(200);
    world.sweep().await;
    let case = world.get(&citizen, &format!("/api/v1/cases/{id}")).await.expect(200);
    assert_eq!((case.text("/stage"), &case.json["clocks"][0]["kept"]), ("correction".into(), &json!(true)));
    world.deliver().await;
}

#[actix_web::test]
async fn who_may_not_state_a_past_time_does_not_escape_a_lapse_by_stating_one() {
    let world = World::new().await;
    let (citizen, clerk) = (world.citizen().await, world.staff("import_officer", Some(FOOD)).await);
    let officer = world.staff("officer", Some(FOOD)).await;
    let id = filed(&world, &citizen, &licence()).await;
    world.set("2026-02-13T02:00:00Z");
    let told = |at: &str| json!({ "notice": "The plan is missing.", "effectiveAt": at });
    let past = world.act(&officer, &id, "correction", &told("2026-02-12T08:00:00Z")).await;
    assert_eq!(past.expect(403).code(), "forbidden");
    let late = world.act(&clerk, &id, "correction", &told("2026-02-12T16:00:00Z")).await;
    assert_eq!(late.expect(409).code(), "wrong_stage");
    world.set("2026-02-13T16:00:00Z");
    world.sweep().await;
    assert_eq!(stage(&world, &citizen, &id).await, "in_progress");
    world.deliver().await;
}

#[actix_web::test]
async fn a_plan_that_came_on_the_last_day_is_entered_until_the_working_day_after_it_is_over() {
    // The notice of Friday 02-06 gives 30 natural days, until Sunday 03-08, and so until Monday 03-09. Entered on Tuesday.
    for (entered_at, taken) in [("2026-03-10T15:59:59Z", true), ("2026-03-10T16:00:00Z", false)] {
        let world = World::new().await;
        let (citizen, officer) = (world.citizen().await, world.staff("officer", Some(FOOD)).await);
        let rights = [Permission::CaseRead, Permission::CaseSupplement, Permission::CaseBackdate];
        let counter = world.system(AGENCY, &rights).await;
        let id = filed(&world, &citizen, &licence()).await;
        world.set("2026-02-06T02:00:00Z");
        world.act(&officer, &id, "correction", &json!({ "notice": "The plan is missing." })).await.expect(200);
        for swept_at in ["2026-03-09T16:00:00Z", entered_at] {
            world.set(swept_at);
            world.sweep().await;
        }
        let plan = json!({ "materials": ["premises-layout"], "effectiveAt": "2026-03-09T08:50:00Z" });
        let entered = world.act(&counter, &id, "supplement", &plan).await;
        if taken {
            entered.expect(200);
            let case = world.get(&citizen, &format!("/api/v1/cases/{id}")).await.expect(200);
            let clocks = case.json["clocks"].as_array().unwrap();
            let term = clocks.iter().find(|c| c["kind"] == "correction").unwrap();
            assert_eq!((case.text("/stage"), &term["kept"]), ("submitted".into(), &json!(true)));
        } else {
            assert_eq!(entered.expect(409).code(), "wrong_stage");
            let case = world.get(&citizen, &format!("/api/v1/cases/{id}")).await.expect(200);
            let ended = (case.text("/stage"), case.text("/endedAt"));
            assert_eq!(ended, ("withdrawn".into(), "2026-03-09T16:00:00.000000Z".into()));
        }
        world.deliver().await;
    }
}

#[actix_web::test]
async fn what_may_still_be_entered_is_offered_with_its_time_to_whoever_may_state_one() {
    let world = World::new().await;
    let (citizen, clerk) = (world.citizen().await, world.staff("import_officer", Some(FOOD)).await);
    let officer = world.staff("officer", Some(FOOD)).await;
    let id = filed(&world, &citizen, &licence()).await;
    for (now, entering) in [("2026-02-13T02:00:00Z", true), ("2026-02-13T16:00:00Z", false)] {
        world.set(now);
        for (who, offered) in [(&clerk, entering), (&officer, false)] {
            let case = world.get(who, &format!("/api/v1/cases/{id}")).await.expect(200);
            let actions = case.json["availableActions"].as_array().unwrap();
            let found = actions.iter().find(|a| a["action"] == "request_correction");
            assert_eq!(found.map(|a| &a["requires"]), offered.then_some(&json!(["notice", "effectiveAt"])), "{now}");
        }
    }
    world.deliver().await;
}
