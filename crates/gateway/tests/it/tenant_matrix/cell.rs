//! One call of the matrix, and its expected result.

use crate::document::{IdParameter, Operation};

/// The key that is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    Own,
    OtherBusiness,
    Platform,
    None,
}

/// The owner of the id that is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whose {
    Own,
    Foreign,
    Absent,
}

/// The expected result of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// 401.
    Unauthorized,
    /// 404.
    NotFound,
    /// A refusal of the body, or an empty list.
    Hidden,
    /// The operation of this business, or of none, is carried out.
    Reached(Option<Whose>),
}

/// A call with one id varied; all others are the own business's.
#[derive(Clone, Copy)]
pub(super) struct Cell<'a> {
    pub(super) operation: &'a Operation,
    pub(super) varied: Option<(&'a IdParameter, Whose)>,
    pub(super) key: Key,
}

impl<'a> Cell<'a> {
    /// The calls of an operation for each value of this id, or of none. With each key, the id that nobody has comes
    /// first.
    pub(super) fn all(operation: &'a Operation, varied: Option<&'a IdParameter>) -> Vec<Self> {
        let values: &[Whose] = match varied {
            Some(_) => &[Whose::Absent, Whose::Own, Whose::Foreign],
            None => &[Whose::Own],
        };
        // The other business's view of ids in a query or a body mirrors the own one's.
        let keys: &[Key] = match varied {
            Some(IdParameter::Query(_) | IdParameter::Body(_)) => &[Key::Own, Key::Platform],
            _ => &[Key::Own, Key::OtherBusiness, Key::Platform, Key::None],
        };
        let of_key = |key: &Key| {
            let cell = |whose: &Whose| Self {
                operation,
                varied: varied.map(|parameter| (parameter, *whose)),
                key: *key,
            };
            values.iter().map(cell).collect::<Vec<_>>()
        };
        keys.iter().flat_map(of_key).collect()
    }

    /// The owner of the parameter's id.
    pub(super) fn whose(&self, parameter: &IdParameter) -> Whose {
        match self.varied {
            Some((varied, whose)) if varied == parameter => whose,
            _ => Whose::Own,
        }
    }

    /// The business that the path names, or else the key's.
    pub(super) fn business(&self) -> Option<Whose> {
        let of_key = match self.key {
            Key::Own => Some(Whose::Own),
            Key::OtherBusiness => Some(Whose::Foreign),
            Key::Platform | Key::None => None,
        };
        let named = business_parameter(self.operation);
        named.map(|named| self.whose(named)).or(of_key)
    }

    /// The expected result of the call, from the rules of scope only.
    pub(super) fn expected(&self) -> Outcome {
        let of_business_key = match self.key {
            Key::None => return Outcome::Unauthorized,
            Key::Platform => None,
            Key::Own => Some(Whose::Own),
            Key::OtherBusiness => Some(Whose::Foreign),
        };
        let platform_only = self.operation.platform_only;
        let business = self.business();
        let is_wrong_kind = platform_only && of_business_key.is_some();
        let is_elsewhere = of_business_key.is_some() && business != of_business_key;
        let names_no_business = !platform_only && business.is_none();
        let is_absent = business == Some(Whose::Absent);
        if is_wrong_kind || is_elsewhere || names_no_business || is_absent {
            return Outcome::NotFound;
        }
        let ids = self.operation.ids.iter();
        let mut strangers = ids.filter(|id| {
            Some(*id) != business_parameter(self.operation) && Some(self.whose(id)) != business
        });
        match self.varied {
            Some((varied @ (IdParameter::Query(_) | IdParameter::Body(_)), _)) => {
                match Some(self.whose(varied)) == business {
                    true => Outcome::Reached(business),
                    false => Outcome::Hidden,
                }
            }
            _ if strangers.any(|id| matches!(id, IdParameter::Path(_))) => Outcome::NotFound,
            _ => Outcome::Reached(business),
        }
    }
}

fn business_parameter(operation: &Operation) -> Option<&IdParameter> {
    let mut ids = operation.ids.iter();
    ids.find(|id| matches!(id, IdParameter::Path(name) if name == "business_id"))
}
