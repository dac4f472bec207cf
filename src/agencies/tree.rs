//! Jurisdictions and departments in memory: asked on every request, changed rarely.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use super::model::Department;
use super::store;
use crate::access::DepartmentTree;
use crate::catalogue::{DepartmentCode, Jurisdiction, JurisdictionCode};
use crate::error::Failure;
use crate::ids::DepartmentId;
use crate::store::{Db, Store};

/// Everything this room holds, as it was at the last refresh. Cheap to clone; all clones see the same.
#[derive(Clone, Default)]
pub struct Tree {
    now: Arc<RwLock<Arc<Snapshot>>>,
}

/// A jurisdiction 辖区 and its version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldJurisdiction {
    /// The definition.
    pub definition: Jurisdiction,
    /// Version, from 1.
    pub version: i64,
}

/// Which departments are asked for; everything that is given must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DepartmentFilter {
    /// Of this jurisdiction.
    pub jurisdiction: Option<JurisdictionCode>,
    /// Directly below this department.
    pub parent: Option<DepartmentId>,
    /// Of this agency, itself included.
    pub agency: Option<DepartmentId>,
}

#[derive(Default)]
struct Snapshot {
    jurisdictions: BTreeMap<JurisdictionCode, HeldJurisdiction>,
    /// In the order of jurisdiction and code.
    departments: BTreeMap<(JurisdictionCode, DepartmentCode), Arc<Department>>,
    by_id: HashMap<DepartmentId, Arc<Department>>,
    /// Itself first, then all below it.
    subtrees: HashMap<DepartmentId, Vec<DepartmentId>>,
}

impl Snapshot {
    fn new(jurisdictions: Vec<(Jurisdiction, i64)>, departments: Vec<Department>) -> Self {
        let jurisdictions = jurisdictions
            .into_iter()
            .map(|(definition, version)| (definition.code.clone(), HeldJurisdiction { definition, version }));
        let mut snapshot = Self { jurisdictions: jurisdictions.collect(), ..Self::default() };
        for department in departments {
            let department = Arc::new(department);
            let key = (department.jurisdiction.clone(), department.code.clone());
            snapshot.by_id.insert(department.id, department.clone());
            snapshot.departments.insert(key, department);
        }
        // Every department is in the subtree of each department above it; walks up no further than there are rows.
        for department in snapshot.departments.values() {
            let mut above = Some(department.id);
            for _ in 0..snapshot.by_id.len() {
                let Some(id) = above else { break };
                snapshot.subtrees.entry(id).or_default().push(department.id);
                above = snapshot.by_id.get(&id).and_then(|d| d.parent);
            }
        }
        snapshot
    }
}

impl Tree {
    /// The tree as the database has it now.
    ///
    /// # Errors
    /// The database, or a stored definition that does not read.
    pub fn load(db: &mut impl Db) -> Result<Self, Failure> {
        let tree = Self::default();
        tree.refresh(db)?;
        Ok(tree)
    }

    /// Reads everything anew. To be called after a change was committed; other instances are told by [`keep_fresh`].
    ///
    /// # Errors
    /// As [`Tree::load`]; what was known stays.
    pub fn refresh(&self, db: &mut impl Db) -> Result<(), Failure> {
        let snapshot = Snapshot::new(store::jurisdictions(db)?, store::departments(db)?);
        *self.now.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(snapshot);
        Ok(())
    }

    fn now(&self) -> Arc<Snapshot> {
        self.now.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The department and all below it; empty when there is no such department.
    pub fn subtree(&self, department: DepartmentId) -> Vec<DepartmentId> {
        self.now().subtrees.get(&department).cloned().unwrap_or_default()
    }

    /// The agency 机构 a department belongs to.
    pub fn agency_of(&self, department: DepartmentId) -> Option<DepartmentId> {
        self.get(department).map(|d| d.agency)
    }

    /// A department.
    pub fn get(&self, id: DepartmentId) -> Option<Arc<Department>> {
        self.now().by_id.get(&id).cloned()
    }

    /// A department by its code.
    pub fn by_code(&self, jurisdiction: &JurisdictionCode, code: &DepartmentCode) -> Option<Arc<Department>> {
        self.now().departments.get(&(jurisdiction.clone(), code.clone())).cloned()
    }

    /// A jurisdiction.
    pub fn jurisdiction(&self, code: &JurisdictionCode) -> Option<HeldJurisdiction> {
        self.now().jurisdictions.get(code).cloned()
    }

    /// The jurisdiction of a department.
    pub fn jurisdiction_of(&self, department: DepartmentId) -> Option<HeldJurisdiction> {
        self.jurisdiction(&self.get(department)?.jurisdiction)
    }

    /// Every jurisdiction, by code.
    pub fn jurisdictions(&self) -> Vec<HeldJurisdiction> {
        self.now().jurisdictions.values().cloned().collect()
    }

    /// At most `limit` departments behind `after`, in the order of jurisdiction and code.
    pub fn departments(
        &self,
        filter: &DepartmentFilter,
        after: Option<&(JurisdictionCode, DepartmentCode)>,
        limit: usize,
    ) -> Vec<Arc<Department>> {
        let wanted = |d: &Department| {
            filter.jurisdiction.as_ref().is_none_or(|code| d.jurisdiction == *code)
                && filter.parent.is_none_or(|parent| d.parent == Some(parent))
                && filter.agency.is_none_or(|agency| d.agency == agency)
        };
        let now = self.now();
        let behind = now.departments.iter().filter(|(key, _)| after.is_none_or(|after| *key > after));
        behind.map(|(_, d)| d).filter(|d| wanted(d)).take(limit).cloned().collect()
    }
}

impl DepartmentTree for Tree {
    fn subtree(&self, department: DepartmentId) -> Vec<DepartmentId> {
        Self::subtree(self, department)
    }

    fn agency_of(&self, department: DepartmentId) -> Option<DepartmentId> {
        Self::agency_of(self, department)
    }
}

/// Reads the tree anew every `every`, for ever: what other instances changed is known here after that time. A database
/// that is away leaves what was known.
pub async fn keep_fresh(store: Store, tree: Tree, every: Duration) {
    loop {
        tokio::time::sleep(every).await;
        let behind = tree.clone();
        if let Err(failure) = store.read(move |db| behind.refresh(db)).await {
            tracing::warn!(%failure, "the tree of departments was not refreshed");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::model::sample;
    use super::*;

    fn tree(departments: Vec<Department>) -> Tree {
        let tree = Tree::default();
        *tree.now.write().unwrap() = Arc::new(Snapshot::new(Vec::new(), departments));
        tree
    }

    #[test]
    fn a_subtree_is_the_department_and_all_below_it() {
        let a = sample("A", None);
        let a1 = sample("A1", Some(&a));
        let a11 = sample("A11", Some(&a1));
        let b = sample("B", None);
        let tree = tree(vec![a11.clone(), b.clone(), a.clone(), a1.clone()]);
        assert_eq!(tree.subtree(a.id), [a.id, a1.id, a11.id]);
        assert_eq!(tree.subtree(a1.id), [a1.id, a11.id]);
        assert_eq!(tree.subtree(b.id), [b.id]);
        assert_eq!(tree.subtree(DepartmentId::new()), []);
        assert_eq!(tree.agency_of(a11.id), Some(a.id));
        assert_eq!(tree.agency_of(DepartmentId::new()), None);
    }

    #[test]
    fn a_list_goes_on_behind_the_last_code() {
        let a = sample("A", None);
        let a1 = sample("A1", Some(&a));
        let b = sample("B", None);
        let tree = tree(vec![a.clone(), a1.clone(), b.clone()]);
        let codes = |filter: &DepartmentFilter, after: Option<&Department>| -> Vec<String> {
            let after = after.map(|d| (d.jurisdiction.clone(), d.code.clone()));
            tree.departments(filter, after.as_ref(), 2).iter().map(|d| d.code.to_string()).collect()
        };
        let all = DepartmentFilter::default();
        assert_eq!(codes(&all, None), ["A", "A1"]);
        assert_eq!(codes(&all, Some(&a1)), ["B"]);
        assert_eq!(codes(&DepartmentFilter { agency: Some(a.id), ..all.clone() }, None), ["A", "A1"]);
        assert_eq!(codes(&DepartmentFilter { parent: Some(a.id), ..all }, None), ["A1"]);
    }
}
