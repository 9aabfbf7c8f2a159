//! What an API key may do: each route requires one permission, and a key holds a set of permissions.

use std::fmt;

use enumset::{EnumSet, EnumSetType};
use strum::IntoStaticStr;

/// The permission that a route of the API requires of the calling key.
#[derive(Debug, Hash, EnumSetType, IntoStaticStr)]
pub enum Permission {
    /// Send messages.
    #[strum(serialize = "messages:send")]
    MessagesSend,
    /// Read messages and their states.
    #[strum(serialize = "messages:read")]
    MessagesRead,
    /// Read templates.
    #[strum(serialize = "templates:read")]
    TemplatesRead,
    /// Change templates, and synchronise them with Meta.
    #[strum(serialize = "templates:write")]
    TemplatesWrite,
    /// Read campaigns and their audiences.
    #[strum(serialize = "campaigns:read")]
    CampaignsRead,
    /// Prepare campaigns, start, pause and cancel them.
    #[strum(serialize = "campaigns:write")]
    CampaignsWrite,
    /// Change and erase contacts.
    #[strum(serialize = "contacts:write")]
    ContactsWrite,
    /// Read numbers and their accounts.
    #[strum(serialize = "numbers:read")]
    NumbersRead,
    /// Connect and disconnect numbers.
    #[strum(serialize = "numbers:manage")]
    NumbersManage,
    /// Read metadata of files.
    #[strum(serialize = "media:read")]
    MediaRead,
    /// Upload files.
    #[strum(serialize = "media:write")]
    MediaWrite,
    /// Read the event feed.
    #[strum(serialize = "events:read")]
    EventsRead,
    /// Read messages of customers.
    #[strum(serialize = "inbound:read")]
    InboundRead,
    /// Create and read businesses; for platform keys only.
    #[strum(serialize = "businesses:manage")]
    BusinessesManage,
    /// Create, list and revoke the keys of businesses; for platform keys only.
    #[strum(serialize = "keys:manage")]
    KeysManage,
}

/// The permissions that a key holds.
pub type PermissionSet = EnumSet<Permission>;

impl Permission {
    /// Every permission that a key of a business can hold.
    #[must_use]
    pub fn of_business() -> PermissionSet {
        let all = PermissionSet::all().iter();
        all.filter(|permission| !permission.is_of_platform())
            .collect()
    }

    /// The stable name, `<resource>:<action>`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// Whether it is a platform permission, which no key of a business holds.
    #[must_use]
    pub const fn is_of_platform(self) -> bool {
        matches!(self, Self::BusinessesManage | Self::KeysManage)
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn names_are_distinct_and_have_a_resource_and_an_action() {
        let all = PermissionSet::all();
        let names: HashSet<&str> = all.iter().map(Permission::as_str).collect();
        assert_eq!(names.len(), all.len());
        for name in names {
            let (resource, action) = name.split_once(':').unwrap();
            for word in [resource, action] {
                assert!(word.bytes().all(|byte| byte.is_ascii_lowercase()), "{name}");
            }
        }
    }

    #[test]
    fn a_business_manages_neither_businesses_nor_keys() {
        let lacking = PermissionSet::all() - Permission::of_business();
        let lacking: Vec<&str> = lacking.iter().map(Permission::as_str).collect();
        assert_eq!(lacking, ["businesses:manage", "keys:manage"]);
    }
}
