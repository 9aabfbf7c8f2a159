//! Templates: those that Meta has, as of the last synchronisation and webhook; the drafts in which a business writes
//! them; and what is asked of Meta for them.

mod account;
mod author;
mod definition;
mod drafts;
mod get;
mod history;
mod list;
mod preview;
mod publications;
mod starter_pack;
mod sync;
mod template;
mod validate;
mod validity;

use common::access::Permission::{TemplatesRead, TemplatesWrite};

use crate::routes::{Resource, Route, Tag, handler};
use template::Template;

/// The routes of the resource.
pub(super) static RESOURCE: Resource = Resource {
    tag: Tag {
        name: "templates",
        description: "Templates: written as drafts, published to Meta, and as Meta has them",
    },
    routes: &[
        Route::of_business(TemplatesWrite, handler!(sync::sync_templates)),
        Route::of_business(TemplatesWrite, handler!(validate::validate_template)),
        Route::of_business(TemplatesWrite, handler!(preview::preview_template)),
        Route::of_business(TemplatesRead, handler!(preview::preview_of_template)),
        Route::of_business(
            TemplatesRead,
            handler!(starter_pack::list::list_starter_pack),
        ),
        Route::of_business(
            TemplatesWrite,
            handler!(starter_pack::install::install_starter_pack),
        ),
        Route::of_business(TemplatesRead, handler!(list::list_templates)),
        Route::of_business(TemplatesRead, handler!(get::get_template)),
        Route::of_business(TemplatesRead, handler!(history::get_template_history)),
        Route::of_business(TemplatesWrite, handler!(drafts::create::create_draft)),
        Route::of_business(TemplatesWrite, handler!(drafts::edit::edit_template)),
        Route::of_business(TemplatesWrite, handler!(drafts::duplicate::duplicate_draft)),
        Route::of_business(TemplatesRead, handler!(drafts::list::list_drafts)),
        Route::of_business(TemplatesRead, handler!(drafts::get::get_draft)),
        Route::of_business(TemplatesWrite, handler!(drafts::save::save_draft)),
        Route::of_business(TemplatesWrite, handler!(drafts::discard::discard_draft)),
        Route::of_business(TemplatesRead, handler!(drafts::versions::list_versions)),
        Route::of_business(TemplatesRead, handler!(drafts::versions::get_version)),
        Route::of_business(TemplatesRead, handler!(drafts::diff::compare_versions)),
        Route::of_business(
            TemplatesWrite,
            handler!(publications::publish::publish_draft),
        ),
        Route::of_business(
            TemplatesWrite,
            handler!(publications::delete::delete_template),
        ),
        Route::of_business(
            TemplatesWrite,
            handler!(publications::delete::delete_templates),
        ),
        Route::of_business(
            TemplatesRead,
            handler!(publications::list::list_publications),
        ),
        Route::of_business(TemplatesRead, handler!(publications::get::get_publication)),
        Route::of_business(
            TemplatesWrite,
            handler!(publications::cancel::cancel_publication),
        ),
    ],
};
