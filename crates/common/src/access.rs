//! What a key of the API may do: each route asks for one permission, and a key holds a set of them.

use std::fmt;

/// What a route of the API asks of the key that calls it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Permission {
    /// Send messages.
    MessagesSend,
    /// Read messages and what became of them.
    MessagesRead,
    /// Read templates.
    TemplatesRead,
    /// Change templates, and have them read from Meta again.
    TemplatesWrite,
    /// Read campaigns and their audiences.
    CampaignsRead,
    /// Prepare campaigns, start, pause and cancel them.
    CampaignsWrite,
    /// Change and erase contacts.
    ContactsWrite,
    /// Read numbers and their accounts.
    NumbersRead,
    /// Connect and disconnect numbers.
    NumbersManage,
    /// Read what is known of files.
    MediaRead,
    /// Upload files.
    MediaWrite,
    /// Read the event feed.
    EventsRead,
    /// Read messages of customers.
    InboundRead,
    /// Create and read businesses; of the platform alone.
    BusinessesManage,
    /// Create, list and revoke the keys of businesses; of the platform alone.
    KeysManage,
}

/// The permissions that a key holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PermissionSet(u32);

impl Permission {
    /// Every permission.
    pub const ALL: [Self; 15] = [
        Self::MessagesSend,
        Self::MessagesRead,
        Self::TemplatesRead,
        Self::TemplatesWrite,
        Self::CampaignsRead,
        Self::CampaignsWrite,
        Self::ContactsWrite,
        Self::NumbersRead,
        Self::NumbersManage,
        Self::MediaRead,
        Self::MediaWrite,
        Self::EventsRead,
        Self::InboundRead,
        Self::BusinessesManage,
        Self::KeysManage,
    ];

    /// The stable name, `<resource>:<action>`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.row().1
    }

    /// Whether it concerns the platform itself, so that no key of a business holds it.
    #[must_use]
    pub const fn is_of_platform(self) -> bool {
        matches!(self, Self::BusinessesManage | Self::KeysManage)
    }

    /// Its bit in a set, and its name.
    const fn row(self) -> (u32, &'static str) {
        match self {
            Self::MessagesSend => (1, "messages:send"),
            Self::MessagesRead => (1 << 1, "messages:read"),
            Self::TemplatesRead => (1 << 2, "templates:read"),
            Self::TemplatesWrite => (1 << 3, "templates:write"),
            Self::CampaignsRead => (1 << 4, "campaigns:read"),
            Self::CampaignsWrite => (1 << 5, "campaigns:write"),
            Self::ContactsWrite => (1 << 6, "contacts:write"),
            Self::NumbersRead => (1 << 7, "numbers:read"),
            Self::NumbersManage => (1 << 8, "numbers:manage"),
            Self::MediaRead => (1 << 9, "media:read"),
            Self::MediaWrite => (1 << 10, "media:write"),
            Self::EventsRead => (1 << 11, "events:read"),
            Self::InboundRead => (1 << 12, "inbound:read"),
            Self::BusinessesManage => (1 << 13, "businesses:manage"),
            Self::KeysManage => (1 << 14, "keys:manage"),
        }
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
        Permission::ALL.into_iter().collect()
    }

    /// Every permission that a key of a business can hold.
    #[must_use]
    pub fn of_business() -> Self {
        let permissions = Permission::ALL.into_iter();
        permissions
            .filter(|permission| !permission.is_of_platform())
            .collect()
    }

    /// Whether the permission is among them.
    #[must_use]
    pub const fn contains(self, permission: Permission) -> bool {
        self.0 & permission.row().0 != 0
    }
}

impl FromIterator<Permission> for PermissionSet {
    fn from_iter<T: IntoIterator<Item = Permission>>(permissions: T) -> Self {
        let bits = permissions.into_iter().map(|permission| permission.row().0);
        Self(bits.fold(0, |set, bit| set | bit))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn names_are_distinct_and_have_a_resource_and_an_action() {
        let names: HashSet<&str> = Permission::ALL.map(Permission::as_str).into();
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
        for one in Permission::ALL {
            let set = PermissionSet::from_iter([one]);
            for other in Permission::ALL {
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
        let lacking = Permission::ALL.map(|one| (one, PermissionSet::of_business().contains(one)));
        let lacking: Vec<&str> = lacking
            .iter()
            .filter(|(_, held)| !held)
            .map(|(one, _)| one.as_str())
            .collect();
        assert_eq!(lacking, ["businesses:manage", "keys:manage"]);
    }
}
