//! Stricter JSON parsing than serde's: an array is not accepted for an object, keys of an object are unique, and
//! strings have no NUL character, which Postgres cannot store. In one point it is more lenient, as JSON Schema is: a
//! number without a fraction, such as `16063.0`, is an integer.
//!
//! [`Strict`] wraps all deserializers that serde passes on, down to the last field, so that types need no code for it.

use std::collections::HashSet;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error, Expected, IntoDeserializer as _, MapAccess,
    SeqAccess, Unexpected, VariantAccess, Visitor,
};

use super::text::{NO_NUL, has_nul};

/// A strict deserializer, or a part of one.
pub(super) struct Strict<T>(pub(super) T);

/// What a type expects.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    /// An object with known keys. Its derived code refuses duplicates.
    Struct,
    /// An object with any keys.
    Map,
    /// Anything else.
    Other,
}

/// Passes on a value if it is allowed.
struct Checked<V> {
    visitor: V,
    wanted: Wanted,
}

/// The entries of an object, and the keys so far if duplicates have to be detected.
struct Entries<A> {
    entries: A,
    seen: Option<HashSet<String>>,
}

impl<V> Checked<V> {
    const fn new(visitor: V, wanted: Wanted) -> Self {
        Self { visitor, wanted }
    }
}

macro_rules! ask {
    ($($name:ident $wanted:ident)*) => {$(
        fn $name<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
            self.0.$name(Checked::new(visitor, Wanted::$wanted))
        }
    )*};
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Strict<D> {
    type Error = D::Error;

    ask! {
        deserialize_any Map
        deserialize_map Map
        deserialize_bool Other
        deserialize_i8 Other
        deserialize_i16 Other
        deserialize_i32 Other
        deserialize_i64 Other
        deserialize_i128 Other
        deserialize_u8 Other
        deserialize_u16 Other
        deserialize_u32 Other
        deserialize_u64 Other
        deserialize_u128 Other
        deserialize_f32 Other
        deserialize_f64 Other
        deserialize_char Other
        deserialize_str Other
        deserialize_string Other
        deserialize_bytes Other
        deserialize_byte_buf Other
        deserialize_option Other
        deserialize_unit Other
        deserialize_seq Other
        deserialize_identifier Other
        deserialize_ignored_any Other
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        let visitor = Checked::new(visitor, Wanted::Struct);
        self.0.deserialize_struct(name, fields, visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        let visitor = Checked::new(visitor, Wanted::Other);
        self.0.deserialize_enum(name, variants, visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        let visitor = Checked::new(visitor, Wanted::Other);
        self.0.deserialize_newtype_struct(name, visitor)
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        let visitor = Checked::new(visitor, Wanted::Other);
        self.0.deserialize_unit_struct(name, visitor)
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        let visitor = Checked::new(visitor, Wanted::Other);
        self.0.deserialize_tuple(length, visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        let visitor = Checked::new(visitor, Wanted::Other);
        self.0.deserialize_tuple_struct(name, length, visitor)
    }

    fn is_human_readable(&self) -> bool {
        self.0.is_human_readable()
    }
}

macro_rules! hand_on {
    ($($name:ident $value:ty)*) => {$(
        fn $name<E: Error>(self, value: $value) -> Result<V::Value, E> {
            self.visitor.$name(value)
        }
    )*};
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Checked<V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.visitor.expecting(f)
    }

    hand_on! {
        visit_bool bool
        visit_i8 i8
        visit_i16 i16
        visit_i32 i32
        visit_i64 i64
        visit_i128 i128
        visit_u8 u8
        visit_u16 u16
        visit_u32 u32
        visit_u64 u64
        visit_u128 u128
        visit_f32 f32
        visit_char char
        visit_bytes &[u8]
        visit_borrowed_bytes &'de [u8]
        visit_byte_buf Vec<u8>
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<V::Value, E> {
        // Types that take any number accept an integer too.
        match whole(number) {
            Some(number) if number < 0 => self.visitor.visit_i64(number),
            Some(number) => self.visitor.visit_u64(number.unsigned_abs()),
            None => self.visitor.visit_f64(number),
        }
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<V::Value, E> {
        check(text)?;
        self.visitor.visit_str(text)
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<V::Value, E> {
        check(text)?;
        self.visitor.visit_borrowed_str(text)
    }

    fn visit_string<E: Error>(self, text: String) -> Result<V::Value, E> {
        check(&text)?;
        self.visitor.visit_string(text)
    }

    fn visit_none<E: Error>(self) -> Result<V::Value, E> {
        self.visitor.visit_none()
    }

    fn visit_unit<E: Error>(self) -> Result<V::Value, E> {
        self.visitor.visit_unit()
    }

    fn visit_some<D: Deserializer<'de>>(self, value: D) -> Result<V::Value, D::Error> {
        self.visitor.visit_some(Strict(value))
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, value: D) -> Result<V::Value, D::Error> {
        self.visitor.visit_newtype_struct(Strict(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<V::Value, A::Error> {
        if self.wanted == Wanted::Struct {
            let expected: &dyn Expected = &self;
            return Err(A::Error::invalid_type(Unexpected::Seq, expected));
        }
        self.visitor.visit_seq(Strict(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, entries: A) -> Result<V::Value, A::Error> {
        let seen = (self.wanted == Wanted::Map).then(HashSet::new);
        self.visitor.visit_map(Entries { entries, seen })
    }

    fn visit_enum<A: EnumAccess<'de>>(self, variant: A) -> Result<V::Value, A::Error> {
        self.visitor.visit_enum(Strict(variant))
    }
}

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Strict<S> {
    type Value = S::Value;

    fn deserialize<D: Deserializer<'de>>(self, value: D) -> Result<S::Value, D::Error> {
        self.0.deserialize(Strict(value))
    }
}

impl<'de, A: SeqAccess<'de>> SeqAccess<'de> for Strict<A> {
    type Error = A::Error;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, A::Error> {
        self.0.next_element_seed(Strict(seed))
    }

    fn size_hint(&self) -> Option<usize> {
        self.0.size_hint()
    }
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Entries<A> {
    type Error = A::Error;

    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, A::Error> {
        let Some(seen) = &mut self.seen else {
            return self.entries.next_key_seed(Strict(seed));
        };
        let key = Strict(PhantomData::<String>);
        let Some(key) = self.entries.next_key_seed(key)? else {
            return Ok(None);
        };
        if !seen.insert(key.clone()) {
            return Err(A::Error::custom(format_args!("duplicate field `{key}`")));
        }
        seed.deserialize(key.into_deserializer()).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        self.entries.next_value_seed(Strict(seed))
    }

    fn size_hint(&self) -> Option<usize> {
        self.entries.size_hint()
    }
}

impl<'de, A: EnumAccess<'de>> EnumAccess<'de> for Strict<A> {
    type Error = A::Error;
    type Variant = Strict<A::Variant>;

    fn variant_seed<S: DeserializeSeed<'de>>(
        self,
        seed: S,
    ) -> Result<(S::Value, Self::Variant), A::Error> {
        let (value, variant) = self.0.variant_seed(Strict(seed))?;
        Ok((value, Strict(variant)))
    }
}

impl<'de, A: VariantAccess<'de>> VariantAccess<'de> for Strict<A> {
    type Error = A::Error;

    fn unit_variant(self) -> Result<(), A::Error> {
        self.0.unit_variant()
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, A::Error> {
        self.0.newtype_variant_seed(Strict(seed))
    }

    fn tuple_variant<V: Visitor<'de>>(
        self,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, A::Error> {
        let visitor = Checked::new(visitor, Wanted::Other);
        self.0.tuple_variant(length, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, A::Error> {
        let visitor = Checked::new(visitor, Wanted::Struct);
        self.0.struct_variant(fields, visitor)
    }
}

fn check<E: Error>(text: &str) -> Result<(), E> {
    if has_nul(text) {
        return Err(E::custom(NO_NUL));
    }
    Ok(())
}

/// The integer that a number without a fraction is, as far as every integer of its size is exact.
fn whole(number: f64) -> Option<i64> {
    const EXACT: f64 = 9_007_199_254_740_991.0;
    let is_whole = number.fract() == 0.0 && number.abs() <= EXACT;
    // Without its sign: `-0` is no integer to the parser.
    let digits = is_whole.then(|| format!("{:.0}", number.abs()))?;
    let magnitude: i64 = digits.parse().ok()?;
    Some(if number < 0.0 { -magnitude } else { magnitude })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::Deserialize;
    use serde_json::Value;

    use super::*;

    fn read<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, serde_json::Error> {
        T::deserialize(Strict(&mut serde_json::Deserializer::from_str(text)))
    }

    #[test]
    fn a_number_without_a_fraction_is_an_integer_and_stays_a_number() {
        for (text, number) in [
            ("16063.0", 16_063),
            ("1.6063e4", 16_063),
            ("-0.0", 0),
            ("-7.0", -7),
        ] {
            assert_eq!(read::<i32>(text).unwrap(), number, "{text}");
            assert_eq!(
                read::<Option<i64>>(text).unwrap(),
                Some(number.into()),
                "{text}"
            );
            assert_eq!(read::<f64>(text).unwrap(), f64::from(number), "{text}");
            assert_eq!(read::<Value>(text).unwrap(), Value::from(number), "{text}");
        }
        assert_eq!(read::<Vec<u16>>("[200.0]").unwrap(), [200]);
        assert_eq!(read::<f64>("12.5").unwrap(), 12.5);
        assert_eq!(read::<Value>("12.5").unwrap(), Value::from(12.5));
    }

    #[test]
    fn other_numbers_are_no_integers() {
        for text in [
            "0.5",
            "1e300",
            "9007199254740993.5",
            "3000000000.0",
            "\"16063\"",
        ] {
            assert!(read::<i32>(text).is_err(), "{text}");
        }
        assert!(read::<u16>("-1.0").is_err());
        assert!(read::<bool>("1.0").is_err());
    }

    proptest! {
        #[test]
        fn every_integer_is_read_from_both_of_its_forms(number: i32) {
            prop_assert_eq!(read::<i32>(&number.to_string()).unwrap(), number);
            prop_assert_eq!(read::<i32>(&format!("{number}.0")).unwrap(), number);
        }
    }
}
