//! What the applicant is told: what was so when it happened, however late the message leaves.

use serde_json::{Value, json};

use crate::world::{World, forms};

const FOOD: (&str, &str) = ("cn-110101", "market-supervision-food");
const LAYOUT: &str = "Main equipment, layout of the premises and work flow";

fn application() -> Value {
    forms::licence(forms::INCOMPLETE)
}

/// The text of the mail with this subject.
fn text(world: &World, subject: &str) -> String {
    let sent = world.mailbox.sent();
    let mail = sent.iter().find(|mail| mail.rendered.subject.contains(subject));
    mail.unwrap_or_else(|| panic!("no mail {subject}")).rendered.text.clone()
}

#[actix_web::test]
async fn receipt_and_correction_notice_name_what_was_missing_when_they_happened() {
    let world = World::new().await;
    let (citizen, officer) = (world.citizen().await, world.staff("officer", Some(FOOD)).await);
    let id = world.post(&citizen, "/api/v1/cases", &application()).await.expect(201).text("/id");
    world.act(&officer, &id, "correction", &json!({ "notice": "The plan is missing." })).await.expect(200);
    world.act(&citizen, &id, "supplement", &json!({ "materials": ["premises-layout"] })).await.expect(200);
    // Nothing is missing by now, and the mails only leave now.
    world.deliver().await;
    let received = text(&world, "We received your case");
    assert!(received.contains(LAYOUT), "{received}");
    let notice = text(&world, "Please complete or correct");
    // 30 natural days from 02-05 end on Saturday 03-07, and so on Monday 03-09.
    assert!(notice.contains(LAYOUT) && notice.contains("9 March 2026"), "{notice}");
}

#[actix_web::test]
async fn what_is_asked_for_later_was_not_missing_at_the_receipt() {
    let world = World::new().await;
    let (citizen, officer) = (world.citizen().await, world.staff("officer", Some(FOOD)).await);
    let mut complete = application();
    complete["materials"] = json!(["application", "food-safety-rules", "premises-layout"]);
    let id = world.post(&citizen, "/api/v1/cases", &complete).await.expect(201).text("/id");
    let notice = json!({ "materials": ["premises-layout"], "notice": "The plan is unreadable." });
    world.act(&officer, &id, "correction", &notice).await.expect(200);
    world.deliver().await;
    assert!(!text(&world, "We received your case").contains(LAYOUT));
    assert!(text(&world, "Please complete or correct").contains(LAYOUT));
}

#[actix_web::test]
async fn acceptance_suspension_and_extension_are_told_with_their_days() {
    let world = World::new().await;
    let (citizen, supervisor) = (world.citizen().await, world.staff("supervisor", Some(FOOD)).await);
    let id = world.post(&citizen, "/api/v1/cases", &application()).await.expect(201).text("/id");
    world.act(&supervisor, &id, "acceptance", &json!({})).await.expect(200);
    world.set("2026-02-10T02:00:00Z");
    let path = format!("/api/v1/cases/{id}/suspension");
    let resume = || world.ask(Some(&supervisor), "DELETE", &path).if_match("*").body(&json!({})).send();
    // Of a special procedure the time needed must be told (Licensing Law art. 45).
    let untold = world.act(&supervisor, &id, "suspension", &json!({ "reason": "expert_review" })).await.expect(400);
    let error = &untold.json["errors"][0];
    assert_eq!((&error["pointer"], &error["code"]), (&json!("/expectedDays"), &json!("required")));
    let review = json!({ "reason": "expert_review", "expectedDays": 5 });
    world.act(&supervisor, &id, "suspension", &review).await.expect(200);
    resume().await.expect(200);
    world.act(&supervisor, &id, "extension", &json!({ "reasons": "Much to read." })).await.expect(200);
    world.deliver().await;
    assert!(text(&world, "was accepted").contains("has accepted your case"));
    let suspended = text(&world, "stands still");
    for told in ["stands still from 10 February 2026 on", "a review by experts", "expected to take 5 working days."] {
        assert!(suspended.contains(told), "{suspended}");
    }
    // The promise of 10 working days from 02-05, and 10 more; the pause of no day moves nothing.
    let extended = text(&world, "was extended");
    assert!(extended.contains("by 10 working days. It now ends on 11 March 2026"), "{extended}");
}

#[actix_web::test]
async fn who_was_not_answered_in_time_hears_that_the_case_counts_as_accepted() {
    let world = World::new().await;
    let (citizen, officer) = (world.citizen().await, world.staff("officer", Some(FOOD)).await);
    let id = world.post(&citizen, "/api/v1/cases", &application()).await.expect(201).text("/id");
    // Silence counts once what was done in time can no longer be entered.
    world.set("2026-02-25T02:00:00Z");
    world.act(&officer, &id, "claim", &json!({})).await.expect(200);
    world.deliver().await;
    assert!(text(&world, "was accepted").contains("by law it counts as accepted"));
}
