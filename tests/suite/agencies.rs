//! Jurisdictions and the tree of departments.

mod http;

use std::sync::Arc;

use futures_util::future::join;
use gcrm::access::{Bearer, Call, Post, Roles};
use gcrm::agencies::{Agencies, Department, DepartmentFilter, DepartmentInput, Loaded, NewDepartment, Tree};
use gcrm::catalogue::{Catalogue, JurisdictionCode, Starter};
use gcrm::clock::Timestamp;
use gcrm::error::{Code, Failure};
use gcrm::ids::{AccountId, DepartmentId, SessionId};
use gcrm::localized::LocalizedText;

use crate::world::db::{TestDb, fresh_database};

struct World {
    db: TestDb,
    agencies: Agencies,
}

fn now() -> Timestamp {
    "2026-02-12T01:30:00Z".parse().unwrap()
}

/// The synthetic district of Beijing.
fn district() -> Catalogue {
    let code: JurisdictionCode = "cn-110101".parse().unwrap();
    Starter::embedded().unwrap().catalogue(&code).unwrap().clone()
}

async fn world() -> World {
    World { db: fresh_database(), agencies: Agencies::default() }
}

impl World {
    async fn load(&self, catalogue: Catalogue) -> Result<Loaded, Failure> {
        let agencies = self.agencies.clone();
        let loaded = self
            .db
            .store
            .write(move |tx| agencies.load(tx, &Call::system(now()), &catalogue.jurisdiction, &catalogue.departments));
        let loaded = loaded.await?;
        self.refresh().await;
        Ok(loaded)
    }

    async fn refresh(&self) {
        let tree = self.agencies.tree.clone();
        self.db.store.read(move |db| tree.refresh(db)).await.unwrap();
    }

    async fn create(&self, call: &Call, new: NewDepartment) -> Result<Department, Failure> {
        let (agencies, call) = (self.agencies.clone(), call.clone());
        let created = self.db.store.write(move |tx| agencies.create(tx, &call, new.clone())).await?;
        self.refresh().await;
        Ok(created)
    }

    async fn change(
        &self,
        call: &Call,
        id: DepartmentId,
        expected: Option<i64>,
        input: DepartmentInput,
    ) -> Result<Department, Failure> {
        let (agencies, call) = (self.agencies.clone(), call.clone());
        let changed = self.db.store.write(move |tx| agencies.change(tx, &call, id, expected, input.clone())).await?;
        self.refresh().await;
        Ok(changed)
    }

    fn department(&self, code: &str) -> Arc<Department> {
        self.agencies.tree.by_code(&"cn-110101".parse().unwrap(), &code.parse().unwrap()).unwrap()
    }

    fn staff(&self, role: &str, department: Option<DepartmentId>) -> Call {
        self.holding(&[role], department)
    }

    fn holding(&self, roles: &[&str], department: Option<DepartmentId>) -> Call {
        let posts = roles.iter().map(|role| Post { role: (*role).to_owned(), department }).collect();
        let bearer = Bearer::Staff { account: AccountId::new(), session: SessionId::new(), posts };
        let actor = Roles::embedded().unwrap().actor(&bearer, &self.agencies.tree);
        Call::new(Arc::new(actor), now())
    }

    /// Somebody who may manage departments and grant roles, both everywhere.
    fn mover(&self) -> Call {
        self.holding(&["system_administrator", "security_administrator"], None)
    }

    fn facts(&self, event: &str) -> usize {
        self.db.texts(&format!("SELECT subject AS value FROM journal WHERE event = '{event}'")).len()
    }
}

fn names(zh: &str, en: &str) -> LocalizedText {
    LocalizedText::new([("zh-CN", zh), ("en", en)]).unwrap()
}

fn new_department(code: &str, parent: Option<DepartmentId>) -> NewDepartment {
    NewDepartment {
        jurisdiction: "cn-110101".parse().unwrap(),
        code: code.parse().unwrap(),
        parent,
        names: names("样例科", "Sample Section"),
        division: Some("110101".parse().unwrap()),
        website: None,
    }
}

fn input(department: &Department, parent: Option<DepartmentId>) -> DepartmentInput {
    DepartmentInput {
        parent,
        names: department.names.clone(),
        division: department.division.clone(),
        website: department.website.clone(),
    }
}

fn pointer_and_code<T: std::fmt::Debug>(result: Result<T, Failure>) -> (String, String) {
    match result {
        Err(Failure::Invalid(errors)) => (errors[0].pointer.clone(), errors[0].code.clone()),
        other => panic!("{other:?}"),
    }
}

#[actix_web::test]
async fn loading_a_starter_twice_changes_nothing_the_second_time() {
    let world = world().await;
    let district = district();
    let first = world.load(district.clone()).await.unwrap();
    assert_eq!(first, Loaded { jurisdictions: 1, departments: district.departments.len() });
    assert_eq!(world.load(district.clone()).await.unwrap(), Loaded::default());
    assert_eq!(world.facts("jurisdiction.loaded"), 1);
    assert_eq!(world.facts("department.saved"), district.departments.len());
}

#[actix_web::test]
async fn only_what_is_different_is_saved_again() {
    let world = world().await;
    let mut district = district();
    world.load(district.clone()).await.unwrap();
    let window = district.departments.iter_mut().find(|d| d.code.as_str() == "market-supervision-window").unwrap();
    window.names = names("综合窗口", "One Window");
    assert_eq!(world.load(district).await.unwrap(), Loaded { jurisdictions: 0, departments: 1 });
    assert_eq!(world.department("market-supervision-window").version, 2);
    assert_eq!(world.department("market-supervision-food").version, 1);
}

#[actix_web::test]
async fn the_order_of_departments_in_a_starter_does_not_matter() {
    let world = world().await;
    let mut district = district();
    district.departments.reverse();
    world.load(district.clone()).await.unwrap();
    let agency = world.department("market-supervision");
    assert_eq!(world.department("market-supervision-food").agency, agency.id);
    assert_eq!(world.agencies.tree.subtree(agency.id).first(), Some(&agency.id));
}

#[actix_web::test]
async fn a_starter_with_an_unknown_parent_or_a_circle_is_refused_whole() {
    let world = world().await;
    let mut unknown = district();
    unknown.departments[1].parent = Some("nowhere".parse().unwrap());
    assert_eq!(world.load(unknown).await.unwrap_err().code(), Code::MissingReference);
    let mut circle = district();
    circle.departments[0].parent = Some(circle.departments[1].code.clone());
    circle.departments[1].parent = Some(circle.departments[0].code.clone());
    assert_eq!(world.load(circle).await.unwrap_err().code(), Code::MissingReference);
    assert_eq!(world.agencies.tree.jurisdictions(), []);
    assert_eq!(world.facts("jurisdiction.loaded"), 0);
}

#[actix_web::test]
async fn a_jurisdiction_is_held_as_it_was_defined() {
    let world = world().await;
    let district = district();
    world.load(district.clone()).await.unwrap();
    let held = world.agencies.tree.jurisdiction(&district.jurisdiction.code).unwrap();
    assert_eq!((held.definition, held.version), (district.jurisdiction, 1));
    assert_eq!(held_zone(&world), "Asia/Shanghai");
}

fn held_zone(world: &World) -> String {
    let window = world.department("market-supervision-window");
    world.agencies.tree.jurisdiction_of(window.id).unwrap().definition.time_zone.to_string()
}

#[actix_web::test]
async fn an_agency_administrator_creates_departments_of_their_agency_and_of_no_other() {
    let world = world().await;
    world.load(district()).await.unwrap();
    let (market, police) = (world.department("market-supervision"), world.department("traffic-police"));
    let administrator = world.staff("agency_administrator", Some(market.id));
    let window = world.department("market-supervision-window");
    let created = world.create(&administrator, new_department("sample", Some(window.id))).await.unwrap();
    assert_eq!((created.agency, created.parent, created.version), (market.id, Some(window.id), 1));
    assert!(world.agencies.tree.subtree(market.id).contains(&created.id));
    let elsewhere = world.create(&administrator, new_department("sample-2", Some(police.id))).await;
    assert_eq!(elsewhere.unwrap_err().code(), Code::OutOfReach);
    let agency = world.create(&administrator, new_department("sample-3", None)).await;
    assert_eq!(agency.unwrap_err().code(), Code::OutOfReach);
    let officer = world.staff("officer", Some(market.id));
    let refused = world.create(&officer, new_department("sample-4", Some(market.id))).await;
    assert_eq!(refused.unwrap_err().code(), Code::Forbidden);
}

#[actix_web::test]
async fn a_system_administrator_creates_an_agency() {
    let world = world().await;
    world.load(district()).await.unwrap();
    let created =
        world.create(&world.staff("system_administrator", None), new_department("sample", None)).await.unwrap();
    assert_eq!((created.agency, created.parent), (created.id, None));
    let filter = DepartmentFilter { agency: Some(created.id), ..DepartmentFilter::default() };
    let found = world.agencies.tree.departments(&filter, None, 20);
    assert_eq!(found.iter().map(|d| d.id).collect::<Vec<_>>(), [created.id]);
}

#[actix_web::test]
async fn a_code_is_unique_in_its_jurisdiction() {
    let world = world().await;
    world.load(district()).await.unwrap();
    let again = world.create(&world.staff("system_administrator", None), new_department("traffic-police", None)).await;
    assert_eq!(again.unwrap_err().code(), Code::AlreadyExists);
}

#[actix_web::test]
async fn a_name_has_every_language_of_the_jurisdiction_and_a_parent_must_exist() {
    let world = world().await;
    world.load(district()).await.unwrap();
    let mut new = new_department("sample", Some(DepartmentId::new()));
    new.names = LocalizedText::new([("en", "Sample Section")]).unwrap();
    let failure = world.create(&world.staff("system_administrator", None), new).await.unwrap_err();
    let Failure::Invalid(errors) = failure else { panic!("{failure:?}") };
    let named: Vec<_> = errors.iter().map(|e| (e.pointer.as_str(), e.code.as_str())).collect();
    assert_eq!(named, [("/names/zh-CN", "required"), ("/parent", "unknown_department")]);
}

#[actix_web::test]
async fn a_move_under_another_agency_is_refused() {
    let world = world().await;
    world.load(district()).await.unwrap();
    let administrator = world.staff("system_administrator", None);
    let window = world.department("market-supervision-window");
    let (market, police) = (world.department("market-supervision"), world.department("traffic-police"));
    for parent in [Some(police.id), None] {
        let moved = world.change(&administrator, window.id, Some(1), input(&window, parent)).await;
        assert_eq!(pointer_and_code(moved), ("/parent".into(), "other_agency".into()));
    }
    let moved = world.change(&administrator, police.id, Some(1), input(&police, Some(market.id))).await;
    assert_eq!(pointer_and_code(moved), ("/parent".into(), "other_agency".into()));
    assert_eq!(world.department("market-supervision-window").version, 1);
}

#[actix_web::test]
async fn a_department_moves_inside_its_agency_with_all_below_it() {
    let world = world().await;
    world.load(district()).await.unwrap();
    let administrator = world.mover();
    let (window, food) = (world.department("market-supervision-window"), world.department("market-supervision-food"));
    let desk = world.create(&administrator, new_department("sample-desk", Some(food.id))).await.unwrap();
    let moved = world.change(&administrator, food.id, Some(1), input(&food, Some(window.id))).await.unwrap();
    assert_eq!((moved.parent, moved.version), (Some(window.id), 2));
    assert!(world.agencies.tree.subtree(window.id).contains(&desk.id));
    let below = world.change(&administrator, window.id, None, input(&window, Some(desk.id))).await;
    assert_eq!(pointer_and_code(below), ("/parent".into(), "below_itself".into()));
}

/// Whoever works in the department above reads and decides the cases of the one that moves there.
#[actix_web::test]
async fn nobody_moves_a_department_who_may_not_grant_roles() {
    let world = world().await;
    world.load(district()).await.unwrap();
    let (market, window) = (world.department("market-supervision"), world.department("market-supervision-window"));
    let mut food = world.department("market-supervision-food").as_ref().clone();
    let callers = [world.staff("agency_administrator", Some(market.id)), world.staff("system_administrator", None)];
    for administrator in &callers {
        let moved = world.change(administrator, food.id, None, input(&food, Some(window.id))).await;
        let needed = vec![("permission", "role:grant".to_owned())];
        assert_eq!(moved, Err(Failure::refused_with(Code::Forbidden, needed)));
        food.names = names("样例科", "Sample Section");
        food = world.change(administrator, food.id, None, input(&food, food.parent)).await.unwrap();
    }
    assert!(!world.agencies.tree.subtree(window.id).contains(&food.id));
    assert!(world.change(&world.mover(), food.id, None, input(&food, Some(window.id))).await.is_ok());
    assert!(world.agencies.tree.subtree(window.id).contains(&food.id));
}

/// What an operator loads moves it, too: `gcrm import`.
#[actix_web::test]
async fn a_catalogue_that_names_another_parent_moves_a_department() {
    let world = world().await;
    let mut district = district();
    world.load(district.clone()).await.unwrap();
    let food = district.departments.iter_mut().find(|d| d.code.as_str() == "market-supervision-food").unwrap();
    food.parent = Some("market-supervision-window".parse().unwrap());
    assert_eq!(world.load(district).await.unwrap(), Loaded { jurisdictions: 0, departments: 1 });
    let (window, food) = (world.department("market-supervision-window"), world.department("market-supervision-food"));
    assert_eq!(food.parent, Some(window.id));
}

#[actix_web::test]
async fn an_old_version_changes_nothing() {
    let world = world().await;
    world.load(district()).await.unwrap();
    let administrator = world.staff("system_administrator", None);
    let window = world.department("market-supervision-window");
    let mut renamed = input(&window, window.parent);
    renamed.names = names("综合窗口", "One Window");
    assert_eq!(world.change(&administrator, window.id, Some(1), renamed.clone()).await.unwrap().version, 2);
    let stale = world.change(&administrator, window.id, Some(1), renamed).await;
    assert_eq!(stale.unwrap_err().code(), Code::Stale);
    let nowhere = world.change(&administrator, DepartmentId::new(), None, input(&window, None)).await;
    assert_eq!(nowhere.unwrap_err().code(), Code::NotFound);
}

#[actix_web::test]
async fn two_moves_at_once_never_close_a_circle() {
    let world = world().await;
    world.load(district()).await.unwrap();
    let administrator = world.mover();
    let (window, food) = (world.department("market-supervision-window"), world.department("market-supervision-food"));
    let (one, other) = join(
        world.change(&administrator, window.id, None, input(&window, Some(food.id))),
        world.change(&administrator, food.id, None, input(&food, Some(window.id))),
    )
    .await;
    assert_eq!([&one, &other].iter().filter(|moved| moved.is_ok()).count(), 1, "{one:?} {other:?}");
    let tree = world.db.store.read(|db| Tree::load(db)).await.unwrap();
    let all = tree.subtree(world.department("market-supervision").id);
    assert!(all.contains(&window.id) && all.contains(&food.id));
}
