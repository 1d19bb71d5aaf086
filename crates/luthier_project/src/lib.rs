//! What is this Django project?
//!
//! [`facts`] says what each file says by itself; the nouns link that into one read-only
//! [`Project`]. Nothing here fails or judges: broken input gives a value, unknown is a value.

pub mod facts;
