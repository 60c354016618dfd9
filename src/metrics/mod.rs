//! Pure figures: how good a model is, and how sure that figure is.
