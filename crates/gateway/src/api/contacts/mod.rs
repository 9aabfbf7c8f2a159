//! The people that a business writes to, however Meta names them.

mod erase;

use common::access::Permission::ContactsWrite;

use crate::routes::{Resource, Route, Tag, handler};

/// The routes of the resource.
pub(super) static RESOURCE: Resource = Resource {
    tag: Tag {
        name: "contacts",
        description: "The people that a business writes to, however Meta names them",
    },
    routes: &[Route::of_business(
        ContactsWrite,
        handler!(erase::erase_contact),
    )],
};
