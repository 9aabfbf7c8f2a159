//! Contacts: the people with whom a business exchanges messages.

mod erase;

use common::access::Permission::ContactsWrite;

use crate::routes::{Resource, Route, Tag, handler};

/// The routes of the resource.
pub(super) static RESOURCE: Resource = Resource {
    tag: Tag {
        name: "contacts",
        description: "The people with whom a business exchanges messages",
    },
    routes: &[Route::of_business(
        ContactsWrite,
        handler!(erase::erase_contact),
    )],
};
