//! What is compared: names of methods, and the families they belong to.

use super::Error;
use crate::classic::{Learner, Representation};
use serde::{Deserialize, Serialize};
use std::fmt;

/// One way to tell images apart. As text: `hog/forest`, `network/scratch`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Method {
    /// A learner on what a representation says.
    Table(Representation, Learner),
    /// A network.
    Network(Network),
}

/// The networks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Network {
    /// A small one, trained from seeded weights.
    Scratch,
    /// One that begins from weights learned elsewhere.
    FineTuned,
    /// The released bundle, as it examines.
    Bundle,
}

/// The families that a comparison sets side by side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Family {
    /// Learners of pixels.
    Pixels,
    /// Features made by hand, and the same learners.
    Features,
    /// Models of images: templates, eigenimages, visual words.
    Models,
    /// Networks.
    Networks,
}

impl Family {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Pixels, Self::Features, Self::Models, Self::Networks];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pixels => "pixels",
            Self::Features => "features",
            Self::Models => "models",
            Self::Networks => "networks",
        }
    }

    /// The methods that stand for it where no others are asked for.
    pub fn methods(self) -> Vec<Method> {
        const LEARNERS: [Learner; 6] = [
            Learner::Logistic,
            Learner::LinearSvm,
            Learner::RbfSvm,
            Learner::Neighbours,
            Learner::Forest,
            Learner::Boosting,
        ];
        let each = |of: Representation| LEARNERS.map(|learner| Method::Table(of, learner)).to_vec();
        match self {
            Self::Pixels => each(Representation::Pixels),
            Self::Features => each(Representation::Features),
            Self::Models => vec![
                Method::Table(Representation::Templates, Learner::Logistic),
                Method::Table(Representation::Eigen, Learner::Mahalanobis),
                Method::Table(Representation::Eigen, Learner::Lda),
                Method::Table(Representation::Eigen, Learner::Mixture),
                Method::Table(Representation::Words, Learner::Logistic),
            ],
            Self::Networks => Network::ALL.map(Method::Network).to_vec(),
        }
    }
}

impl Network {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Scratch, Self::FineTuned, Self::Bundle];

    /// Its name after `network/`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Scratch => "scratch",
            Self::FineTuned => "fine-tuned",
            Self::Bundle => "bundle",
        }
    }
}

impl Method {
    /// A small network, trained from seeded weights.
    pub const SCRATCH: Self = Self::Network(Network::Scratch);
    /// A network that begins from weights learned elsewhere; it needs [`super::Extra::start`].
    pub const FINE_TUNED: Self = Self::Network(Network::FineTuned);
    /// A released bundle; it needs [`super::Extra::bundle`].
    pub const BUNDLE: Self = Self::Network(Network::Bundle);

    /// The family that it belongs to.
    pub fn family(self) -> Family {
        match self {
            Self::Network(_) => Family::Networks,
            Self::Table(Representation::Pixels, _) => Family::Pixels,
            Self::Table(of, _) if of.is_learned() => Family::Models,
            Self::Table(..) => Family::Features,
        }
    }

    /// A method, or all of a family by its name.
    ///
    /// # Errors
    /// Fails if there is none of that name.
    pub fn named(name: &str) -> Result<Vec<Self>, Error> {
        match Family::ALL.into_iter().find(|family| family.name() == name) {
            Some(family) => Ok(family.methods()),
            None => Ok(vec![Self::try_from(name.to_string())?]),
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Table(representation, learner) => write!(f, "{}/{}", representation.name(), learner.name()),
            Self::Network(network) => write!(f, "network/{}", network.name()),
        }
    }
}

impl From<Method> for String {
    fn from(method: Method) -> Self {
        method.to_string()
    }
}

impl TryFrom<String> for Method {
    type Error = Error;

    fn try_from(name: String) -> Result<Self, Error> {
        let networks = Network::ALL.map(Self::Network).into_iter();
        let tables = Representation::ALL
            .into_iter()
            .flat_map(|representation| Learner::ALL.map(|learner| Self::Table(representation, learner)));
        let found = networks.chain(tables).find(|method| method.to_string() == name);
        found.ok_or(Error::Method(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_to_methods_and_back() {
        for method in Family::ALL.into_iter().flat_map(Family::methods) {
            assert_eq!(Method::named(&method.to_string()).unwrap(), [method]);
            assert!(method.family().methods().contains(&method));
            let json = serde_json::to_string(&method).unwrap();
            assert_eq!(serde_json::from_str::<Method>(&json).unwrap(), method);
        }
        assert_eq!(Method::named("networks").unwrap().len(), 3);
        let refused = Method::named("pixels/oracle").unwrap_err().to_string();
        assert!(refused.contains("pixels/oracle"), "{refused}");
    }
}
