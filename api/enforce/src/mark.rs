//! What a mark says: `TOKEN_AUDIENCE, otherwise = vulnerable::tokens::any_audience, behind = DB_RLS_FORCED`.

use syn::{
    Error, Expr, Ident, Path, Result, Token,
    parse::{Parse, ParseStream},
};

const WRITTEN: &str = "a mark is written #[enforces(PROTECTION)], with `answers = EXPRESSION` or \
                       `otherwise = path::to::function`, and `behind = PROTECTION`, where they are needed";

pub(crate) struct Mark {
    /// Which protection the function enforces.
    pub(crate) protection: Path,
    /// What is done without it, where its signature doesn't tell.
    pub(crate) without: Option<Said>,
    /// What still stands when the function alone is taken away.
    pub(crate) behind: Option<Path>,
}

pub(crate) enum Said {
    /// This value is the answer.
    Answers(Expr),
    /// This function is called with the same arguments.
    Otherwise(Path),
}

impl Parse for Mark {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let protection = input.parse().map_err(|error| Error::new(error.span(), WRITTEN))?;
        let mut mark = Self { protection, without: None, behind: None };
        while !input.is_empty() {
            input.parse::<Token![,]>().map_err(|error| Error::new(error.span(), WRITTEN))?;
            if input.is_empty() {
                break;
            }
            mark.take(input)?;
        }
        Ok(mark)
    }
}

impl Mark {
    fn take(&mut self, input: ParseStream<'_>) -> Result<()> {
        let key: Ident = input.parse().map_err(|error| Error::new(error.span(), WRITTEN))?;
        input.parse::<Token![=]>()?;
        let is_new = match key.to_string().as_str() {
            "answers" => self.without.replace(Said::Answers(input.parse()?)).is_none(),
            "otherwise" => self.without.replace(Said::Otherwise(input.parse()?)).is_none(),
            "behind" => self.behind.replace(input.parse()?).is_none(),
            _ => return Err(Error::new(key.span(), WRITTEN)),
        };
        if is_new {
            return Ok(());
        }
        Err(Error::new(key.span(), "said already: one `answers` or `otherwise`, and one `behind`"))
    }
}
