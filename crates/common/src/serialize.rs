//! Serialising a closed set of values as its stable text.

/// Implements `Serialize` by a method that gives the text: the same one that metrics, the database and the API use.
macro_rules! serialize_as {
    ($type:ty, $text:ident) => {
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.$text())
            }
        }
    };
}

pub(crate) use serialize_as;
