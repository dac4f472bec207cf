#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use super::*;
use crate::access::{Bearer, DepartmentTree, Place, Post};
use crate::ids::{AccountId, ClientId, CustomerId, DepartmentId, SessionId};

/// An agency with two departments, the second with one below it.
struct Tree {
    agency: DepartmentId,
    first: DepartmentId,
    second: DepartmentId,
    below: DepartmentId,
}

impl Tree {
    fn new() -> Self {
        let [agency, first, second, below] = std::array::from_fn(|_| DepartmentId::new());
        Self { agency, first, second, below }
    }
}

impl DepartmentTree for Tree {
    fn subtree(&self, department: DepartmentId) -> Vec<DepartmentId> {
        match department {
            d if d == self.agency => vec![self.agency, self.first, self.second, self.below],
            d if d == self.second => vec![self.second, self.below],
            d if d == self.first || d == self.below => vec![d],
            _ => Vec::new(),
        }
    }
    fn agency_of(&self, department: DepartmentId) -> Option<DepartmentId> {
        (!self.subtree(department).is_empty()).then_some(self.agency)
    }
}

fn staff(posts: &[(&str, Option<DepartmentId>)]) -> Bearer {
    let posts =
        posts.iter().map(|(role, department)| Post { role: (*role).to_owned(), department: *department }).collect();
    Bearer::Staff { account: AccountId::new(), session: SessionId::new(), posts }
}

fn roles() -> Roles {
    Roles::embedded().unwrap()
}

#[test]
fn an_officer_reaches_the_own_department_and_all_below_it_and_no_other() {
    let tree = Tree::new();
    let officer = roles().actor(&staff(&[("officer", Some(tree.second))]), &tree);
    assert!(officer.may_in(Permission::CaseRead, tree.second));
    assert!(officer.may_in(Permission::CaseRead, tree.below));
    assert!(!officer.may_in(Permission::CaseRead, tree.first));
    assert!(!officer.may_in(Permission::CaseRead, tree.agency));
    assert!(!officer.may(Permission::CaseApprove));
    assert!(!officer.may(Permission::CaseBackdate));
    assert!(officer.masked(Permission::CustomerRead, tree.second));
}

#[test]
fn an_import_officer_is_an_officer_who_may_backdate_supplement_and_take_over_every_ending() {
    let embedded = roles();
    let (officer, import) = (embedded.get("officer").unwrap(), embedded.get("import_officer").unwrap());
    let mut expected = officer.rights.clone();
    let beside = [Permission::CaseBackdate, Permission::CaseSupplement];
    for more in beside.into_iter().chain([Permission::CaseWithdraw, Permission::CaseTerminate]) {
        expected.insert(more, Right { reach: Reach::Unit, masked: false, reason: false });
    }
    assert_eq!(import.rights, expected);
}

#[test]
fn an_agency_administrator_reaches_the_whole_agency_but_grants_no_role_and_reads_no_case() {
    let tree = Tree::new();
    let actor = roles().actor(&staff(&[("agency_administrator", Some(tree.agency))]), &tree);
    assert!(actor.may_in(Permission::StaffManage, tree.below));
    assert!(!actor.may_in(Permission::StaffManage, DepartmentId::new()));
    assert!(!actor.may(Permission::RoleGrant));
    assert!(!actor.may(Permission::CaseRead));
}

#[test]
fn an_auditor_reads_every_case_masked_and_only_with_a_reason() {
    let tree = Tree::new();
    let auditor = roles().actor(&staff(&[("auditor", None)]), &tree);
    assert_eq!(auditor.scope(Permission::CaseRead).units, crate::access::Units::All);
    assert!(auditor.masked(Permission::CaseRead, tree.first));
    assert!(auditor.needs_reason(Permission::CaseRead));
    assert!(auditor.needs_reason(Permission::CustomerRead));
    assert!(!auditor.needs_reason(Permission::JournalRead));
}

#[test]
fn what_one_role_shows_openly_another_does_not_mask() {
    let tree = Tree::new();
    let both = roles().actor(&staff(&[("auditor", None), ("officer", Some(tree.first))]), &tree);
    assert!(!both.masked(Permission::CaseRead, tree.first));
    assert!(both.masked(Permission::CaseRead, tree.second));
}

#[test]
fn a_role_that_needs_no_reason_spares_it_only_where_it_reaches() {
    let tree = Tree::new();
    let both = roles().actor(&staff(&[("auditor", None), ("officer", Some(tree.second))]), &tree);
    let at = |department| both.needs_reason_at(Permission::CaseRead, Place::In { department, own: false });
    assert!(!at(tree.second) && !at(tree.below));
    assert!(at(tree.first) && at(tree.agency));
    assert!(!both.needs_reason(Permission::CaseRead), "not whatever is read");
    assert!(both.needs_reason_at(Permission::CaseList, Place::Everywhere), "the list shows other departments, too");
    // Both read customers with a reason.
    assert!(both.needs_reason_at(Permission::CustomerRead, Place::Nowhere { own: false }));

    let officer = roles().actor(&staff(&[("officer", Some(tree.second))]), &tree);
    assert!(!officer.needs_reason_at(Permission::CaseList, Place::Everywhere));
    let boss = roles().actor(&staff(&[("hotline_agent", None), ("officer", Some(tree.agency))]), &tree);
    assert!(boss.needs_reason_at(Permission::CaseNote, Place::In { department: DepartmentId::new(), own: false }));
    assert!(!boss.needs_reason_at(Permission::CaseNote, Place::In { department: tree.first, own: false }));
}

#[test]
fn a_citizen_reaches_the_own_things_and_no_department() {
    let tree = Tree::new();
    let customer = CustomerId::new();
    let bearer = Bearer::Citizen { account: AccountId::new(), session: SessionId::new(), customer: Some(customer) };
    let citizen = roles().actor(&bearer, &tree);
    assert!(!citizen.beyond_own(Permission::CaseRead));
    assert_eq!(citizen.scope(Permission::CaseRead).own.unwrap().customer, Some(customer));
    assert!(!citizen.may(Permission::CaseAccept));
}

#[test]
fn a_client_has_its_scopes_in_its_agency_and_nothing_beyond_what_any_client_may_have() {
    let tree = Tree::new();
    let scopes = vec![Permission::CaseRead, Permission::RoleGrant];
    let actor = roles().actor(&Bearer::Client { client: ClientId::new(), agency: tree.agency, scopes }, &tree);
    assert!(actor.may_in(Permission::CaseRead, tree.below));
    assert!(!actor.may(Permission::CaseList));
    assert!(!actor.may(Permission::RoleGrant));
}

#[test]
fn staff_without_a_role_have_their_own_account_and_nothing_else() {
    let actor = roles().actor(&staff(&[("no_such_role", None)]), &Tree::new());
    assert!(actor.may(Permission::AccountSelf));
    assert!(Permission::ALL.iter().filter(|p| actor.may(**p)).count() == 1);
}

#[test]
fn a_role_at_a_department_that_is_gone_reaches_nothing() {
    let actor = roles().actor(&staff(&[("officer", Some(DepartmentId::new()))]), &Tree::new());
    assert!(!actor.may(Permission::CaseRead));
}

#[test]
fn the_three_administrators_exclude_each_other_in_either_order() {
    let roles = roles();
    let pairs = [
        ("system_administrator", "security_administrator"),
        ("system_administrator", "auditor"),
        ("security_administrator", "auditor"),
        ("hotline_agent", "supervisor"),
        ("agency_administrator", "auditor"),
    ];
    for (a, b) in pairs {
        assert_eq!(roles.conflict(["officer", a], b), Some(a));
        assert_eq!(roles.conflict(["officer", b], a), Some(b));
    }
    assert_eq!(roles.conflict(["officer", "supervisor"], "import_officer"), None);
    assert_eq!(roles.conflict([], "auditor"), None);
}

#[test]
fn no_role_of_one_administrator_holds_what_belongs_to_another() {
    let roles = roles();
    let holders = |permission| {
        roles.iter().filter(|(_, r)| r.rights.contains_key(&permission)).map(|(c, _)| c.to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(holders(Permission::RoleGrant), ["security_administrator"]);
    assert_eq!(holders(Permission::KeyRotate), ["security_administrator"]);
    assert_eq!(holders(Permission::JournalRead), ["auditor"]);
    assert_eq!(holders(Permission::StaffManage), ["agency_administrator", "security_administrator"]);
}

#[test]
fn every_permission_is_in_some_role() {
    let roles = roles();
    for permission in Permission::ALL {
        assert!(roles.iter().any(|(_, role)| role.rights.contains_key(permission)), "{permission} is in no role");
    }
}

const HEAD: &str = "[role.citizen]\nnames = { en = \"C\" }\nheld = \"everyone\"\nmay = {}\n\
    [role.client]\nnames = { en = \"S\" }\nheld = \"client\"\nmay = {}\n";

fn refused(tail: &str) -> String {
    Roles::parse("roles.toml", &format!("{HEAD}{tail}")).unwrap_err().to_string()
}

#[test]
fn whatever_is_wrong_is_refused_with_its_line() {
    assert!(Roles::parse("roles.toml", HEAD).is_ok());
    let role = |may: &str| format!("[role.x]\nnames = {{ en = \"X\" }}\nheld = \"department\"\n[role.x.may]\n{may}\n");
    // HEAD has 8 lines, the role's head 4: its first right is on line 13.
    assert_eq!(refused(&role("\"case:fly\" = \"unit\"")), "roles.toml:13: there is no permission \"case:fly\"");
    assert_eq!(
        refused(&role("\"case:read\" = \"unit\"\n\"case:list\" = \"everywhere\"")),
        "roles.toml:14: there is no reach \"everywhere\": write own, unit, agency or all"
    );
    assert!(refused(&role("\"case:read\" = \"unit maskd\"")).starts_with("roles.toml:13: \"maskd\""));
    assert!(refused(&role("\"case:read\" = \"unit masked masked\"")).starts_with("roles.toml:13:"));
    assert!(refused(&role("\"case:read\" = \"\"")).starts_with("roles.toml:13:"));
    assert!(refused("[role.y]\nnames = { en = \"Y\" }\nheld = \"moon\"\nmay = {}\n").starts_with("roles.toml:11:"));
    assert!(refused("[role.y]\nnames = { en = \"Y\" }\nheld = \"platform\"\ncan = {}\nmay = {}\n").contains("can"));
}

#[test]
fn a_reach_that_means_nothing_where_the_role_is_held_is_refused() {
    let platform = "[role.x]\nnames = { en = \"X\" }\nheld = \"platform\"\n[role.x.may]\n\"case:read\" = \"unit\"\n";
    assert_eq!(refused(platform), "roles.toml:13: reach unit means nothing for a role that is held by platform");
}

#[test]
fn roles_that_do_not_exist_or_go_in_circles_are_refused() {
    assert!(refused("[[conflict]]\nroles = [\"citizen\", \"ghost\"]\n").contains("no role \"ghost\""));
    assert!(refused("[[conflict]]\nroles = [\"citizen\", \"citizen\"]\n").contains("itself"));
    let role = |code: &str, other: &str| {
        format!(
            "[role.{code}]\nnames = {{ en = \"X\" }}\nheld = \"department\"\nincludes = [\"{other}\"]\nmay = {{}}\n"
        )
    };
    assert!(refused(&role("x", "ghost")).contains("no role \"ghost\" to include"));
    assert!(refused(&format!("{}{}", role("x", "y"), role("y", "x"))).contains("includes itself"));
}

#[test]
fn exactly_one_role_is_everyones() {
    let second = "[role.z]\nnames = { en = \"Z\" }\nheld = \"everyone\"\nmay = {}\n";
    assert!(refused(second).contains("exactly one role"));
    assert!(Roles::parse("roles.toml", "role = {}").unwrap_err().to_string().contains("exactly one role"));
}
