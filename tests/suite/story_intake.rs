//! Between receipt and work: a term always runs, a notice goes to somebody who can answer it, and a refusal says what it
//! has to.

use serde_json::{Value, json};

use crate::world::{Answer, Who, World, forms};

const FOOD: (&str, &str) = ("cn-110101", "market-supervision-food");
const HOTLINE: (&str, &str) = ("cn-110101", "hotline-12345-dispatch");

async fn case_of(world: &World, who: &Who, id: &str) -> Answer {
    world.get(who, &format!("/api/v1/cases/{id}")).await.expect(200)
}

fn is_offered(case: &Answer, action: &str) -> bool {
    case.json["availableActions"].as_array().unwrap().iter().any(|a| a["action"] == action)
}

/// Pointers and codes of what is wrong.
fn errors(answer: &Answer) -> Vec<(&str, &str)> {
    let errors = answer.json["errors"].as_array().unwrap().iter();
    errors.map(|e| (e["pointer"].as_str().unwrap(), e["code"].as_str().unwrap())).collect()
}

fn complaint() -> Value {
    json!({
        "jurisdiction": "cn-110101", "serviceItem": "hotline-complaint",
        "form": { "matter": "The street lamp in front of the library is broken." }
    })
}

/// An anonymous complaint to the hotline; its case.
async fn unnamed(world: &World) -> String {
    let filed = world.ask(None, "POST", "/api/v1/anonymous-cases").body(&complaint()).send().await.expect(201);
    filed.header("location").unwrap().rsplit('/').next().unwrap().to_owned()
}

#[actix_web::test]
async fn a_complaint_that_nobody_dispatches_falls_overdue() {
    let world = World::new().await;
    let officer = world.staff("officer", Some(HOTLINE)).await;
    let id = unnamed(&world).await;
    // One working day from Thursday 02-05 ends with Friday 02-06, 24:00 in Shanghai.
    assert_eq!(case_of(&world, &officer, &id).await.text("/dueAt"), "2026-02-06T16:00:00.000000Z");
    world.set("2026-02-06T16:00:00Z");
    world.sweep().await;
    assert_eq!(case_of(&world, &officer, &id).await.json["overdue"], true);
    assert_eq!(world.db.texts("SELECT event AS value FROM journal WHERE event = 'clock.breached'").len(), 1);
    world.deliver().await;
}

#[actix_web::test]
async fn nobody_is_asked_for_a_correction_where_nobody_could_answer() {
    let world = World::new().await;
    let officer = world.staff("officer", Some(HOTLINE)).await;
    let notice = json!({ "notice": "Which library?" });
    let id = unnamed(&world).await;
    let case = case_of(&world, &officer, &id).await;
    assert!(is_offered(&case, "accept") && !is_offered(&case, "request_correction"), "{}", case.json);
    assert_eq!(world.act(&officer, &id, "correction", &notice).await.expect(409).code(), "nobody_to_ask");
    let citizen = world.citizen().await;
    let id = world.file(&citizen, &complaint()).await.expect(201).text("/id");
    world.act(&officer, &id, "correction", &notice).await.expect(200);
    world.deliver().await;
}

/// Requests of Los Angeles have no intake term; while one waits for its answer, its promise stands still.
#[actix_web::test]
async fn a_case_that_waits_for_its_applicant_is_due_when_their_term_is() {
    let world = World::new().await;
    let crew = world.staff("import_officer", Some(("us-la", "OCB"))).await;
    let report = json!({
        "jurisdiction": "us-la", "serviceItem": "Graffiti Removal", "disclosure": "not_disclosed", "form": {}
    });
    let id = world.file(&crew, &report).await.expect(201).text("/id");
    world.act(&crew, &id, "correction", &json!({ "notice": "Which wall?" })).await.expect(200);
    // Ten working days from Wednesday 02-04 in Los Angeles, over the holiday of 02-16, end with Thursday 02-19.
    let case = case_of(&world, &crew, &id).await;
    let correction = case.json["clocks"].as_array().unwrap().iter().find(|c| c["kind"] == "correction").unwrap();
    assert_eq!((&correction["dueOn"], &correction["dueAt"]), (&json!("2026-02-19"), &case.json["dueAt"]));
    world.deliver().await;
}

#[actix_web::test]
async fn a_second_correction_notice_is_refused() {
    let world = World::new().await;
    let (citizen, officer) = (world.citizen().await, world.staff("officer", Some(FOOD)).await);
    let id = world.file(&citizen, &forms::licence(forms::INCOMPLETE)).await.expect(201).text("/id");
    let notice = json!({ "notice": "The layout is missing." });
    world.act(&officer, &id, "correction", &notice).await.expect(200);
    world.act(&citizen, &id, "supplement", &json!({ "materials": ["premises-layout"] })).await.expect(200);
    assert_eq!(world.act(&officer, &id, "correction", &notice).await.expect(409).code(), "already_corrected");
    world.deliver().await;
}

/// The text of the mail about a case's refusal.
fn refusal_mail(world: &World, number: &str) -> String {
    let subject = format!("Your case {number} was not accepted");
    let sent = world.mailbox.sent();
    sent.iter().find(|mail| mail.rendered.subject == subject).unwrap().rendered.text.clone()
}

#[actix_web::test]
async fn a_refusal_that_is_a_decision_keeps_the_way_of_appeal_and_no_other_promises_one() {
    let world = World::new().await;
    let (citizen, officer) = (world.citizen().await, world.staff("officer", Some(FOOD)).await);
    let hotline = world.staff("officer", Some(HOTLINE)).await;
    let (licence, complaint) = (forms::licence(forms::WHOLE), complaint());
    let other = world.file(&citizen, &licence).await.expect(201).text("/number");
    for (kind, body, who, referral, appealable) in [
        ("not_competent", &licence, &officer, Some("The next district."), true),
        ("out_of_scope", &licence, &officer, Some("A court decides on this."), true),
        ("not_needed", &licence, &officer, None, false),
        ("duplicate", &licence, &officer, Some(other.as_str()), false),
        // A work order ends with a reply, not with a decision.
        ("out_of_scope", &complaint, &hotline, Some("A court decides on this."), false),
    ] {
        let filed = world.file(&citizen, body).await.expect(201);
        let (id, number) = (filed.text("/id"), filed.text("/number"));
        let mut refusal = json!({ "kind": kind, "reasons": "It is not for us." });
        if let Some(referral) = referral {
            let without = world.act(who, &id, "rejection", &refusal).await.expect(400);
            assert_eq!(errors(&without)[0], ("/referral", "required"), "{kind}");
            refusal["referral"] = json!(referral);
        }
        if appealable {
            let without = world.act(who, &id, "rejection", &refusal).await.expect(400);
            assert_eq!(errors(&without), [("/appealRoute", "required")], "{kind}");
            refusal["appealRoute"] = json!("Reconsideration within 60 days.");
        }
        world.act(who, &id, "rejection", &refusal).await.expect(200);
        world.deliver().await;
        let case = case_of(&world, &citizen, &id).await;
        let kept = case.json["texts"].as_array().unwrap().iter().any(|t| t["kind"] == "appeal_route");
        let mail = refusal_mail(&world, &number);
        assert_eq!((kept, mail.contains("administrative reconsideration")), (appealable, appealable), "{kind}: {mail}");
    }
}
