//! Sparse fieldsets: `?fields=id,status`. They can only leave members of the caller's own view away.
//!
//! A name that the caller does not see is refused as one that does not exist: the answer tells nothing of the members of
//! other audiences. The `ETag` stays that of the whole view, so that it fits an update.

use super::{
    answer::{Answer, AnswerDescription, Listed, Shown, json, next_page},
    input::{Description, Input, Raw, text_parameter},
    output,
    page::Page,
    precondition,
    problem::{Kind, Problem},
    query::Parameters,
};
use actix_web::{
    HttpResponse,
    http::{StatusCode, header},
};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::{
    ToSchema,
    openapi::{
        Required,
        path::{Parameter, ParameterIn},
    },
};

/// More than any view has.
const MOST: usize = 40;
/// Names by comma, at most that many.
const NAMES: &str = "^[a-z_]+(,[a-z_]+){0,39}$";
/// Characters of all of them, with the commas.
const LONGEST: usize = 1024;

/// The members that the client wants; all of them, unless it says otherwise.
#[derive(Clone, Debug, Default)]
pub struct Fields(Option<Vec<String>>);

impl Fields {
    /// The parameter's name.
    pub const NAME: &'static str = "fields";

    /// Reads the parameter.
    ///
    /// # Errors
    /// `validation-failed` when a name is there twice, or none.
    pub fn of(parameters: &Parameters) -> Result<Self, Problem> {
        let Some(text) = parameters.get(Self::NAME) else { return Ok(Self(None)) };
        let broken = |rule: &str| Problem::new(Kind::ValidationFailed).at("?fields", rule);
        let names: Vec<String> = text.split(',').map(str::to_owned).collect();
        if text.is_empty() || text.len() > LONGEST || names.len() > MOST {
            return Err(broken("length"));
        }
        let twice =
            names.iter().enumerate().any(|(at, name)| names.iter().take(at).any(|other| other == name));
        if twice { Err(broken("unique")) } else { Ok(Self(Some(names))) }
    }

    /// The parameter, for the documentation.
    #[must_use]
    pub fn parameter() -> Parameter {
        let about = "The members that the answer, or each item of it, shall have, by comma; all that you may see, unless given.";
        text_parameter(Self::NAME, ParameterIn::Query, Required::False, about, (NAMES, LONGEST))
    }

    /// For a cursor to be bound to.
    #[must_use]
    pub fn filter(&self) -> String {
        self.0.as_ref().map_or_else(String::new, |names| names.join(","))
    }

    /// Refuses names that are not among these.
    fn check(&self, known: impl Fn(&str) -> bool) -> Result<(), Problem> {
        let unknown = self.0.iter().flatten().any(|name| !known(name));
        if unknown { Err(Problem::new(Kind::UnknownField).at("?fields", "unknown")) } else { Ok(()) }
    }

    fn narrow(&self, members: Map<String, Value>) -> Map<String, Value> {
        match &self.0 {
            None => members,
            Some(names) => members.into_iter().filter(|(name, _)| names.contains(name)).collect(),
        }
    }
}

impl Input for Fields {
    const HAS_BODY: bool = false;
    const QUERY: &'static [&'static str] = &[Self::NAME];

    fn read(raw: &Raw<'_>) -> Result<Self, Problem> {
        Self::of(raw.parameters)
    }

    fn describe(description: &mut Description) {
        description.parameters.push(Self::parameter());
    }
}

/// 200 with the chosen members of a view.
pub struct ShownPart<T> {
    /// All that the caller may see.
    pub view: T,
    /// What they want of it.
    pub fields: Fields,
}

impl<T: Serialize + ToSchema> Answer for ShownPart<T> {
    const TAGGED: bool = true;

    fn respond(self) -> Result<HttpResponse, Problem> {
        if self.fields.0.is_none() {
            return Shown(self.view).respond();
        }
        let whole = output::to_json(&self.view).map_err(|error| Problem::internal(&error))?;
        let members: Map<String, Value> =
            serde_json::from_slice(&whole).map_err(|error| Problem::internal(&error))?;
        self.fields.check(|name| members.contains_key(name))?;
        let mut response = json(StatusCode::OK, &self.fields.narrow(members))?;
        if let Some(tag) = precondition::tag(&whole) {
            response.headers_mut().insert(header::ETAG, tag);
        }
        Ok(response)
    }

    fn describe() -> AnswerDescription {
        Shown::<T>::describe()
    }
}

/// 200 with a page of views, and the chosen members of each.
pub struct ListedPart<T> {
    /// The page.
    pub page: Page<T>,
    /// What the client wants of each item.
    pub fields: Fields,
    /// What there is, also when the page is empty.
    pub members: &'static [&'static str],
}

impl<T: Serialize + ToSchema> Answer for ListedPart<T> {
    fn respond(self) -> Result<HttpResponse, Problem> {
        if self.fields.0.is_none() {
            return Listed(self.page).respond();
        }
        self.fields.check(|name| self.members.contains(&name))?;
        let narrowed = |item: T| match serde_json::to_value(item) {
            Ok(Value::Object(members)) => Ok(Value::Object(self.fields.narrow(members))),
            Ok(other) => Ok(other),
            Err(error) => Err(Problem::internal(&error)),
        };
        let items = self.page.items.into_iter().map(narrowed).collect::<Result<Vec<_>, _>>()?;
        let page = Page { items, next: self.page.next };
        let response = json(StatusCode::OK, &page)?;
        Ok(next_page(response, page.next))
    }

    fn describe() -> AnswerDescription {
        Listed::<T>::describe()
    }
}

#[cfg(test)]
mod tests {
    use super::{Answer, Fields, LONGEST, Parameters, ShownPart};
    use serde::Serialize;
    use utoipa::ToSchema;

    #[derive(Serialize, ToSchema)]
    struct View {
        id: u8,
        status: &'static str,
    }

    fn refusal(query: &str) -> Option<&'static str> {
        let parameters = Parameters::parse(query, &["fields"]).unwrap();
        let answer = Fields::of(&parameters)
            .and_then(|fields| ShownPart { view: View { id: 7, status: "active" }, fields }.respond());
        answer.err().map(|problem| problem.kind().slug())
    }

    #[test]
    fn fields_only_narrow() {
        assert_eq!(refusal("fields=id"), None);
        assert_eq!(refusal("fields=id,status"), None);
        assert_eq!(refusal("fields=notes"), Some("unknown-field"));
        assert_eq!(refusal("fields=id,*"), Some("unknown-field"));
        assert_eq!(refusal("fields=id,,status"), Some("unknown-field"));
        assert_eq!(refusal("fields=id,id"), Some("validation-failed"));
        assert_eq!(refusal("fields="), Some("validation-failed"));
        assert_eq!(refusal(&format!("fields={}", "a".repeat(LONGEST + 1))), Some("validation-failed"));
    }

    #[test]
    fn the_tag_is_that_of_the_whole() {
        let tag = |query: &str| {
            let fields = Fields::of(&Parameters::parse(query, &["fields"]).unwrap()).unwrap();
            let response = ShownPart { view: View { id: 7, status: "active" }, fields }.respond().unwrap();
            response.headers().get("etag").unwrap().clone()
        };
        assert_eq!(tag("fields=id"), tag(""));
    }
}
