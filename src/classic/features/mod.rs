//! Features made by hand: what each says of one image, without having seen another.

mod gabor;
mod glcm;
mod gradient;
mod histogram;
mod hog;
mod lbp;

pub use gabor::gabor;
pub use glcm::glcm;
pub use histogram::histogram;
pub use hog::hog;
pub use lbp::lbp;
