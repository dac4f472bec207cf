//! Permissions and how far they reach.

use crate::store::text_enum;

text_enum! {
    /// What a caller may do 权限. The codes are the scopes of clients, too.
    pub enum Permission {
        /// See and end one's own session, change one's own password.
        AccountSelf = "account:self",
        /// Create and disable staff accounts.
        StaffManage = "staff:manage",
        /// List staff accounts and memberships.
        StaffRead = "staff:read",
        /// Grant and revoke roles.
        RoleGrant = "role:grant",
        /// Register systems, see them, shut them out; reaching everywhere, approve them, too.
        ClientManage = "client:manage",
        /// Make a new secret for a system: whoever does knows it.
        ClientRotate = "client:rotate",
        /// Rotate the keys that sign tokens.
        KeyRotate = "key:rotate",
        /// Create and change departments.
        DepartmentManage = "department:manage",
        /// Register oneself as a customer.
        CustomerRegister = "customer:register",
        /// Read a customer's record.
        CustomerRead = "customer:read",
        /// Find a customer by an exact identifier.
        CustomerSearch = "customer:search",
        /// Change a customer's record, identifiers, contact points.
        CustomerWrite = "customer:write",
        /// Verify a customer's identifier.
        CustomerVerify = "customer:verify",
        /// Begin, change and submit a case.
        CaseCreate = "case:create",
        /// Read a case.
        CaseRead = "case:read",
        /// List and count cases.
        CaseList = "case:list",
        /// Hand in what a correction notice asked for.
        CaseSupplement = "case:supplement",
        /// Take a case back.
        CaseWithdraw = "case:withdraw",
        /// Accept a case, refuse to accept it, ask for correction.
        CaseAccept = "case:accept",
        /// Take a case to work on.
        CaseClaim = "case:claim",
        /// Give a case to somebody.
        CaseAssign = "case:assign",
        /// Suspend and resume the clocks for a special procedure.
        CaseSuspend = "case:suspend",
        /// Extend the term.
        CaseExtend = "case:extend",
        /// Decide, where an officer decides.
        CaseDecide = "case:decide",
        /// Decide, where a supervisor decides.
        CaseApprove = "case:approve",
        /// Hand over the result.
        CaseDeliver = "case:deliver",
        /// Close a case.
        CaseClose = "case:close",
        /// End a case without a decision and refer it elsewhere.
        CaseTerminate = "case:terminate",
        /// Write notes for everybody in the case.
        CaseNote = "case:note",
        /// Read and write notes among staff.
        CaseInternalNote = "case:internal-note",
        /// Evaluate an ended case.
        CaseEvaluate = "case:evaluate",
        /// State when a fact counted (`effectiveAt` in the past): paper received by post, data taken over.
        CaseBackdate = "case:backdate",
        /// Follow the event feed.
        EventRead = "event:read",
        /// Read the whole journal.
        JournalRead = "journal:read",
        /// See deliveries.
        DeliveryRead = "delivery:read",
        /// Send a dead delivery again.
        DeliveryReplay = "delivery:replay",
        /// See metrics.
        MetricsRead = "metrics:read",
    }
}

text_enum! {
    /// How far a permission reaches.
    pub enum Reach {
        /// What is one's own: as the customer, or as who submitted it.
        Own = "own",
        /// The department of the membership and all below it.
        Unit = "unit",
        /// The whole agency of the membership.
        Agency = "agency",
        /// Everything.
        All = "all",
    }
}
