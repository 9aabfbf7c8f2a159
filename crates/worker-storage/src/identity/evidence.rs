//! What one item of Meta's shows of one person.

use common::contact::{Identifier, IdentifierHash, IdentifierKind};
use common::ids::{BusinessId, WabaId};
use common::phone::E164;
use common::phone::renumbering::lookup_form;
use common::recipient::Recipient;
use common::wire::Identity;
use sealing::{BusinessKeys, HashDomain, LookupHash};

use database::lookup;

/// An identifier with its text, which is sealed when it is stored.
#[derive(Clone)]
pub(crate) struct Named {
    pub(crate) identifier: Identifier,
    pub(crate) hash_version: i16,
    /// `+` and digits, or the user id.
    pub(super) text: String,
}

/// Where evidence comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// The answer to a POST.
    PostAnswer,
    /// A status of a message.
    Status,
    /// A message of a client, with its own contact.
    Inbound,
    /// A `system` message.
    System,
    /// A preference that the person set in WhatsApp.
    Preference,
}

/// What the item shows.
pub(crate) enum Item {
    /// Identifiers of one person; those that count most stand first.
    Together(Vec<Named>),
    /// The person has another number since.
    NumberChanged {
        previous: Vec<Named>,
        current: Vec<Named>,
    },
    /// The person has another user id since.
    UserIdChanged {
        previous: Vec<Named>,
        current: Vec<Named>,
    },
}

/// One item's word on who is who.
pub(crate) struct Evidence {
    pub(crate) business_id: BusinessId,
    pub(crate) source: Source,
    pub(crate) item: Item,
}

impl Source {
    /// The stable number in the database.
    pub(super) const fn code(self) -> i16 {
        match self {
            Self::PostAnswer => 1,
            Self::Status => 2,
            Self::Inbound => 3,
            Self::System => 4,
            Self::Preference => 5,
        }
    }
}

impl Named {
    /// A number as the business wrote it.
    pub(crate) fn written(keys: &BusinessKeys, number: &E164) -> Self {
        let hash = lookup::hash(keys, number);
        Self::new(
            hash,
            IdentifierKind::Phone,
            None,
            number.expose().to_owned(),
        )
    }

    fn new(hash: LookupHash, kind: IdentifierKind, waba_id: Option<&WabaId>, text: String) -> Self {
        Self {
            identifier: Identifier {
                hash: hash.bytes,
                kind,
                waba_id: waba_id.filter(|_| !kind.is_number()).cloned(),
            },
            hash_version: hash.version,
            text,
        }
    }

    pub(super) const fn hash(&self) -> IdentifierHash {
        self.identifier.hash
    }

    /// Whether the number is spelled otherwise than its look-up form.
    pub(super) fn is_rewritten(&self) -> bool {
        self.identifier.kind.is_number()
            && lookup_form(&self.text) != self.text.trim_start_matches('+')
    }
}

impl Item {
    pub(super) fn all(&self) -> impl Iterator<Item = &Named> {
        let (first, second): (&[Named], &[Named]) = match self {
            Self::Together(shown) => (shown, &[]),
            Self::NumberChanged { previous, current }
            | Self::UserIdChanged { previous, current } => (previous, current),
        };
        first.iter().chain(second)
    }

    /// Those that name the person now.
    pub(super) fn current(&self) -> &[Named] {
        match self {
            Self::Together(shown) => shown,
            Self::NumberChanged { current, .. } | Self::UserIdChanged { current, .. } => current,
        }
    }
}

/// The identifiers that an item shows at an account, user ids before numbers.
pub(crate) fn named(
    keys: &BusinessKeys,
    identity: &Identity,
    waba_id: Option<&WabaId>,
) -> Vec<Named> {
    let user = |text: &str, kind| {
        // An id of another form than today's is an id all the same.
        let hash = keys.lookup_hash(HashDomain::Bsuid, text.as_bytes());
        Named::new(hash, kind, waba_id, text.to_owned())
    };
    let mut shown = Vec::with_capacity(3);
    if let Some(user_id) = &identity.user_id {
        shown.push(user(user_id, IdentifierKind::UserId));
    }
    if let Some(parent) = &identity.parent_user_id {
        shown.push(user(parent, IdentifierKind::ParentUserId));
    }
    match identity
        .wa_id
        .as_deref()
        .map(|text| (text, Recipient::from_meta(text)))
    {
        None => {}
        Some((_, Ok(Recipient::Phone(number)))) => {
            let hash = lookup::hash(keys, &number);
            let text = number.expose().to_owned();
            shown.push(Named::new(hash, IdentifierKind::WaId, None, text));
        }
        // Where a number is expected a user id may stand.
        Some((text, _)) if identity.user_id.as_deref() != Some(text) => {
            shown.insert(0, user(text, IdentifierKind::UserId));
        }
        Some(_) => {}
    }
    shown
}
