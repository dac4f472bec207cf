//! The two starter catalogues, compiled into the program: a district of Beijing (items of Chinese law; departments
//! synthetic) and the City of Los Angeles (the request types and bureaus of its open data).

use super::bundle::Starter;
use super::load::{Folder, LoadError};

macro_rules! folder {
    ($folder:literal: $($file:literal),+ $(,)?) => {
        Folder {
            name: $folder.to_owned(),
            files: [$((
                $file.to_owned(),
                include_str!(concat!("../../config/catalogue/", $folder, "/", $file)).to_owned(),
            )),+]
            .into(),
        }
    };
}

fn folders() -> Vec<Folder> {
    vec![
        folder!("cn":
            "jurisdiction.toml", "departments.toml",
            "driving-licence.toml", "driving-licence.form.json",
            "enterprise-registration.toml", "enterprise-registration.form.json",
            "food-business-licence.toml", "food-business-licence.form.json",
            "hotline-complaint.toml", "hotline-complaint.form.json",
            "information-request.toml", "information-request.form.json",
            "petition.toml", "petition.form.json",
        ),
        folder!("us-la":
            "jurisdiction.toml", "departments.toml", "service-requests.toml",
            "service-request.form.json",
        ),
    ]
}

impl Starter {
    /// The catalogues compiled into the program.
    ///
    /// # Errors
    /// Never in a program whose tests passed: they read every file.
    pub fn embedded() -> Result<Self, LoadError> {
        Self::from_folders(folders(), Vec::new())
    }
}

#[cfg(test)]
mod tests;
