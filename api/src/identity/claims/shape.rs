//! Claims that issuers write in several ways, read without believing more than is said.

use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, SeqAccess, Visitor},
};
use std::fmt;

/// A JSON value, as far as its shape tells what it says.
#[derive(Debug)]
enum Shape {
    Yes,
    Text(String),
    Texts(Vec<String>),
    Other,
}

impl<'de> Deserialize<'de> for Shape {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Any)
    }
}

struct Any;

impl<'de> Visitor<'de> for Any {
    type Value = Shape;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("any JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Shape, E> {
        Ok(if value { Shape::Yes } else { Shape::Other })
    }

    fn visit_i64<E>(self, _: i64) -> Result<Shape, E> {
        Ok(Shape::Other)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Shape, E> {
        Ok(Shape::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Shape, E> {
        Ok(Shape::Other)
    }

    fn visit_unit<E>(self) -> Result<Shape, E> {
        Ok(Shape::Other)
    }

    fn visit_str<E>(self, text: &str) -> Result<Shape, E> {
        Ok(Shape::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Shape, A::Error> {
        let mut texts = Some(Vec::new());
        while let Some(element) = list.next_element::<Shape>()? {
            texts = match (texts, element) {
                (Some(mut texts), Shape::Text(text)) => {
                    texts.push(text);
                    Some(texts)
                }
                _ => None,
            };
        }
        Ok(texts.map_or(Shape::Other, Shape::Texts))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Shape, A::Error> {
        while object.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Shape::Other)
    }
}

/// Whom a token is for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::identity) enum Audience {
    /// One, as text or as a list of one.
    Sole(String),
    /// Nobody, several, or what can't be read. Another audience could use the token here as well as there (ASVS 9.2.4).
    #[default]
    Other,
}

impl Audience {
    /// The one audience, if it is one.
    pub(in crate::identity) fn only(&self) -> Option<&str> {
        match self {
            Self::Sole(one) => Some(one),
            Self::Other => None,
        }
    }

    /// Whether the token is for this one and nobody else.
    pub(in crate::identity) fn is_only(&self, audience: &str) -> bool {
        self.only() == Some(audience)
    }
}

impl<'de> Deserialize<'de> for Audience {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match Shape::deserialize(deserializer)? {
            Shape::Text(one) => Self::Sole(one),
            Shape::Texts(list) => <[String; 1]>::try_from(list).map_or(Self::Other, |[one]| Self::Sole(one)),
            Shape::Yes | Shape::Other => Self::Other,
        })
    }
}

/// `true`, and nothing that reads like it: some providers write `"true"`, some `"false"`, some `null`.
pub(in crate::identity) fn plainly_true<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<bool, D::Error> {
    Ok(matches!(Shape::deserialize(deserializer)?, Shape::Yes))
}

/// A text; anything else counts as absent.
pub(in crate::identity) fn text<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<String>, D::Error> {
    Ok(match Shape::deserialize(deserializer)? {
        Shape::Text(text) => Some(text),
        _ => None,
    })
}

/// A list of texts; anything else counts as an empty one.
pub(in crate::identity) fn texts<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<String>, D::Error> {
    Ok(match Shape::deserialize(deserializer)? {
        Shape::Texts(texts) => texts,
        _ => Vec::new(),
    })
}
