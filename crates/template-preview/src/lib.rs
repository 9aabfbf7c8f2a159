//! A template as its recipient will see it: as data for programs, and as a page for people.
//!
//! Everything is derived from the object that creates a template at Meta, or from the components that Meta lists, and
//! from the values of its variables. There is no I/O.

mod bubble;
mod button;
mod formatting;
mod page;
mod values;

pub use bubble::{Bubble, Card, Header, Offer};
pub use button::{Button, ButtonKind};
pub use formatting::{Block, Span, formatted};
pub use page::{Theme, page};
