//! A permission as a type, so that it stands in a handler's signature: `Guard<need::CaseRead>`.

use std::marker::PhantomData;

use crate::access::Permission;

/// What a caller must hold: one of these permissions.
pub trait Need: 'static {
    /// Any one of these is enough; never empty.
    const ANY_OF: &'static [Permission];
    /// The first of them.
    const FIRST: Permission;
}

/// A need that is exactly one permission.
pub trait Single: Need {
    /// The permission.
    const PERMISSION: Permission;
}

/// Either permission is enough: `Guard<need::Either<need::CaseDecide, need::CaseApprove>>`.
pub struct Either<A, B>(PhantomData<(A, B)>);

impl<A: Single, B: Single> Need for Either<A, B> {
    const ANY_OF: &'static [Permission] = &[A::PERMISSION, B::PERMISSION];
    const FIRST: Permission = A::PERMISSION;
}

macro_rules! needs {
    ($($name:ident),* $(,)?) => {
        $(
            #[doc = concat!("[`Permission::", stringify!($name), "`].")]
            pub enum $name {}
            impl Need for $name {
                const ANY_OF: &'static [Permission] = &[Permission::$name];
                const FIRST: Permission = Permission::$name;
            }
            impl Single for $name {
                const PERMISSION: Permission = Permission::$name;
            }
        )*
        /// Does not compile when a permission has no type here.
        const _: fn(Permission) = |permission| match permission {
            $(Permission::$name => (),)*
        };
    };
}

needs! {
    AccountSelf, StaffManage, StaffRead, RoleGrant, ClientManage, ClientRotate, KeyRotate, DepartmentManage,
    CustomerRegister, CustomerRead, CustomerSearch, CustomerWrite, CustomerVerify,
    CaseCreate, CaseRead, CaseList, CaseSupplement, CaseWithdraw, CaseAccept, CaseClaim, CaseAssign, CaseSuspend,
    CaseExtend, CaseDecide, CaseApprove, CaseDeliver, CaseClose, CaseTerminate, CaseNote, CaseInternalNote, CaseEvaluate,
    CaseBackdate, EventRead, JournalRead, DeliveryRead, DeliveryReplay, MetricsRead,
}
