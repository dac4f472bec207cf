//! The published service items, in memory: what a submission needs to know it knows without asking the database.

use std::collections::BTreeMap;
use std::sync::{Arc, RwLock};

use super::codes::JurisdictionCode;
use super::form::{FormValidator, FormValidators};
use super::model::{Jurisdiction, ServiceItem};
use super::store::{self, Stored};
use crate::error::{Code, Failure};
use crate::ids::{DepartmentId, ServiceItemId};
use crate::store::Store;

/// Where items belong; the agencies room's, injected.
pub trait Places: Send + Sync {
    /// A jurisdiction by its code.
    fn jurisdiction(&self, code: &str) -> Option<Arc<Jurisdiction>>;
    /// The agency of a department.
    fn agency(&self, department: DepartmentId) -> Option<DepartmentId>;
    /// The jurisdiction of a department.
    fn jurisdiction_of(&self, department: DepartmentId) -> Option<JurisdictionCode>;
}

/// A published version of a service item, with everything its cases need.
#[derive(Clone)]
pub struct Published {
    /// The version's id.
    pub id: ServiceItemId,
    /// Whether new cases may use it.
    pub in_use: bool,
    /// The definition.
    pub item: ServiceItem,
    /// Its jurisdiction.
    pub jurisdiction: Arc<Jurisdiction>,
    /// The responsible department.
    pub department: DepartmentId,
    /// Its agency.
    pub agency: DepartmentId,
    /// Checks the answers of its form.
    pub form: Arc<FormValidator>,
}

#[derive(Default)]
struct Snapshot {
    newest: Option<ServiceItemId>,
    by_id: BTreeMap<ServiceItemId, Arc<Published>>,
    in_use: BTreeMap<(String, String), Arc<Published>>,
}

/// All published items. Cheap to clone; replaced whole when something was published.
#[derive(Clone)]
pub struct Items {
    places: Arc<dyn Places>,
    snapshot: Arc<RwLock<Arc<Snapshot>>>,
}

impl Items {
    /// None yet; [`Items::refresh`] reads them.
    pub fn new(places: Arc<dyn Places>) -> Self {
        Self { places, snapshot: Arc::default() }
    }

    /// Reads all published versions, at start and after something was published here or elsewhere; does nothing when
    /// nothing was.
    ///
    /// # Errors
    /// The database being away; a definition that does not read.
    pub async fn refresh(&self, store: &Store) -> Result<(), Failure> {
        let newest = store.read(|db| store::newest(db)).await?;
        if newest.is_some() && newest == self.now().newest {
            return Ok(());
        }
        let rows = store.read(|db| store::all(db)).await?;
        let validators = FormValidators::default();
        let mut snapshot = Snapshot { newest, ..Snapshot::default() };
        for row in rows {
            let published = Arc::new(self.published(row, &validators)?);
            if published.in_use {
                let key = (published.jurisdiction.code.to_string(), published.item.code.to_string());
                snapshot.in_use.insert(key, published.clone());
            }
            snapshot.by_id.insert(published.id, published);
        }
        let mut guard = self.snapshot.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        *guard = Arc::new(snapshot);
        Ok(())
    }

    fn published(&self, row: Stored, validators: &FormValidators) -> Result<Published, Failure> {
        let lost = |what: &str| Failure::internal(format!("item {}: no {what}", row.item.code));
        let jurisdiction = self.places.jurisdiction(row.item.jurisdiction.as_str());
        let jurisdiction = jurisdiction.ok_or_else(|| lost("jurisdiction"))?;
        let agency = self.places.agency(row.department).ok_or_else(|| lost("agency"))?;
        let form = validators.of(&row.item).map_err(Failure::internal)?;
        let Stored { id, in_use, item, department } = row;
        Ok(Published { id, in_use, item, jurisdiction, department, agency, form })
    }

    /// The version of an item that is in use.
    ///
    /// # Errors
    /// 409 `item_not_in_use`.
    pub fn in_use(&self, jurisdiction: &str, code: &str) -> Result<Arc<Published>, Failure> {
        let key = (jurisdiction.to_owned(), code.to_owned());
        let found = self.now().in_use.get(&key).cloned();
        found.ok_or_else(|| Failure::refused_with(Code::ItemNotInUse, vec![("item", code.to_owned())]))
    }

    /// The agency of a department of this jurisdiction; none when there is no such department in it.
    pub fn agency(&self, jurisdiction: &JurisdictionCode, department: DepartmentId) -> Option<DepartmentId> {
        let home = self.places.jurisdiction_of(department)?;
        if home == *jurisdiction { self.places.agency(department) } else { None }
    }

    /// Any published version.
    pub fn by_id(&self, id: ServiceItemId) -> Option<Arc<Published>> {
        self.now().by_id.get(&id).cloned()
    }

    /// All versions in use, by jurisdiction and code.
    pub fn all_in_use(&self) -> Vec<Arc<Published>> {
        self.now().in_use.values().cloned().collect()
    }

    fn now(&self) -> Arc<Snapshot> {
        self.snapshot.read().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }
}
