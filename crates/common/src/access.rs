//! What an API key may do: each route requires one permission, and a key holds a set of permissions.

use std::fmt;

use strum::{IntoStaticStr, VariantArray};

/// The permission that a route of the API requires of the calling key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, IntoStaticStr, VariantArray)]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PermissionSet(u32);

impl Permission {
    /// Every permission.
    pub const ALL: &'static [Self] = Self::VARIANTS;

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

    const fn bit(self) -> u32 {
        1 << self as u32
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl PermissionSet {
    /// Every permission.
    #[must_use]
    pub fn all() -> Self {
        Permission::ALL.iter().copied().collect()
    }

    /// Every permission that a key of a business can hold.
    #[must_use]
    pub fn of_business() -> Self {
        let permissions = Permission::ALL.iter().copied();
        permissions
            .filter(|permission| !permission.is_of_platform())
            .collect()
    }

    /// Whether the set contains the permission.
    #[must_use]
    pub const fn contains(self, permission: Permission) -> bool {
        self.0 & permission.bit() != 0
    }
}

impl FromIterator<Permission> for PermissionSet {
    fn from_iter<T: IntoIterator<Item = Permission>>(permissions: T) -> Self {
        let bits = permissions.into_iter().map(|permission| permission.bit());
        Self(bits.fold(0, |set, bit| set | bit))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn names_are_distinct_and_have_a_resource_and_an_action() {
        let names: HashSet<&str> = Permission::ALL.iter().map(|one| one.as_str()).collect();
        assert_eq!(names.len(), Permission::ALL.len());
        for name in names {
            let (resource, action) = name.split_once(':').unwrap();
            for word in [resource, action] {
                assert!(word.bytes().all(|byte| byte.is_ascii_lowercase()), "{name}");
            }
        }
    }

    #[test]
    fn a_set_contains_what_was_put_in_and_nothing_else() {
        for one in Permission::ALL.iter().copied() {
            let set = PermissionSet::from_iter([one]);
            for other in Permission::ALL.iter().copied() {
                assert_eq!(set.contains(other), one == other, "{one} {other}");
            }
        }
        assert!(
            Permission::ALL
                .iter()
                .all(|one| PermissionSet::all().contains(*one))
        );
        assert_eq!(PermissionSet::default(), PermissionSet::from_iter([]));
    }

    #[test]
    fn a_business_manages_neither_businesses_nor_keys() {
        let of_business = PermissionSet::of_business();
        let lacking: Vec<&str> = Permission::ALL
            .iter()
            .filter(|one| !of_business.contains(**one))
            .map(|one| one.as_str())
            .collect();
        assert_eq!(lacking, ["businesses:manage", "keys:manage"]);
    }
}
