//! The roles of the service against the authorisation matrix: scope, `masked` and `reason` of every permission there is, for
//! every role there is.

use std::collections::BTreeSet;

use gcrm::access::{Permission, Reach, Right, Roles};

/// The matrix's columns, left to right; the import officer is an officer who takes over what came on paper.
const ROLES: [&str; 10] = [
    "citizen",
    "officer",
    "import_officer",
    "supervisor",
    "hotline_agent",
    "agency_administrator",
    "client",
    "system_administrator",
    "security_administrator",
    "auditor",
];

/// A row: its name, its permissions, and a cell for each role. `O` own, `U` own unit, `G` own agency (a system's scopes end
/// there, too), `*` all, `m` masked, `r` with a reason, `-` denied.
type Row = (&'static str, &'static [Permission], [&'static str; 10]);

use Permission as P;

#[rustfmt::skip]
const MATRIX: &[Row] = &[
    //                                                      CIT  STF    IMP    SUP    HOT    AGA  INT   SYS  SEC  AUD
    ("Case · create/draft/submit", &[P::CaseCreate],        ["O", "U r", "U r", "-",   "* r", "-", "G",  "-", "-", "-"]),
    ("Case · read detail", &[P::CaseRead],                  ["O", "U",   "U",   "U",   "* mr","-", "G",  "-", "-", "* mr"]),
    ("Case · list/search/count", &[P::CaseList],            ["O", "U",   "U",   "U",   "-",   "-", "G",  "-", "-", "* mr"]),
    // What comes in on paper is entered by whoever takes it over.
    ("Case · supplement/withdraw", &[P::CaseSupplement, P::CaseWithdraw],
                                                            ["O", "-",   "U",   "-",   "-",   "-", "G",  "-", "-", "-"]),
    ("Case · state a past time", &[P::CaseBackdate],        ["-", "-",   "U",   "-",   "-",   "-", "G",  "-", "-", "-"]),
    ("Case · accept", &[P::CaseAccept],                     ["-", "U",   "U",   "U",   "-",   "-", "G",  "-", "-", "-"]),
    ("Case · take to work on", &[P::CaseClaim],             ["-", "U",   "U",   "U",   "-",   "-", "-",  "-", "-", "-"]),
    ("Case · step decision", &[P::CaseDecide],              ["-", "U",   "U",   "U",   "-",   "-", "-",  "-", "-", "-"]),
    ("Case · final approve/reject", &[P::CaseApprove],      ["-", "-",   "-",   "U",   "-",   "-", "-",  "-", "-", "-"]),
    ("Case · reassign/suspend/extend", &[P::CaseAssign, P::CaseSuspend, P::CaseExtend],
                                                            ["-", "-",   "-",   "U",   "-",   "-", "-",  "-", "-", "-"]),
    ("Case · hand over, close", &[P::CaseDeliver, P::CaseClose],
                                                            ["-", "U",   "U",   "U",   "-",   "-", "G",  "-", "-", "-"]),
    ("Case · end without a decision", &[P::CaseTerminate],  ["-", "-",   "U",   "U",   "-",   "-", "-",  "-", "-", "-"]),
    // The auditor reads internal notes with the case, by journal:read, and writes none.
    ("Internal note", &[P::CaseInternalNote],               ["-", "U",   "U",   "U",   "-",   "-", "-",  "-", "-", "-"]),
    ("Hotline ticket · update", &[P::CaseNote],             ["O", "U",   "U",   "U",   "* r", "-", "G",  "-", "-", "-"]),
    ("Rating · give once per closed case", &[P::CaseEvaluate],
                                                            ["O", "-",   "-",   "-",   "O",   "-", "-",  "-", "-", "-"]),
    ("Person profile · register", &[P::CustomerRegister],   ["O", "*",   "*",   "-",   "*",   "-", "*",  "-", "-", "-"]),
    ("Person profile · read", &[P::CustomerRead],           ["O", "* mr","* mr","* mr","* mr","-", "* m","-", "-", "* mr"]),
    ("Person profile · find", &[P::CustomerSearch],         ["-", "* mr","* mr","* mr","* mr","-", "* m","-", "-", "-"]),
    ("Person profile · change", &[P::CustomerWrite],        ["O", "-",   "-",   "-",   "-",   "-", "-",  "-", "-", "-"]),
    ("Identifier · verify", &[P::CustomerVerify],           ["-", "*",   "*",   "*",   "-",   "-", "-",  "-", "-", "-"]),
    ("Own account", &[P::AccountSelf],                      ["O", "O",   "O",   "O",   "O",   "O", "-",  "O", "O", "O"]),
    ("Staff account · create/disable", &[P::StaffManage],   ["-", "-",   "-",   "-",   "-",   "G", "-",  "-", "*", "-"]),
    ("Staff account · read", &[P::StaffRead],               ["-", "-",   "-",   "U",   "-",   "G", "-",  "*", "*", "*"]),
    ("Role · grant to staff", &[P::RoleGrant],              ["-", "-",   "-",   "-",   "-",   "-", "-",  "-", "*", "-"]),
    // Everywhere it is the right to approve, but for what one has registered oneself.
    ("API client · register/approve", &[P::ClientManage],   ["-", "-",   "-",   "-",   "-",   "G", "-",  "-", "*", "-"]),
    // The security administrator revokes: shutting a system out belongs to the row above.
    ("Client secret · rotate", &[P::ClientRotate],          ["-", "-",   "-",   "-",   "-",   "G", "-",  "-", "-", "-"]),
    ("Department · create/change", &[P::DepartmentManage],  ["-", "-",   "-",   "-",   "-",   "G", "-",  "*", "-", "-"]),
    ("Keys", &[P::KeyRotate],                               ["-", "-",   "-",   "-",   "-",   "-", "-",  "-", "*", "-"]),
    ("Outbox · read", &[P::DeliveryRead],                   ["-", "-",   "-",   "-",   "-",   "G", "-",  "*", "-", "*"]),
    ("Outbox · replay", &[P::DeliveryReplay],               ["-", "-",   "-",   "-",   "-",   "G", "-",  "*", "-", "-"]),
    ("Event feed · follow", &[P::EventRead],                ["-", "U",   "U",   "U",   "-",   "-", "G",  "-", "-", "-"]),
    ("Audit log · read", &[P::JournalRead],                 ["-", "-",   "-",   "-",   "-",   "-", "-",  "-", "-", "*"]),
    ("Figures of the service", &[P::MetricsRead],           ["-", "-",   "-",   "-",   "-",   "-", "*",  "*", "-", "-"]),
];

fn cell(right: Option<&Right>) -> String {
    let Some(right) = right else { return "-".to_owned() };
    let reach = match right.reach {
        Reach::Own => "O",
        Reach::Unit => "U",
        Reach::Agency => "G",
        Reach::All => "*",
    };
    let modifiers = [(right.masked, "m"), (right.reason, "r")];
    let modifiers: String = modifiers.iter().filter(|(on, _)| *on).map(|(_, letter)| *letter).collect();
    if modifiers.is_empty() { reach.to_owned() } else { format!("{reach} {modifiers}") }
}

#[test]
fn every_permission_has_one_row_and_every_role_one_column() {
    let mut rows: Vec<_> = MATRIX.iter().flat_map(|(_, permissions, _)| *permissions).map(|p| p.code()).collect();
    let mut all: Vec<_> = Permission::ALL.iter().map(|p| p.code()).collect();
    rows.sort_unstable();
    all.sort_unstable();
    assert_eq!(rows, all);
    let roles = Roles::embedded().unwrap();
    let roles: BTreeSet<_> = roles.iter().map(|(code, _)| code).collect();
    assert_eq!(ROLES.into_iter().collect::<BTreeSet<_>>(), roles);
}

#[test]
fn every_role_has_what_its_cell_of_the_matrix_says() {
    let roles = Roles::embedded().unwrap();
    let mut wrong = Vec::new();
    for (name, permissions, cells) in MATRIX {
        for permission in *permissions {
            for (role, wanted) in ROLES.iter().zip(cells) {
                let found = cell(roles.get(role).unwrap().rights.get(permission));
                if found != *wanted {
                    wrong.push(format!("{name}: {permission} of {role} is {found}, the matrix says {wanted}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// What a search shows is read: nobody sees in it what the record hides, nor leaves out the reason there.
#[test]
fn whoever_reads_masked_or_with_a_reason_searches_so_too() {
    for (code, role) in Roles::embedded().unwrap().iter() {
        let rights = (role.rights.get(&P::CustomerRead), role.rights.get(&P::CustomerSearch));
        let (Some(read), Some(search)) = rights else { continue };
        assert_eq!((read.masked, read.reason), (search.masked, search.reason), "{code}");
    }
}
