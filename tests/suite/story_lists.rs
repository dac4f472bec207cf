//! An officer's lists: every page of every order and filter, and the count of them all.

use serde_json::{Value, json};

use crate::world::{Who, World, forms};

const FOOD: (&str, &str) = ("cn-110101", "market-supervision-food");
const STREETS: (&str, &str) = ("us-la", "OCB");

/// Every page of a list, two rows each; each with the count of the whole.
async fn pages(world: &World, who: &Who, query: &str) -> Vec<Value> {
    let (mut rows, mut after, mut counts) = (Vec::new(), String::new(), Vec::new());
    loop {
        let path = format!("/api/v1/cases?count=true&limit=2&{query}{after}");
        let page = world.get(who, &path).await.expect(200).json;
        let items = page["items"].as_array().unwrap();
        assert!(items.len() == 2 || page["next"].is_null(), "only the last page is short");
        rows.extend(items.iter().cloned());
        counts.push(page["count"].as_u64().unwrap());
        let Some(next) = page["next"].as_str() else { break };
        after = format!("&after={next}");
    }
    assert!(counts.iter().all(|count| *count == rows.len() as u64), "{query}: {counts:?} of {}", rows.len());
    rows
}

/// As a list is sorted by what is due: what never is comes last.
fn due(row: &Value) -> &str {
    row["dueAt"].as_str().unwrap_or("9999")
}

fn id(row: &Value) -> &str {
    row["id"].as_str().unwrap()
}

/// An officer of two departments, and their seven cases: two due at once, two that are over.
async fn officer_with_cases(world: &World) -> Who {
    let citizen = world.citizen().await;
    let officer = world.staff("officer", Some(FOOD)).await;
    world.also(&officer, "officer", Some(STREETS)).await;
    let file = async |body: &Value| world.file(&citizen, body).await.expect(201).text("/id");
    let licence = || forms::licence(forms::WHOLE);
    for _ in 0..2 {
        file(&licence()).await;
    }
    for _ in 0..2 {
        let id = file(&licence()).await;
        world.act(&citizen, &id, "withdrawal", &json!({})).await.expect(200);
    }
    world.set("2026-02-06T01:30:00Z");
    let accepted = file(&licence()).await;
    world.act(&officer, &accepted, "acceptance", &json!({})).await.expect(200);
    file(&json!({ "jurisdiction": STREETS.0, "serviceItem": "Graffiti Removal", "form": {} })).await;
    world.set("2026-02-09T01:30:00Z");
    let claimed = file(&licence()).await;
    world.act(&officer, &claimed, "claim", &json!({})).await.expect(200);
    // In no list but the citizen's.
    let mut draft = licence();
    draft["intent"] = json!("draft");
    file(&draft).await;
    officer
}

#[actix_web::test]
async fn the_pages_of_every_order_and_filter_together_are_the_whole_once_and_in_order() {
    let world = World::new().await;
    let officer = officer_with_cases(&world).await;
    let whole = world.get(&officer, "/api/v1/cases?limit=100").await.expect(200).json["items"].clone();
    let whole = whole.as_array().unwrap().clone();
    let never = whole.iter().filter(|row| row["dueAt"].is_null()).count();
    let mut dues: Vec<_> = whole.iter().map(due).filter(|due| *due != "9999").collect();
    dues.sort_unstable();
    let at_once = dues.windows(2).filter(|pair| pair[0] == pair[1]).count();
    assert_eq!((whole.len(), never, at_once), (7, 2, 1));
    let middle = dues[3].to_owned();
    let food = json!(world.department(FOOD.0, FOOD.1));
    let assignee = whole.iter().find_map(|row| row["assignee"].as_str()).unwrap().to_owned();

    type Filter<'f> = (String, usize, Box<dyn Fn(&Value) -> bool + 'f>);
    let filters: Vec<Filter<'_>> = vec![
        (String::new(), 7, Box::new(|_| true)),
        ("stage=submitted&".into(), 4, Box::new(|row| row["stage"] == "submitted")),
        ("stage=withdrawn&".into(), 2, Box::new(|row| row["stage"] == "withdrawn")),
        (format!("department={}&", food.as_str().unwrap()), 6, Box::new(|row| row["department"] == food)),
        ("jurisdiction=us-la&".into(), 1, Box::new(|row| row["jurisdiction"] == "us-la")),
        ("serviceItem=food-business-licence&".into(), 6, Box::new(|row| row["serviceItem"] == "food-business-licence")),
        (format!("dueBefore={middle}&"), 3, Box::new(|row| due(row) < middle.as_str())),
        (format!("assignee={assignee}&"), 1, Box::new(|row| row["assignee"] == assignee.as_str())),
        ("unassigned=true&".into(), 6, Box::new(|row| row["assignee"].is_null())),
        (
            "stage=submitted&jurisdiction=cn-110101&unassigned=true&".into(),
            2,
            Box::new(|row| row["stage"] == "submitted" && row["jurisdiction"] != "us-la" && row["assignee"].is_null()),
        ),
    ];
    for (filter, number, matches) in &filters {
        let mut expected: Vec<&Value> = whole.iter().filter(|row| matches(row)).collect();
        assert_eq!(expected.len(), *number, "{filter}");
        expected.sort_by_key(|row| (due(row), id(row)));
        assert_eq!(pages(&world, &officer, filter).await.iter().collect::<Vec<_>>(), expected, "{filter}");
        assert_eq!(pages(&world, &officer, &format!("{filter}sort=dueAt&")).await.iter().collect::<Vec<_>>(), expected);
        expected.sort_by_key(|row| id(row));
        assert_eq!(pages(&world, &officer, &format!("{filter}sort=id&")).await.iter().collect::<Vec<_>>(), expected);
        expected.reverse();
        assert_eq!(pages(&world, &officer, &format!("{filter}sort=-id&")).await.iter().collect::<Vec<_>>(), expected);
    }
    world.deliver().await;
}
