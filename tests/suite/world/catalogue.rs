//! What becomes of service items while cases of them are under way.

use gcrm::access::Call;
use gcrm::catalogue::{self, ItemVersion, ServiceItem};

use super::World;

/// A jurisdiction's code and an item's.
pub type Item = (&'static str, &'static str);

impl World {
    /// Publishes the next version of an item, changed.
    pub async fn publish(&self, (jurisdiction, code): Item, change: impl FnOnce(&mut ServiceItem)) {
        let mut item = self.app.items.in_use(jurisdiction, code).unwrap().item.clone();
        item.version = ItemVersion::try_from(item.version.get() + 1).unwrap();
        change(&mut item);
        let (department, now) = (self.department(jurisdiction, item.department.as_str()), self.clock.now());
        let publish = move |tx: &mut gcrm::store::Tx<'_>| catalogue::publish(tx, &Call::system(now), &item, department);
        self.db.store.write(publish).await.unwrap();
        self.app.items.refresh(&self.db.store).await.unwrap();
    }

    /// Takes an item out of use; nothing of it can be begun any more.
    pub async fn retire(&self, (jurisdiction, code): Item) {
        self.db.execute(&format!(
            "UPDATE service_items SET state = 'superseded' WHERE jurisdiction = '{jurisdiction}' AND code = '{code}'"
        ));
        // What is in use is read anew when something was published.
        self.publish(("cn-110101", "petition"), |_| {}).await;
    }
}
