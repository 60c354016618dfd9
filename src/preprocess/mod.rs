//! From an image to a network's input: what is odd about the image, and the square that the network takes.

mod field;
pub mod photo;
pub mod quality;
pub mod resize;
