//! What is said about a case stands with the case; the journal has the id and a keyed digest of every text, and no word.

use serde_json::{Value, json};

use crate::world::{Who, World, forms};

const FOOD: (&str, &str) = ("cn-110101", "market-supervision-food");

/// Every text of a case is named by its id and digest in the journal, and no word of it is.
async fn texts_are_named(world: &World, who: &Who, id: &str, kinds: &[&str]) {
    let case = world.get(who, &format!("/api/v1/cases/{id}")).await.expect(200);
    let texts = case.json["texts"].as_array().unwrap().clone();
    let mut found: Vec<_> = texts.iter().map(|t| t["kind"].as_str().unwrap()).collect();
    found.sort_unstable();
    assert_eq!(found, kinds);
    let facts = world.db.texts("SELECT facts AS value FROM journal").join("\n");
    for text in &texts {
        assert!(facts.contains(text["id"].as_str().unwrap()), "{text}");
        assert!(!facts.contains(text["text"].as_str().unwrap()), "{text}");
    }
    let digests = world.db.texts("SELECT digest AS value FROM case_texts");
    assert!(digests.len() >= texts.len() && digests.iter().all(|digest| facts.contains(digest)));
}

async fn filed(world: &World, who: &Who) -> String {
    world.file(who, &forms::licence(forms::WHOLE)).await.expect(201).text("/id")
}

#[actix_web::test]
async fn the_journal_names_every_text_of_a_refused_acceptance_and_of_its_evaluation() {
    let world = World::new().await;
    let (citizen, officer) = (world.citizen().await, world.staff("officer", Some(FOOD)).await);
    let id = filed(&world, &citizen).await;
    let refusal = json!({
        "kind": "not_competent", "reasons": "The premises lie elsewhere.", "referral": "The bureau of the next district.",
        "appealRoute": "Reconsideration by the district government."
    });
    world.act(&officer, &id, "rejection", &refusal).await.expect(200);
    let comment: Value = json!({ "level": 3, "comment": "Told at once, at least." });
    world.act(&citizen, &id, "evaluation", &comment).await.expect(201);
    texts_are_named(&world, &citizen, &id, &["appeal_route", "comment", "reasons", "referral"]).await;
    world.deliver().await;
}

#[actix_web::test]
async fn the_journal_names_the_reasons_of_a_refusal_and_the_way_of_appeal() {
    let world = World::new().await;
    let (citizen, supervisor) = (world.citizen().await, world.staff("supervisor", Some(FOOD)).await);
    let id = filed(&world, &citizen).await;
    world.act(&supervisor, &id, "acceptance", &json!({})).await.expect(200);
    let refusal = json!({
        "outcome": "refused", "reasons": "The kitchen has no water.", "appealRoute": "Reconsideration within 60 days."
    });
    world.act(&supervisor, &id, "decision", &refusal).await.expect(200);
    texts_are_named(&world, &citizen, &id, &["appeal_route", "reasons"]).await;
    world.deliver().await;
}

#[actix_web::test]
async fn words_that_were_said_about_one_case_are_not_shown_as_said_about_another() {
    let world = World::new().await;
    let (citizen, supervisor) = (world.citizen().await, world.staff("supervisor", Some(FOOD)).await);
    let (one, other) = (filed(&world, &citizen).await, filed(&world, &citizen).await);
    let note = json!({ "text": "The licence may be granted.", "audience": "participants" });
    world.post(&supervisor, &format!("/api/v1/cases/{one}/notes"), &note).await.expect(201);
    world.get(&citizen, &format!("/api/v1/cases/{one}")).await.expect(200);
    world.db.execute(&format!("UPDATE case_texts SET case_id = '{other}' WHERE case_id = '{one}'"));
    let shown = world.get(&citizen, &format!("/api/v1/cases/{other}")).await;
    assert_eq!(shown.status, 500, "{}", shown.json);
    world.deliver().await;
}
