//! The event feed of a business: readers continue after the last number that they read.

mod list;

use common::access::Permission::EventsRead;

pub(crate) use self::list::Event;
use crate::routes::{Resource, Route, Tag, handler};

/// The heading of the resource in the OpenAPI document.
pub(super) const TAG: Tag = Tag {
    name: "events",
    description: "What happened, in order, and the messages of customers",
};

/// The routes of the resource.
pub(super) static RESOURCE: Resource = Resource {
    tag: TAG,
    routes: &[Route::of_business(EventsRead, handler!(list::list_events))],
};
